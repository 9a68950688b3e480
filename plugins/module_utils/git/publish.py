# SPDX-License-Identifier: GPL-3.0-or-later
"""Commit named paths of a workspace and push them, with races handled."""

from __future__ import annotations

import dataclasses
import time
from collections.abc import Callable, Mapping, Sequence

from .commit import Commit, commit
from .fast_forward import fast_forward
from .program import Git
from .push import push
from .workspace import Workspace, in_use

# A bot that pushes all the time lets one of a few tries through, as measured; 120 s are hundreds of tries.
PATIENCE = 120.0


@dataclasses.dataclass(frozen=True)
class Publication:
    """What came of a publication.

    Attributes:
        name: The repository's name.
        commit: The commit on the remote, or None where there was nothing to commit or the race was lost.
        pushed: The remote has the commit.
        raced: The remote changed one of our paths meanwhile: nothing was pushed, the caller must plan again.
        rebased: How many times the commit was put on top of a moved remote.
        checkout: A sentence on the user's checkout: fast-forwarded, or behind and why. Empty where nothing was pushed or the
            run has a clone of its own.
    """

    name: str
    commit: str | None = None
    pushed: bool = False
    raced: bool = False
    rebased: int = 0
    checkout: str = ""


def publish(
    workspace: Workspace,
    paths: Sequence[str],
    message: str,
    git: Git,
    *,
    trailers: Mapping[str, str | Sequence[str]] | None = None,
    patience: float = PATIENCE,
    pushed_before: Sequence[str] = (),
    wait: Callable[[float], None] = time.sleep,
) -> Publication:
    """Commit exactly ``paths`` of the workspace, push the commit, and fast-forward the user's checkout.

    Args:
        paths: From the repository's root.
        patience: For how many seconds a push is tried again where the remote keeps moving; five times at least.
        pushed_before: Names of repositories already pushed, for the message of a Failure.
        wait: Sleeps for so many seconds.

    Raises:
        Failure: See ``commit`` and ``push``.
    """
    with in_use(workspace, git):
        made = commit(workspace, paths, message, git, trailers=trailers)
        if made is None:
            return Publication(workspace.name)
        done = push_made(workspace, made, git, patience=patience, wait=wait, pushed_before=pushed_before)
        return followed(workspace, done, git)


def push_made(
    workspace: Workspace,
    made: Commit,
    git: Git,
    *,
    patience: float = PATIENCE,
    wait: Callable[[float], None] = time.sleep,
    pushed_before: Sequence[str] = (),
    watched: Sequence[str] = (),
) -> Publication:
    """Push a commit and note in the workspace that its files stand on it. The caller holds the workspace."""
    done = push(workspace, made, git, patience=patience, wait=wait, pushed_before=pushed_before, watched=watched)
    if done.commit is None:
        return Publication(workspace.name, raced=True, rebased=done.rebased)
    workspace.at(done.commit)
    return Publication(workspace.name, done.commit, pushed=True, rebased=done.rebased)


def followed(workspace: Workspace, done: Publication, git: Git) -> Publication:
    """Bring the user's checkout up to a publication, and say how that went."""
    if workspace.checkout is None or done.commit is None:
        return done
    sentence = fast_forward(workspace.checkout, workspace.branch, done.commit, git)
    if " is behind " in sentence:
        git.progress(f"{workspace.name}: {sentence}")
    return dataclasses.replace(done, checkout=sentence)
