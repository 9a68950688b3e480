# SPDX-License-Identifier: GPL-3.0-or-later
"""SeaweedFS's gateways: how their pods load a delivered master, and how each of them is asked."""
