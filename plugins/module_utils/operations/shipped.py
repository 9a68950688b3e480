# SPDX-License-Identifier: GPL-3.0-or-later
"""How an operation runs when Ansible has shipped it to a host as a module."""

from __future__ import annotations

import os
from typing import Any, Protocol

from .operation import Context, Operation, perform


class Module(Protocol):
    """The part of AnsibleModule that is needed here."""

    params: dict[str, Any]
    check_mode: bool
    _diff: bool

    def exit_json(self, **kwargs: Any) -> None: ...

    def fail_json(self, msg: str, **kwargs: Any) -> None: ...


def module_arguments(operation: Operation) -> dict[str, Any]:
    """What AnsibleModule is made with."""
    return {"argument_spec": dict(operation.argument_spec), "supports_check_mode": True, **operation.rules}


def answer(operation: Operation, module: Module) -> None:
    """Run the operation and end the module with its result. The progress lines come with it, under ``progress``."""
    progress: list[str] = []
    context = Context(check=module.check_mode, diff=module._diff, environ=os.environ, progress=progress.append)
    result = perform(operation, module.params, context)
    result["progress"] = progress
    if result.pop("failed", False):
        module.fail_json(**result)
    else:
        module.exit_json(**result)
