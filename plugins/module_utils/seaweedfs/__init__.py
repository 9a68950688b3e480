# SPDX-License-Identifier: GPL-3.0-or-later
"""SeaweedFS' identities document: what it says, what would break it, and changes to it."""
