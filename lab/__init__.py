# SPDX-License-Identifier: GPL-3.0-or-later
"""A one-node Kubernetes with Flux on this machine, with real pods, for tests and for trying things."""
