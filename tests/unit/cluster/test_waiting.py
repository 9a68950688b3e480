# SPDX-License-Identifier: GPL-3.0-or-later
"""Waits for the cluster say what they wait for, and end."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from ansible_collections.lotus_lake.secrets.plugins.module_utils.cluster.api import Unreachable
from ansible_collections.lotus_lake.secrets.plugins.module_utils.cluster.waiting import TookTooLong, Waiting


class Time:
    """A clock that only a pause moves."""

    now = 0.0

    def passes(self, seconds: float) -> None:
        self.now += seconds


def waiting(lines: list[str], wait: float) -> Waiting:
    time = Time()
    return Waiting(lines.append, wait, clock=lambda: time.now, pause=time.passes)


def answers(*said: str | Exception) -> Iterator[str | Exception]:
    yield from said
    while True:
        yield said[-1]


def test_what_is_there_at_once_is_not_told() -> None:
    lines: list[str] = []
    waiting(lines, 5).until(lambda: "")
    assert lines == []


def test_a_long_wait_says_what_it_waits_for_without_repeating_itself() -> None:
    lines: list[str] = []
    left = iter(["Flux"] * 50 + [""])
    waiting(lines, 60).until(lambda: next(left))
    assert lines == [f"waiting for Flux, {passed} s of at most 60 s" for passed in (1, 11, 21)]


def test_it_ends_with_what_is_left() -> None:
    with pytest.raises(TookTooLong, match=r"^Flux$"):
        waiting([], 5).until(lambda: "Flux")


def test_an_api_that_does_not_answer_for_a_moment_is_waited_for() -> None:
    lines: list[str] = []
    said = answers(*[Unreachable("https://cluster does not answer")] * 4, "")

    def look() -> str:
        answer = next(said)
        if isinstance(answer, Exception):
            raise answer
        return answer

    waiting(lines, 60).until(look)
    assert lines == ["waiting for the cluster's API: https://cluster does not answer, 1 s of at most 60 s"]
