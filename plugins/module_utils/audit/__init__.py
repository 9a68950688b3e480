# SPDX-License-Identifier: GPL-3.0-or-later
"""What is wrong with an estate, where, how bad, and how to mend it."""
