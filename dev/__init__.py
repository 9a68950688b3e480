# SPDX-License-Identifier: GPL-3.0-or-later
"""What developing the collection takes: its environments, locks and checks."""
