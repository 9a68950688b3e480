# SPDX-License-Identifier: GPL-3.0-or-later
"""Two runs at once: one credential wins, and nothing is left half done."""

from __future__ import annotations

from pathlib import Path

import pytest
from ansible_collections.lotus_lake.secrets.tests.fixtures.killed_runs import leftovers, undelivered
from ansible_collections.lotus_lake.secrets.tests.fixtures.quick_estate import WHO, QuickEstate, Running
from ansible_collections.lotus_lake.secrets.tests.fixtures.races import Gates, colleague
from ansible_collections.lotus_lake.secrets.tests.fixtures.users_work import UsersWork

ROTATE = ("rotate.yml", "-e", f"identity={WHO}")


def raced(one: QuickEstate, other: QuickEstate, gates: Gates, task: str, *more: str) -> list[Running]:
    """Both runs stand before the same task, and then go on at once."""
    runs = [
        operator.start(*ROTATE, *more, environ=gates.environ, log=f"{name}.log")
        for name, operator in (("one", one), ("other", other))
    ]
    gates.wait_for(task, *runs)
    gates.open(task)
    assert [run.code for run in runs] == [0, 0], "\n".join(run.output for run in runs)
    return runs


def assert_rotated_once(quick: QuickEstate) -> None:
    past = quick.past()
    old, new = dict.fromkeys(pair for pairs in reversed(past) for pair in pairs)
    assert past[0] == [new]
    assert quick.copies() == [new, new]
    assert quick.accepts(new)
    assert not quick.accepts(old)
    assert not list(undelivered(quick))


def assert_nothing_left_to_do(quick: QuickEstate) -> None:
    tips = quick.estate.tips()
    done = quick.run("rotate.yml")
    assert done.code == 0, done.output
    assert quick.estate.tips() == tips
    assert not list(leftovers(quick.estate))


@pytest.mark.parametrize("step", ["stage", "switch", "retire"])
def test_two_clones(quick_estate: QuickEstate, tmp_path: Path, step: str) -> None:
    other = colleague(quick_estate, tmp_path / "colleague")
    before = [UsersWork.of(operator.estate) for operator in (quick_estate, other)]
    task = f"Commit and push: {step}"
    runs = raced(quick_estate, other, Gates(tmp_path / "gates", task), task)
    assert sum("Plan again" in run.output and "Renew the workspaces" in run.output for run in runs) >= 1
    assert_rotated_once(quick_estate)
    assert [list(work.damage(operator.estate)) for work, operator in zip(before, (quick_estate, other), strict=True)] == [[], []]
    assert_nothing_left_to_do(other)
    assert_nothing_left_to_do(quick_estate)


@pytest.mark.parametrize("step", ["stage", "switch", "retire"])
def test_one_checkout(quick_estate: QuickEstate, tmp_path: Path, step: str) -> None:
    before = UsersWork.of(quick_estate.estate)
    task = f"Commit and push: {step}"
    raced(quick_estate, quick_estate, Gates(tmp_path / "gates", task), task)
    assert_rotated_once(quick_estate)
    assert not list(before.damage(quick_estate.estate))
    assert_nothing_left_to_do(quick_estate)


def test_two_clones_in_place(quick_estate: QuickEstate, tmp_path: Path) -> None:
    quick_estate.estate.change(policy={"strategy": "in_place"})
    other = colleague(quick_estate, tmp_path / "colleague")
    task = "Commit and push: replace"
    raced(quick_estate, other, Gates(tmp_path / "gates", task), task)
    assert_rotated_once(quick_estate)
    assert_nothing_left_to_do(other)


def test_two_runs_that_begin_at_once(quick_estate: QuickEstate, tmp_path: Path) -> None:
    task = "Make workspaces at the tips of the remotes"
    raced(quick_estate, quick_estate, Gates(tmp_path / "gates", task), task)
    assert_rotated_once(quick_estate)
    assert_nothing_left_to_do(quick_estate)
