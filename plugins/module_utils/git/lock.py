# SPDX-License-Identifier: GPL-3.0-or-later
"""Locks among runs, that last as long as any process at work under them."""

from __future__ import annotations

import contextlib
import fcntl
import os
import time
from collections.abc import Iterator
from pathlib import Path

from ..failure import Failure
from ..waiting import Waiting
from .program import Git


@contextlib.contextmanager
def locked(file: Path, git: Git, label: str, *, patience: float = 60.0) -> Iterator[None]:
    """Hold the lock ``file``; git commands started meanwhile hold it too, even when this process is killed.

    Raises:
        Failure: Somebody else still has it after ``patience`` seconds. ``label`` says what for.
    """
    waiting = Waiting(f"another run at work on {label}", patience, git.progress)
    while (descriptor := _taken(file)) is None:
        if waiting.is_over():
            raise Failure(
                f"Another process is still at work on {label} after {patience:.0f} s.",
                state="Nothing was changed.",
                remedy="Wait for the other run to end, and run again.",
            )
        waiting.say()
        time.sleep(0.02)
    try:
        with git.keeping(descriptor):
            yield
    finally:
        # a process that a hook or a credential helper left in the background has inherited it: free it for that one too
        with contextlib.suppress(OSError):
            fcntl.flock(descriptor, fcntl.LOCK_UN)
        os.close(descriptor)


def _taken(file: Path) -> int | None:
    """A descriptor that holds the lock, or None where another has it."""
    descriptor = os.open(file, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        os.close(descriptor)
        return None
    except OSError:
        return descriptor  # a file system without locks: the records alone must do
    try:
        same = os.path.samestat(os.fstat(descriptor), file.stat())
    except FileNotFoundError:
        same = False
    if same:
        return descriptor
    os.close(descriptor)  # who had it before has removed the file
    return None
