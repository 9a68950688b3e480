# SPDX-License-Identifier: GPL-3.0-or-later
"""Whether the documentation agrees with the project: its examples, links, names and options."""
