# SPDX-License-Identifier: GPL-3.0-or-later
"""Git: workspaces at the remotes' tips, commits of named paths, pushes, history."""
