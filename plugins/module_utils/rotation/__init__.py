# SPDX-License-Identifier: GPL-3.0-or-later
"""The states of a rotation and the plan of a run: pure functions."""
