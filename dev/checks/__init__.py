# SPDX-License-Identifier: GPL-3.0-or-later
"""Every check of the project: declared in ``declared``, run by ``python -m dev.checks [NAME …]``."""
