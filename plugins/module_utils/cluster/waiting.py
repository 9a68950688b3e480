# SPDX-License-Identifier: GPL-3.0-or-later
"""Waits for the cluster: bounded, never silent, and through a moment in which its API does not answer."""

from __future__ import annotations

import time
from collections.abc import Callable

from .api import Unreachable

_SILENT_FOR = 1.0
_SAY_AGAIN_AFTER = 10.0
_PAUSE = 0.5


class TookTooLong(Exception):
    """The time is over. Says what was waited for."""


class Waiting:
    """One bound for all waits of a delivery.

    Args:
        say: Takes one line.
        wait: The seconds that all of it may take.
        clock, pause: Seconds that go on evenly, and how to let some pass.
    """

    def __init__(
        self,
        say: Callable[[str], None],
        wait: float,
        *,
        clock: Callable[[], float] = time.monotonic,
        pause: Callable[[float], None] = time.sleep,
    ) -> None:
        self.say = say
        self.wait = wait
        self._clock, self._pause = clock, pause
        self._begun = clock()
        self._said, self._said_at = "", float("-inf")

    @property
    def passed(self) -> float:
        """The seconds since the start."""
        return self._clock() - self._begun

    def until(self, look: Callable[[], str]) -> None:
        """Look until nothing is left to wait for.

        Args:
            look: Returns what is waited for; empty when it is there.

        Raises:
            TookTooLong: It isn't there in time.
        """
        while left := self._looked(look):
            if self.passed >= self.wait:
                raise TookTooLong(left)
            self._tell(left)
            self._pause(_PAUSE)

    def _looked(self, look: Callable[[], str]) -> str:
        try:
            return look()
        except Unreachable as error:
            return f"the cluster's API: {error}"

    def _tell(self, left: str) -> None:
        passed = self.passed
        if passed >= _SILENT_FOR and (left != self._said or passed - self._said_at >= _SAY_AGAIN_AFTER):
            self._said, self._said_at = left, passed
            self.say(f"waiting for {left}, {passed:.0f} s of at most {self.wait:.0f} s")
