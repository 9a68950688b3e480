# SPDX-License-Identifier: GPL-3.0-or-later
"""Clears up what killed runs left: worktrees, records, locks, and their traces in the Git folders.

Only what carries our name is looked at, and nothing of a run that may still be at work is touched.
"""

from __future__ import annotations

import contextlib
import json
import shutil
import time
from collections.abc import Iterator
from pathlib import Path

from ..failure import Failure
from .lock import locked
from .owner import LEASE, Owner
from .program import Git
from .record import PREFIX, Record, beside


def worktrees_in(folder: Path) -> Path:
    """The folder of the worktrees, made where it is missing."""
    return _made(folder / "worktrees")


def clones_in(folder: Path) -> Path:
    """The folder of the clones, made where it is missing."""
    return _made(folder / "clones")


def _made(folder: Path) -> Path:
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    except OSError as error:
        raise Failure(
            f"The work folder {folder} could not be made: {error.strerror}.",
            state="Nothing was changed.",
            remedy="Make it writable, or name another folder.",
        ) from error
    return folder


def clear_folder(folder: Path, git: Git) -> None:
    """Remove the worktrees of runs that have ended, in the work folder."""
    worktrees = worktrees_in(folder)
    for path in _names(worktrees):
        record = Record.read(path)
        if record is not None and record.lives():
            continue
        with _free(beside(path, ".lock"), git) as free:
            # it may have been made, or cleared up, between the first look and the lock
            record = Record.read(path)
            if free and (record is None or not record.lives()):
                discard(path, record)


def clear_traces(common: Path, git: Git) -> None:
    """Remove what ended runs left in a Git folder (``common``) whose worktrees are elsewhere or gone."""
    for private in sorted((common / "worktrees").glob(f"{PREFIX}*")):
        path = worktree_of(private)
        record = Record.read(path) if path is not None else None
        if path is not None and record is not None:
            if not record.lives():
                with _free(record.lock, git) as free:
                    if free and not record.lives():
                        discard(path, record)
        elif _is_abandoned(private):
            if path is not None and path.name == private.name:
                shutil.rmtree(path, ignore_errors=True)
            _remove_private(private)


def discard(path: Path, record: Record | None) -> None:
    """Remove the worktree ``path``: files, its part of the Git folder, record and lock. The caller holds the lock."""
    if path.exists():
        shutil.rmtree(path)
    if record is not None and worktree_of(record.private) in (None, path):
        _remove_private(record.private)
    for ending in (".json.new", ".json", ".lock"):
        beside(path, ending).unlink(missing_ok=True)


def clear_own_locks(record: Record) -> None:
    """Remove lock files of killed git commands in the worktree's own part of the Git folder. The caller holds the lock."""
    for file in record.private.glob("*.lock"):
        file.unlink(missing_ok=True)


@contextlib.contextmanager
def _free(lock: Path, git: Git) -> Iterator[bool]:
    """Whether the lock could be had soon. It can't where a git command of a killed run is still at work."""
    with contextlib.ExitStack() as stack:
        try:
            stack.enter_context(locked(lock, git, lock.stem, patience=5.0))
        except Failure:
            git.progress(f"{lock.stem} of an ended run is still in use: left to a later run")
            yield False
            return
        yield True


def _names(worktrees: Path) -> list[Path]:
    """The worktrees of which anything is there."""
    found = set()
    for entry in worktrees.glob(f"{PREFIX}*"):
        name = entry.name
        for ending in (".json.new", ".json", ".lock"):
            name = name.removesuffix(ending)
        found.add(worktrees / name)
    return sorted(found)


def worktree_of(private: Path) -> Path | None:
    """The worktree that has the part ``private`` of a Git folder, or None where that isn't written there."""
    try:
        return Path((private / "gitdir").read_text(encoding="utf-8").strip()).parent
    except (OSError, ValueError):
        return None


def _is_abandoned(private: Path) -> bool:
    """Whether a worktree without a record belongs to nobody any more."""
    try:
        last_seen = private.stat().st_mtime
    except OSError:
        return False
    try:
        fields = json.loads((private / "locked").read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return time.time() - last_seen > LEASE  # git is making it just now, or was killed while it did
    owner = Owner.parsed(fields if isinstance(fields, dict) else {})
    return owner is not None and not owner.lives(last_seen, time.time())


def _remove_private(private: Path) -> None:
    with contextlib.suppress(FileNotFoundError):  # another run may remove it too
        shutil.rmtree(private)
    with contextlib.suppress(OSError):
        private.parent.rmdir()  # as git does with the last one; it stays where there are others
