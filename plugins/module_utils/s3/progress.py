# SPDX-License-Identifier: GPL-3.0-or-later
"""Tells the operator what is waited for, from the first second on and without repeating itself."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from .check import Check, Finding

SILENT_FOR = 1.0
SAY_AGAIN_AFTER = 5.0
_NAMED_AT_MOST = 3


class Progress:
    """The lines of one verification.

    Args:
        say: Takes one line.
        clock: Seconds, going on evenly.
        wait: The seconds after which waiting ends.
    """

    def __init__(self, say: Callable[[str], None], clock: Callable[[], float], wait: float) -> None:
        self._say = say
        self._clock = clock
        self._wait = wait
        self._started = clock()
        self._asking_said_at = float("-inf")
        self._said: dict[str, tuple[str, float]] = {}

    def asking(self, jobs: Sequence[tuple[Check, str]]) -> None:
        """S3 hasn't answered everything yet that was asked for these checks at these endpoints."""
        now = self._clock()
        if now - self._asking_said_at >= SAY_AGAIN_AFTER:
            self._asking_said_at = now
            self._say(f"asking S3 since {now - self._started:.0f} s: {_names([_whose(*job) for job in jobs])}")

    def waiting(self, findings: Sequence[Finding], until: float) -> None:
        """These aren't as they must be yet, and are looked at again ``until`` seconds after the start."""
        if until < SILENT_FOR:
            return
        by_reason: dict[str, list[str]] = {}
        for finding in findings:
            by_reason.setdefault(finding.problems[0].what, []).append(_whose(finding.check, finding.endpoint))
        for reason, whose in by_reason.items():
            self._line(reason, whose)

    def _line(self, reason: str, whose: list[str]) -> None:
        now = self._clock()
        names = _names(whose)
        before, at = self._said.get(reason, ("", float("-inf")))
        if names != before or now - at >= SAY_AGAIN_AFTER:
            self._said[reason] = (names, now)
            self._say(f"waiting for S3, {now - self._started:.0f} s of at most {self._wait:.0f} s: {names}: {reason}")


def _names(whose: list[str]) -> str:
    more = len(whose) - _NAMED_AT_MOST
    return ", ".join(whose[:_NAMED_AT_MOST]) + (f" and {more} more" if more > 0 else "")


def _whose(check: Check, url: str) -> str:
    return f"{check.name} ({check.credential.public_id}) at {url}"
