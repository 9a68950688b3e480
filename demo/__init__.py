# SPDX-License-Identifier: GPL-3.0-or-later
"""A whole estate on one machine, to try the collection on."""
