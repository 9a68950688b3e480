# SPDX-License-Identifier: GPL-3.0-or-later
"""The run's own clone of a repository that is known by its URL only: without files until one is asked for, kept for later."""

from __future__ import annotations

import contextlib
import hashlib
import re
import secrets
import shutil
from collections.abc import Iterator
from pathlib import Path

from ..failure import Failure
from .leftovers import clones_in
from .lock import locked
from .program import Git
from .record import Record
from .repository import Repository
from .words import redacted

_BROKEN = "lotus_lake.secrets.broken"


@contextlib.contextmanager
def kept_clone(repository: Repository, folder: Path, git: Git) -> Iterator[Path]:
    """A sound clone in the work folder, nobody else's while the context lasts: its shared references may be changed."""
    if repository.url is None:
        raise ValueError(f"{repository.name} has no url to clone")
    clones = clones_in(folder)
    key = hashlib.sha256(f"{repository.url}\0{repository.remote}\0{repository.branch}".encode()).hexdigest()[:12]
    clone = clones / f"{re.sub(r'[^A-Za-z0-9._-]', '_', repository.name)}-{key}"
    with locked(clones / f"{clone.name}.lock", git, f"the clone of {repository.name}", patience=git.timeout):
        for half_made in clones.glob(f"{clone.name}.new-*"):
            shutil.rmtree(half_made)
        if clone.exists():
            _clear_locks(clone)
        if clone.exists() and not is_sound(clone, repository, git):
            _give_up(clone, repository, folder, git)
        if not clone.exists():
            _make(clone, repository, git)
        yield clone


def is_sound(clone: Path, repository: Repository, git: Git, *, thoroughly: bool = False) -> bool:
    """Whether a clone is whole: its tip can be read or, thoroughly, everything that should be there."""
    if (clone / _BROKEN).exists():
        return False
    tip = f"refs/remotes/{repository.remote}/{repository.branch}^{{tree}}"
    if not git.attempt(f"--git-dir={clone / '.git'}", "rev-parse", "--quiet", "--verify", tip, at=clone).ok:
        return False
    return not thoroughly or git.attempt("fsck", "--connectivity-only", "--no-dangling", at=clone).ok


def mark_broken(clone: Path) -> None:
    """Have the next user of the clone make it anew."""
    (clone / _BROKEN).touch()


def _give_up(clone: Path, repository: Repository, folder: Path, git: Git) -> None:
    """Remove a broken clone. A Failure where a run still works with it."""
    for private in (clone / ".git" / "worktrees").glob("*"):
        record = Record.read(folder / "worktrees" / private.name)
        if record is not None and record.lives():
            raise Failure(
                f"The clone of {repository.name} in {clone} is broken, and another run still works with it.",
                state="Nothing was changed.",
                remedy="Wait for the other run to end, and run again: the clone is made anew then.",
            )
    git.progress(f"The clone of {repository.name} in {clone} is broken: made anew")
    shutil.rmtree(clone)


def _make(clone: Path, repository: Repository, git: Git) -> None:
    fresh = clone.with_name(f"{clone.name}.new-{secrets.token_hex(4)}")
    options = ("--filter=blob:none", "--no-checkout", "--no-tags", "--single-branch", "--quiet")
    names = ("--branch", repository.branch, "--origin", repository.remote)
    try:
        outcome = git.attempt(
            "clone",
            *options,
            *names,
            "--",
            str(repository.url),
            str(fresh),
            at=clone.parent,
            label=f"the first clone of {repository.name}",
        )
        if not outcome.ok:
            address = redacted(str(repository.url))
            raise outcome.failure(f"{repository.name} could not be cloned from {address}", state="Nothing was changed.")
        fresh.rename(clone)
    finally:
        if fresh.exists():
            shutil.rmtree(fresh)


def _clear_locks(clone: Path) -> None:
    """Remove lock files that killed git commands left in what all worktrees of the clone share."""
    git_folder = clone / ".git"
    for file in (*git_folder.glob("*.lock"), *(git_folder / "refs").rglob("*.lock")):
        file.unlink(missing_ok=True)
    for half_received in (git_folder / "objects").glob("pack/tmp_*"):
        half_received.unlink(missing_ok=True)
