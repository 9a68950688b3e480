# SPDX-License-Identifier: GPL-3.0-or-later
"""What the repositories hold of an estate: the master and the copies, read, compared and edited."""
