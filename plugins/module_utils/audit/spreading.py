# SPDX-License-Identifier: GPL-3.0-or-later
"""Spreads work over the cores by forked processes, which have everything at hand that this one has, keys too."""

from __future__ import annotations

import contextlib
import gc
import os
import pickle
import signal
import threading
from collections.abc import Callable, Sequence
from typing import Generic, NoReturn, TypeVar

Item = TypeVar("Item")
Result = TypeVar("Result")

AT_LEAST = 501
"""With fewer items the processes cost more than they save."""


def spread(work: Callable[[Item], Result], items: Sequence[Item]) -> list[Result]:
    """The result of each item, as ``[work(item) for item in items]`` gives it.

    Args:
        work: Does nothing that this process would miss; its results can be pickled.
    """
    count = min(_cores(), len(items))
    # a process forked beside threads may wait forever for a lock that one of them had
    if len(items) < AT_LEAST or count < 2 or threading.active_count() > 1:
        return [work(item) for item in items]
    shares = [items[number::count] for number in range(count)]
    # what is there by now needs no look from the garbage collectors of the others, which would copy its memory
    gc.freeze()
    others: list[_Forked[Item, Result]] = []
    try:
        for share in shares[1:]:
            others.append(_Forked(work, share))
        done = [[work(item) for item in shares[0]], *(other.results() for other in others)]
    finally:
        for other in others:
            other.end()
        gc.unfreeze()
    return [done[number % count][number // count] for number in range(len(items))]


class _Forked(Generic[Item, Result]):
    """A process that does a share."""

    def __init__(self, work: Callable[[Item], Result], share: Sequence[Item]) -> None:
        self._work = work
        self._share = share
        self._from, into = os.pipe()
        self._pid = os.fork()
        if not self._pid:
            _do(work, share, into)
        os.close(into)

    def results(self) -> list[Result]:
        """What the process has done; where it failed, this one does it, and fails as itself."""
        with os.fdopen(self._from, "rb", closefd=False) as told:
            text = told.read()
        try:
            done: list[Result] = pickle.loads(text)
        except (EOFError, pickle.UnpicklingError):
            return [self._work(item) for item in self._share]
        return done

    def end(self) -> None:
        """Wait for the process, which has no more to do."""
        os.close(self._from)
        with contextlib.suppress(ProcessLookupError):
            os.kill(self._pid, signal.SIGKILL)
        os.waitpid(self._pid, 0)


def _do(work: Callable[[Item], Result], share: Sequence[Item], into: int) -> NoReturn:
    """In the forked process: nothing of the other one's is cleaned up, and nothing is said."""
    try:
        told = pickle.dumps([work(item) for item in share])
        with os.fdopen(into, "wb") as output:
            output.write(told)
    finally:
        os._exit(0)


def _cores() -> int:
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
