# SPDX-License-Identifier: GPL-3.0-or-later
"""A wait for another program: bounded, and never silent."""

from __future__ import annotations

import subprocess
import time
from collections.abc import Callable

FIRST_LINE_AFTER, LINE_EVERY = 1.0, 10.0

Progress = Callable[[str], None]


def silent(line: str) -> None:
    """The progress of a caller who has nobody to tell."""


class Waiting:
    """One wait, which begins now.

    Args:
        label: What is waited for, as the operator should read it.
        seconds: How long at most.
        progress: Says one line to the operator.
    """

    def __init__(self, label: str, seconds: float, progress: Progress) -> None:
        self._label, self._seconds, self._progress = label, seconds, progress
        self._begin = time.monotonic()
        self._next_line = FIRST_LINE_AFTER

    @property
    def _passed(self) -> float:
        return time.monotonic() - self._begin

    def is_over(self) -> bool:
        """Whether the time is up."""
        return self._passed >= self._seconds

    def pause(self) -> float:
        """Seconds until there is something to say, or the time is up."""
        return max(0.0, min(self._next_line, self._seconds) - self._passed)

    def say(self) -> None:
        """Tell the operator, where it is time to."""
        passed = self._passed
        if passed >= self._next_line:
            self._progress(f"Waiting for {self._label}: {passed:.0f} s of at most {self._seconds:.0f} s")
            self._next_line = passed + LINE_EVERY


def answer(process: subprocess.Popen[bytes], given: bytes, waiting: Waiting) -> tuple[bytes, bytes]:
    """What the process wrote to its two outputs, once it has ended.

    Args:
        given: For its standard input, where that is a pipe.

    Raises:
        TimeoutError: The time is up. The process is killed then.
    """
    to_give: bytes | None = given if process.stdin else None
    try:
        while not waiting.is_over():
            try:
                return process.communicate(to_give, timeout=waiting.pause())
            except subprocess.TimeoutExpired:
                to_give = None
                waiting.say()
        raise TimeoutError
    finally:
        if process.returncode is None:
            process.kill()
            process.wait()
