# SPDX-License-Identifier: GPL-3.0-or-later
"""What has to notice a changed copy: one file for each kind, and the waves in which they are restarted."""
