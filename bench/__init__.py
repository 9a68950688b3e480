# SPDX-License-Identifier: GPL-3.0-or-later
"""Measurements, each beside its baseline in the same run. Run by ``make bench``."""
