# SPDX-License-Identifier: GPL-3.0-or-later
"""One commit of named paths in a workspace."""

from __future__ import annotations

import dataclasses
import re
from collections.abc import Mapping, Sequence

from ..failure import Failure
from .program import SPARSE, Git
from .repository import checked_paths, identity
from .words import OF_A_HOOK, remedy_for
from .workspace import Workspace


@dataclasses.dataclass(frozen=True)
class Change:
    """What a commit makes of one path: mode and blob as git names them; the mode is all zeros for a removed file. ``new`` where
    there was no such file before."""

    path: str
    mode: str
    blob: str
    new: bool


@dataclasses.dataclass(frozen=True)
class Commit:
    """A commit that is not pushed yet: itself, the commit that it stands on, what it changes."""

    id: str
    parent: str
    changes: tuple[Change, ...]

    @property
    def paths(self) -> tuple[str, ...]:
        return tuple(change.path for change in self.changes)


def commit(
    workspace: Workspace,
    paths: Sequence[str],
    message: str,
    git: Git,
    *,
    trailers: Mapping[str, str | Sequence[str]] | None = None,
) -> Commit | None:
    """Commit exactly ``paths`` on the workspace's base, with the user's hooks and signing.

    An earlier commit of the workspace that was never pushed is taken back first; its changes are still in the files.

    Returns:
        The commit, or None where none of the paths differs from the base.

    Raises:
        Failure: A hook refused or changed it, there is no identity, signing didn't work. There is no commit then.
    """
    wanted = checked_paths(paths, workspace.name)
    text = with_trailers(message, trailers or {})
    at = workspace.path
    state = f"Nothing was committed in {workspace.name}."
    git.run("update-ref", "--no-deref", "HEAD", workspace.base, at=at, state=state)
    # by name, not by pattern: that takes the same time for many paths of many files
    named = "".join(f"{path}\0" for path in wanted)
    git.run(*SPARSE, "update-index", "--add", "--remove", "-z", "--stdin", at=at, stdin=named, state=state)
    meant, changed = _index(workspace, git, state)
    strangers = changed - set(wanted)
    if strangers:
        git.run(*SPARSE, "--literal-pathspecs", "reset", "--quiet", "--", *sorted(strangers), at=at, state=state)
        meant, changed = _index(workspace, git, state)
    if not changed:
        return None
    outcome = git.attempt(
        *SPARSE,
        *workspace.settings,
        "commit",
        "--quiet",
        "--cleanup=whitespace",
        "--file=-",
        at=at,
        stdin=text,
        label=f"git commit in {workspace.name}",
        environ=identity_environ(workspace),
    )
    if not outcome.ok:
        take_back(workspace, git)
        remedy = remedy_for(outcome.err, OF_A_HOOK)
        raise outcome.failure(f"The commit in {workspace.name} was refused", state=state, remedy=remedy)
    made = _checked(workspace, git, meant)
    return Commit(made, workspace.base, _changes(workspace, workspace.base, made, git))


def take_back(workspace: Workspace, git: Git) -> None:
    """Undo a commit that was not pushed. The files stay as they are."""
    git.attempt("update-ref", "--no-deref", "HEAD", workspace.base, at=workspace.path)


def pending(workspace: Workspace, paths: Sequence[str], git: Git) -> tuple[str, ...]:
    """Those of ``paths`` that a commit would hold. Changes nothing."""
    wanted = checked_paths(paths, workspace.name)
    if not wanted:
        return ()
    changed = _names(git, "diff", workspace.base, "--", *wanted, workspace=workspace)
    listed = git.run(*SPARSE, "--literal-pathspecs", "ls-files", "-z", "--others", "--", *wanted, at=workspace.path)
    return tuple(sorted({*changed, *(name for name in listed.split("\0") if name)}))


def statistics(workspace: Workspace, made: Commit, git: Git) -> list[str]:
    """One line for each file of the commit: its name, how many lines came and went."""
    told = git.run("diff-tree", "-r", "--numstat", "--no-renames", "-z", made.parent, made.id, at=workspace.path)
    entries = [entry.split("\t", 2) for entry in told.split("\0") if entry]
    return [f" {path} | +{came} -{went}" for came, went, path in entries]


def with_trailers(message: str, trailers: Mapping[str, str | Sequence[str]]) -> str:
    """The message with trailer lines, one for each value."""
    lines = []
    for key, values in trailers.items():
        if not re.fullmatch(r"[A-Za-z0-9][A-Za-z0-9-]*", key):
            raise Failure(
                f"{key!r} can't be the key of a trailer.",
                state="Nothing was committed.",
                remedy="Use letters, digits and dashes.",
            )
        for value in values if isinstance(values, Sequence) and not isinstance(values, str) else [values]:
            lines.append(f"{key}: {' '.join(str(value).split())}")
    if not message.strip():
        raise Failure("A commit needs a message.", state="Nothing was committed.", remedy="Give it a text.")
    return "\n".join([message.strip(), *(["", *lines] if lines else [])]) + "\n"


def identity_environ(workspace: Workspace) -> dict[str, str]:
    """Environment in which git commits as the author that the workspace declares; empty where that is the user."""
    if workspace.author is None:
        return {}
    name, address = identity(workspace.author)
    return {f"GIT_{who}_{what}": value for who in ("AUTHOR", "COMMITTER") for what, value in (("NAME", name), ("EMAIL", address))}


def _index(workspace: Workspace, git: Git, state: str) -> tuple[str, set[str]]:
    """The tree that the index stands for, and the paths in which it differs from the workspace's base."""
    tree = git.run(*SPARSE, "write-tree", at=workspace.path, state=state).strip()
    return tree, set(_names(git, "diff-tree", "-r", workspace.base, tree, workspace=workspace))


def _names(git: Git, *command: str, workspace: Workspace) -> list[str]:
    first, *rest = command
    options = ("--literal-pathspecs", first, "--name-only", "--no-renames", "--no-ext-diff", "--ignore-submodules", "-z")
    told = git.run(*SPARSE, *options, *rest, at=workspace.path)
    return [name for name in told.split("\0") if name]


def _checked(workspace: Workspace, git: Git, meant: str) -> str:
    """The commit at HEAD, if it is exactly the tree ``meant`` on the workspace's base."""
    made, tree, stands_on = git.run("rev-parse", "HEAD", "HEAD^{tree}", "HEAD^1", at=workspace.path).split()
    if (tree, stands_on) == (meant, workspace.base):
        return made
    others = _names(git, "diff-tree", "-r", meant, tree, workspace=workspace)
    take_back(workspace, git)
    raise Failure(
        f"A Git hook of {workspace.name} changed what was committed: {', '.join(others) or 'its place in the history'}.",
        state=f"Nothing was pushed to {workspace.name}.",
        remedy="Have the hook leave these files alone (it may refuse a commit, and not change it), and run again.",
    )


def _changes(workspace: Workspace, parent: str, made: str, git: Git) -> tuple[Change, ...]:
    options = ("-r", "--raw", "--no-renames", "--no-abbrev", "-z")
    words = git.run("diff-tree", *options, parent, made, at=workspace.path).split("\0")
    changes = []
    for fields, path in zip(words[0::2], words[1::2], strict=False):
        _old_mode, mode, _old_blob, blob, status = fields.lstrip(":").split()
        changes.append(Change(path, mode, blob, status == "A"))
    return tuple(changes)
