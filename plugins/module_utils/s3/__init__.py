# SPDX-License-Identifier: GPL-3.0-or-later
"""Probes of S3: is this credential accepted, refused, and for what."""
