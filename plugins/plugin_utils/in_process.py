# SPDX-License-Identifier: GPL-3.0-or-later
"""The shared base of the action plugins: the operation runs in ansible-playbook's own process where that is the target."""

from __future__ import annotations

import gc
import os
from collections.abc import Mapping
from typing import Any

from ansible.errors import AnsibleActionFail
from ansible.module_utils.common.arg_spec import ArgumentSpecValidator
from ansible.module_utils.errors import UnsupportedError
from ansible.plugins.action import ActionBase
from ansible.utils.display import Display

from ..module_utils.operations.operation import Context, Operation, perform


class OperationAction(ActionBase):  # type: ignore[misc]
    """Runs ``operation`` here when the target is the controller itself, and ships the module when it isn't."""

    operation: Operation
    _requires_connection = False
    _supports_check_mode = True
    _supports_async = True

    def __init_subclass__(cls) -> None:
        """Ansible loads a plugin once and forks a process for each task: what the garbage collector leaves alone stays shared."""
        super().__init_subclass__()
        gc.freeze()

    def run(self, tmp: str | None = None, task_vars: dict[str, Any] | None = None) -> dict[str, Any]:
        super().run(tmp, task_vars)
        if self._is_here():
            return self._run_here()
        result: dict[str, Any] = self._execute_module(task_vars=task_vars, wrap_async=self._task.async_val)
        for line in result.pop("progress", []):
            self._say(line)
        return result

    def _is_here(self) -> bool:
        local = self._connection.transport == "local"
        return local and not self._task.async_val and not self._play_context.become

    def _run_here(self) -> dict[str, Any]:
        spec = self.operation
        checked = ArgumentSpecValidator(dict(spec.argument_spec), **spec.rules).validate(_plain(self._task.args))
        if checked.error_messages:
            # in the words of AnsibleModule, which the shipped module has
            unsupported = isinstance(checked.errors[0], UnsupportedError)
            words = f"Unsupported parameters for ({self._task.action}) module: " if unsupported else ""
            raise AnsibleActionFail(f"{words}{checked.errors.msg}")
        context = Context(
            at_controller=True,
            check=bool(self._task.check_mode),
            diff=bool(self._task.diff),
            environ=self._environ(),
            progress=self._say,
            run_pid=os.getppid(),
        )
        return perform(spec, checked.validated_parameters, context)

    def _environ(self) -> dict[str, str]:
        of_the_task: dict[str, Any] = {}
        self._compute_environment_string(of_the_task)
        return {**os.environ, **{str(name): str(value) for name, value in of_the_task.items()}}

    def _say(self, line: str) -> None:
        Display().display(f"  {line}")


def _plain(value: Any) -> Any:
    """The value without what Ansible notes on it, such as where each string was written: for an estate of a hundred identities,
    copying and comparing these notes takes longer than the operation."""
    if isinstance(value, Mapping):
        return {_plain(name): _plain(one) for name, one in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(one) for one in value]
    return str.__str__(value) if isinstance(value, str) else value
