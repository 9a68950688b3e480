# SPDX-License-Identifier: GPL-3.0-or-later
"""Commits of named paths, pushed in order."""

from __future__ import annotations

import contextlib
from collections.abc import Collection, Mapping, Sequence
from pathlib import Path
from typing import Any

from ..failure import Failure
from ..git.commit import Commit, commit, pending, statistics, take_back
from ..git.program import Git
from ..git.publish import Publication, followed, push_made
from ..git.push import is_overtaken
from ..git.workspace import Workspace, in_use
from .operation import Context, Operation

ARGUMENT_SPEC: dict[str, Any] = {
    "commits": {
        "type": "list",
        "elements": "dict",
        "required": True,
        "options": {
            "workspace": {"type": "path", "required": True},
            "paths": {"type": "list", "elements": "str", "required": True},
            "text": {"type": "str", "required": True},
            "trailers": {"type": "dict", "default": {}},
        },
    },
    "unchanged": {"type": "list", "elements": "path", "default": []},
    "patience": {"type": "int", "default": 120},
    "timeout": {"type": "int", "default": 300},
}


def run(params: Mapping[str, Any], context: Context) -> dict[str, Any]:
    """Make all commits, then push them in order, then bring the user's checkouts up to them."""
    git = Git(context.environ, progress=context.progress, timeout=params["timeout"])
    workspaces = [Workspace.open(Path(wanted["workspace"])) for wanted in params["commits"]]
    if len({workspace.path for workspace in workspaces}) != len(workspaces):
        raise Failure(
            "A workspace is named by two commits.", state="Nothing was changed.", remedy="Name all its paths in one of them."
        )
    if context.check:
        return _predicted(workspaces, params["commits"], git, context)
    with contextlib.ExitStack() as held:
        for workspace in workspaces:
            held.enter_context(in_use(workspace, git))
        made = _committed(workspaces, params["commits"], git)
        diff = [_diff(workspace, statistics(workspace, one, git)) for workspace, one in made] if context.diff else []
        watched = {Path(path) for path in params["unchanged"]}
        others = sorted(watched - {workspace.path for workspace in workspaces})
        overtaken = _overtaken(others, git) if made else None
        if overtaken:
            for workspace, _commit in made:
                take_back(workspace, git)
            published = [Publication(overtaken, raced=True)]
        else:
            published = _pushed(made, params["patience"], watched, git)
        nothing = [Publication(w.name) for w in workspaces if w.name not in {done.name for done in published}]
    return {**_result(workspaces, [*published, *nothing]), **({"diff": diff} if context.diff else {})}


def _committed(workspaces: Sequence[Workspace], wanted: Sequence[Mapping[str, Any]], git: Git) -> list[tuple[Workspace, Commit]]:
    """All commits, before the first push: a hook that refuses one of them stops all."""
    made: list[tuple[Workspace, Commit]] = []
    try:
        for workspace, one in zip(workspaces, wanted, strict=True):
            done = commit(workspace, one["paths"], one["text"], git, trailers=one["trailers"])
            if done is not None:
                made.append((workspace, done))
    except BaseException:
        for workspace, _commit in made:
            take_back(workspace, git)
        raise
    return made


def _overtaken(paths: Sequence[Path], git: Git) -> str | None:
    """The first repository where somebody else has changed one of the workspace's files on the remote."""
    workspaces = (Workspace.open(path) for path in paths)
    return next((workspace.name for workspace in workspaces if is_overtaken(workspace, git)), None)


def _pushed(made: Sequence[tuple[Workspace, Commit]], patience: int, watched: Collection[Path], git: Git) -> list[Publication]:
    """Push in order until one is raced or fails; the checkouts follow once the pushes are through."""
    published: list[Publication] = []
    try:
        for workspace, one in made:
            before = [done.name for done in published if done.pushed]
            files = workspace.files if workspace.path in watched else ()
            published.append(push_made(workspace, one, git, patience=patience, pushed_before=before, watched=files))
            if published[-1].raced:
                break
    finally:
        for workspace, _commit in made[len(published) :]:
            take_back(workspace, git)
        for number, (workspace, _commit) in enumerate(made[: len(published)]):
            published[number] = followed(workspace, published[number], git)
    return published


def _result(workspaces: Sequence[Workspace], published: Sequence[Publication]) -> dict[str, Any]:
    by_name = {done.name: done for done in published}
    raced = next((done.name for done in published if done.raced), None)
    return {
        "changed": any(done.pushed for done in published),
        "published": [
            {
                "name": workspace.name,
                "commit": by_name[workspace.name].commit,
                "pushed": by_name[workspace.name].pushed,
                "rebased": by_name[workspace.name].rebased,
                "checkout": by_name[workspace.name].checkout,
            }
            for workspace in workspaces
        ],
        "raced": raced is not None,
        "raced_in": raced,
    }


def _predicted(
    workspaces: Sequence[Workspace], wanted: Sequence[Mapping[str, Any]], git: Git, context: Context
) -> dict[str, Any]:
    changes = [pending(workspace, one["paths"], git) for workspace, one in zip(workspaces, wanted, strict=True)]
    result = {**_result(workspaces, [Publication(workspace.name) for workspace in workspaces]), "changed": any(changes)}
    for entry, paths in zip(result["published"], changes, strict=True):
        entry["would_commit"] = list(paths)
    if context.diff:
        result["diff"] = [
            _diff(workspace, [f" {path}" for path in paths])
            for workspace, paths in zip(workspaces, changes, strict=True)
            if paths
        ]
    return result


def _diff(workspace: Workspace, lines: Sequence[str]) -> dict[str, str]:
    """The changed files by name: the texts are encrypted, and say nothing."""
    target = f"{workspace.name}: {workspace.remote}/{workspace.branch}"
    return {"prepared": "\n".join([target, *lines]) + "\n"}


OPERATION = Operation("git_publish", ARGUMENT_SPEC, run)
