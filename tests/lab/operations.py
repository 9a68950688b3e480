# SPDX-License-Identifier: GPL-3.0-or-later
"""Operations on the estate in the lab, in this process, on worktrees of their own."""

from __future__ import annotations

import os
from collections.abc import Callable
from typing import Any

from ansible_collections.lotus_lake.secrets.lab.estate import LabEstate
from ansible_collections.lotus_lake.secrets.plugins.module_utils.operations import git_workspace
from ansible_collections.lotus_lake.secrets.plugins.module_utils.operations.operation import Context, Operation, perform


def performed(
    made: LabEstate,
    operation: Operation,
    *,
    check: bool = False,
    diff: bool = False,
    progress: Callable[[str], None] = lambda line: None,
    **params: Any,
) -> dict[str, Any]:
    """What an operation that delivers returns, or how it failed.

    Args:
        params: Its arguments; the estate is the lab's, unless another is among them.
    """
    declared = params.pop("estate", made.estate.declaration)
    environ = {**os.environ, **made.estate.environ, "KUBECONFIG": str(made.lab.kubeconfig)}
    context = Context(check=check, diff=diff, environ=environ, progress=progress)
    about = {"repositories": None, "folder": None, "timeout": 300}
    begun = git_workspace.OPERATION.run({**about, "state": "present", "estate": declared, "workspaces": None}, context)
    workspaces = begun["workspaces"]
    given = {
        "commit": None,
        "files": None,
        "wait": None,
        "keep_going": False,
        **params,
        "estate": declared,
        "workspaces": workspaces,
    }
    try:
        return perform(operation, given, context)
    finally:
        git_workspace.OPERATION.run({**about, "state": "absent", "estate": None, "workspaces": workspaces}, context)
