# SPDX-License-Identifier: GPL-3.0-or-later
"""The declared estate: its model, and every mistake in a declaration named with its place."""
