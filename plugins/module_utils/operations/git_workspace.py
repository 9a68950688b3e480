# SPDX-License-Identifier: GPL-3.0-or-later
"""The run's own worktrees of the repositories: made, renewed, removed."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from ..estate import declaration, model
from ..estate.mistakes import is_outside, of_address
from ..failure import Failure
from ..git.program import Git
from ..git.repository import is_author
from ..git.workspace import Repository, Workspace, default_folder, make, remove, renew
from ..holdings.files import Files
from ..holdings.opened import every_mistake, mistaken
from ..sops.age_keys import AgeKeys
from .operation import Context, Operation, absent_libraries

ARGUMENT_SPEC: dict[str, Any] = {
    "state": {"type": "str", "choices": ["present", "renewed", "absent"], "default": "present"},
    "repositories": {
        "type": "list",
        "elements": "dict",
        "options": {
            "name": {"type": "str", "required": True},
            "checkout": {"type": "path"},
            "url": {"type": "str"},
            "remote": {"type": "str", "default": "origin"},
            "branch": {"type": "str", "default": "main"},
            "author": {"type": "str"},
            "files": {"type": "list", "elements": "str", "required": True},
        },
        "required_one_of": [["checkout", "url"]],
    },
    "estate": {"type": "dict"},
    "workspaces": {"type": "dict"},
    "folder": {"type": "path"},
    "timeout": {"type": "int", "default": 300},
}

RULES: dict[str, Any] = {
    "required_if": [
        ["state", "present", ["repositories", "estate"], True],
        ["state", "renewed", ["workspaces"]],
        ["state", "absent", ["workspaces"]],
    ],
    "mutually_exclusive": [["repositories", "estate"]],
}


def run(params: Mapping[str, Any], context: Context) -> dict[str, Any]:
    """Make, renew or remove worktrees, in check mode too: without them nothing could be predicted."""
    git = Git(context.environ, progress=context.progress, timeout=params["timeout"])
    if params["state"] == "present":
        workspaces = _of_estate(params, git, context) if params["estate"] is not None else _of_list(params, git, context)
    elif params["state"] == "renewed":
        workspaces = [renew(workspace, git) for workspace in _opened(params["workspaces"])]
    else:
        for workspace in _opened(params["workspaces"], missing_is_fine=True):
            remove(workspace, git)
        workspaces = []
    return {"changed": False, "workspaces": {workspace.name: described(workspace) for workspace in workspaces}}


def described(workspace: Workspace) -> dict[str, Any]:
    """A workspace as a result and as the argument of later tasks."""
    return {
        "path": str(workspace.path),
        "base": workspace.base,
        "remote": workspace.remote,
        "branch": workspace.branch,
        "checkout": str(workspace.checkout) if workspace.checkout else None,
        "files": list(workspace.files),
    }


def _of_list(params: Mapping[str, Any], git: Git, context: Context) -> list[Workspace]:
    wanted = [
        (
            Repository(
                name=one["name"],
                checkout=Path(one["checkout"]) if one["checkout"] else None,
                url=one["url"],
                remote=one["remote"],
                branch=one["branch"],
                author=one["author"],
            ),
            one["files"],
        )
        for one in params["repositories"]
    ]
    made = _made(wanted, params["folder"], git, context)
    failed = [one for one in made if isinstance(one, Failure)]
    workspaces = [one for one in made if isinstance(one, Workspace)]
    if failed:
        _remove(workspaces, git)
        raise _as_one(failed)
    return workspaces


def _of_estate(params: Mapping[str, Any], git: Git, context: Context) -> list[Workspace]:
    """The repositories and files of a declared estate. A mistaken declaration is checked against the files as well."""
    if missing := absent_libraries(("jsonschema", "yaml", "cryptography", "pyrage")):
        raise missing
    declared = declaration.read(params["estate"])
    estate = declared.estate
    # what git would misunderstand can't be fetched; the rest can, so that all mistakes are said at once
    sound = [r for r in estate.repositories if not any(of_address(r))] if estate else []
    if estate is None or not sound:
        raise mistaken(declared.mistakes)
    # a file outside of its repository is one of the mistakes
    inside = {one.name: [file for file in estate.files(one.name) if not is_outside(file)] for one in sound}
    wanted = [(_repository(one, context.environ), inside[one.name]) for one in sound]
    made = _made(wanted, params["folder"] or estate.work_folder, git, context)
    workspaces = [one for one in made if isinstance(one, Workspace)]
    try:
        why_not = [one if isinstance(one, Failure) else _cut_off(one, git) for one in made]
        failed = {repository.where: why for repository, why in zip(sound, why_not, strict=True) if why}
        if declared.mistakes or failed:
            files = Files(
                {workspace.name: workspace.path for workspace in workspaces}, AgeKeys.find(context.environ, context.progress)
            )
            available = {workspace.name for workspace in workspaces}
            wrong = every_mistake(declared, files, available, at_controller=context.at_controller)
            if not wrong:
                raise _as_one(list(failed.values()))
            raise mistaken([*(f"{where}: {why.what} {why.remedy}" for where, why in failed.items()), *wrong])
    except BaseException:
        _remove(workspaces, git)
        raise
    return workspaces


def _cut_off(workspace: Workspace, git: Git) -> Failure | None:
    """Where a history is cut off, old credentials look young, and a rollback is forgotten and undone."""
    if git.run("rev-parse", "--is-shallow-repository", at=workspace.path).strip() != "true":
        return None
    return Failure(
        f"The checkout {workspace.checkout} of {workspace.name} is shallow: ages and rollbacks are read from the "
        "history, and that ends too early.",
        state="Nothing was changed.",
        remedy=f"Run: git -C {workspace.checkout} fetch --unshallow. In CI, check out with the whole history "
        "(fetch-depth: 0), or give the repository a url instead.",
    )


def _as_one(failed: Sequence[Failure]) -> Failure:
    """What to raise for repositories that can't be used."""
    if len({str(one) for one in failed}) == 1:
        return failed[0]
    listed = "".join(f"\n  - {one.what} {one.remedy}" for one in failed)
    return Failure(
        f"{len(failed)} repositories can't be used:{listed}\n", state="Nothing was changed.", remedy="Mend these, and run again."
    )


def _remove(workspaces: Sequence[Workspace], git: Git) -> None:
    for workspace in workspaces:
        remove(workspace, git)


def _repository(declared: model.Repository, environ: Mapping[str, str]) -> Repository:
    return Repository(
        name=declared.name,
        checkout=expanded(declared.checkout, environ) if declared.checkout else None,
        url=declared.url,
        remote=declared.remote,
        branch=declared.branch,
        # one who is none is a mistake that keeps nobody from finding the others
        author=declared.author if declared.author and is_author(declared.author) else None,
    )


def expanded(path: str, environ: Mapping[str, str]) -> Path:
    """``~`` as the run's environment has it."""
    home = environ.get("HOME")
    return Path(home, path[2:]) if home and path.startswith("~/") else Path(path).expanduser()


def _made(
    wanted: Sequence[tuple[Repository, Sequence[str]]], folder: str | None, git: Git, context: Context
) -> list[Workspace | Failure]:
    """For each repository its workspace, or why there is none."""
    where = expanded(folder, context.environ) if folder else default_folder(context.environ)
    made: list[Workspace | Failure] = []
    try:
        for repository, files in wanted:
            try:
                made.append(make(repository, files, where, git, run_pid=context.run_pid))
            except Failure as failure:
                made.append(failure)
    except BaseException:
        _remove([one for one in made if isinstance(one, Workspace)], git)
        raise
    return made


def _opened(workspaces: Mapping[str, Any], *, missing_is_fine: bool = False) -> list[Workspace]:
    opened = []
    for name, described_one in workspaces.items():
        path = described_one.get("path") if isinstance(described_one, Mapping) else None
        if not isinstance(path, str):
            raise Failure(
                f"The workspace {name} has no path.",
                state="Nothing was changed.",
                remedy="Give workspaces as git_workspace returned them.",
            )
        try:
            opened.append(Workspace.open(Path(path)))
        except Failure:
            if not missing_is_fine:
                raise
    return opened


OPERATION = Operation("git_workspace", ARGUMENT_SPEC, run, rules=RULES)
