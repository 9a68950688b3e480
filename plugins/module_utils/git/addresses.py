# SPDX-License-Identifier: GPL-3.0-or-later
"""The addresses of a repository's remote."""

from __future__ import annotations

from .program import Git
from .workspace import Workspace


def addresses_of(workspace: Workspace, git: Git) -> list[str]:
    """The addresses of a workspace's remote: as they are written, and as Git would go there."""
    asked = [
        ("config", "--get-all", f"remote.{workspace.remote}.url"),
        ("remote", "get-url", "--all", workspace.remote),
        ("remote", "get-url", "--push", "--all", workspace.remote),
    ]
    told = [git.attempt(*one, at=workspace.path).out.split("\n") for one in asked]
    return list(dict.fromkeys(line for lines in told for line in lines if line))
