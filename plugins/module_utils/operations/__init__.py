# SPDX-License-Identifier: GPL-3.0-or-later
"""What the modules do: one file each, with its argument specification and its run()."""
