# SPDX-License-Identifier: GPL-3.0-or-later
"""What a module and its action plugin share: one operation, run in either of two places."""

from __future__ import annotations

import dataclasses
import errno
import importlib
import sys
from collections.abc import Callable, Mapping
from typing import Any

from ..cluster.api import Refused, Unreachable
from ..failure import Failure


@dataclasses.dataclass(frozen=True)
class Context:
    """The circumstances of one call.

    Attributes:
        at_controller: Whether it runs on the machine of ansible-playbook, which has the files that tasks name.
        check: Predict the change and make none.
        diff: Return ``diff`` in the result.
        environ: The environment to look keys up in and to derive those of children from.
        progress: Says one line to the operator, at once where that is possible.
        run_pid: The process whose life is the life of the run (ansible-playbook itself), or 0 where it can't be known.
    """

    at_controller: bool = False
    check: bool = False
    diff: bool = False
    environ: Mapping[str, str] = dataclasses.field(default_factory=dict)
    progress: Callable[[str], None] = lambda line: None
    run_pid: int = 0


@dataclasses.dataclass(frozen=True)
class Operation:
    """One operation: its arguments in Ansible's argument specification, and the function that does it.

    Attributes:
        name: The module's name.
        argument_spec: As AnsibleModule takes it.
        run: Takes the validated arguments and the context; returns the module's result.
        requires: Import names of the Python libraries that it needs, see ``LIBRARIES``.
        rules: ``mutually_exclusive``, ``required_if`` and so on, as AnsibleModule takes them.
    """

    name: str
    argument_spec: Mapping[str, Any]
    run: Callable[[Mapping[str, Any], Context], dict[str, Any]]
    requires: tuple[str, ...] = ()
    rules: Mapping[str, Any] = dataclasses.field(default_factory=dict)


_OF_THE_MACHINE = {
    errno.ENOSPC: "Free some space on that disk",
    errno.EDQUOT: "Free some space on that disk",
    errno.EROFS: "Have that disk writable",
    errno.EACCES: "Give this user the right to read and write there",
    errno.EPERM: "Give this user the right to read and write there",
    errno.EMFILE: "Allow more open files (ulimit -n)",
}
"""What to do about errors of the operating system that no code here can do anything about."""

LIBRARIES = {
    "ahocorasick_rs": "ahocorasick-rs",
    "boto3": "boto3",
    "cryptography": "cryptography",
    "jinja2": "Jinja2",
    "jsonschema": "jsonschema",
    "junitparser": "junitparser",
    "kubernetes": "kubernetes",
    "prometheus_client": "prometheus-client",
    "pyrage": "pyrage",
    "yaml": "PyYAML",
    "zxcvbn": "zxcvbn",
}


def perform(operation: Operation, params: Mapping[str, Any], context: Context) -> dict[str, Any]:
    """Run an operation and turn its Failure into a failed result.

    Returns:
        The module's result. It has ``failed`` and ``msg`` where the operation failed on purpose; any other exception is a
        defect and passes through.
    """
    try:
        if missing := absent_libraries(operation.requires):
            raise missing
        return operation.run(params, context)
    except Failure as failure:
        return {"failed": True, "changed": False, "msg": str(failure)}
    except (Unreachable, Refused) as trouble:
        return {"failed": True, "changed": False, "msg": str(_cluster_failed(trouble))}
    except OSError as error:
        if error.errno not in _OF_THE_MACHINE:
            raise
        return {"failed": True, "changed": False, "msg": str(_machine_failed(error))}


def _cluster_failed(trouble: Unreachable | Refused) -> Failure:
    what, remedy = f"{trouble}.", "Run again when it answers"
    if isinstance(trouble, Refused):
        what, remedy = f"The cluster refuses what it was asked for (HTTP {trouble.status}).", "See why, and run again"
    return Failure(
        what,
        state="What was pushed stays pushed, and an old key is still accepted unless an earlier step retired it.",
        remedy=f"{remedy}: a run goes on where the last one ended.",
    )


def _machine_failed(error: OSError) -> Failure:
    where = f"{error.filename}: " if error.filename else ""
    return Failure(
        f"{where}{error.strerror}.",
        state="No file is half written, and nothing was pushed since the last step that is told above.",
        remedy=f"{_OF_THE_MACHINE[error.errno or 0]}, and run again: a run goes on where the last one ended.",
    )


def absent_libraries(needed: tuple[str, ...]) -> Failure | None:
    """What to raise where the Python that runs this lacks some of the ``needed`` libraries."""
    missing = []
    for name in needed:
        try:
            importlib.import_module(name)
        except ImportError:
            missing.append(LIBRARIES[name])
    if not missing:
        return None
    return Failure(
        f"This needs Python libraries that {sys.executable} does not have: {', '.join(missing)}.",
        state="Nothing was changed.",
        remedy="Install the collection's requirements.txt into that Python.",
    )
