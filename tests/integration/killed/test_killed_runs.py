# SPDX-License-Identifier: GPL-3.0-or-later
"""A run that is killed anywhere is finished by the next one.

The points at which a run is killed are generated: each call of the collection that writes, renames, syncs or removes a file,
makes or removes a folder or starts a program, before it and after it where it makes something; half-way in each write and in each
Git command that changes something; and after each task. A run that is left alone is counted first, with the contents of all
files at each point.

A point at which the files are byte for byte what they were at an earlier one is left out, since a kill there leaves the same;
half-way in Git commands all points stay. Where a workspace is removed file by file, the first and last of these points stay, and
one in four between. Of the rotation in two steps all others are taken. Of the other kinds of runs one in EVERY is taken, and all
around a clone. With KILLED_RUNS=all in the environment nothing is left out: every point of every kind, which takes hours.

A kill leaves the files as they are at that moment. So one run that is not killed serves many points: at each of them its files
are copied, and the next run gets the copy. Where a program is at work (it was just started, or is half-way) the run is really
killed, and with KILLED_RUNS=all at every point.

A kill ends all processes at once. That ansible-playbook's group alone is ended, while its worker and git end what they are at and
the next run begins, is done half-way in Git commands that change something: in one of three, with KILLED_RUNS=all in each.
"""

from __future__ import annotations

from collections.abc import Callable

import pytest
from ansible_collections.lotus_lake.secrets.tests.fixtures.killed_runs import (
    Killing,
    everything,
    one_for_each_state,
    some_of_each_removal,
)

pytestmark = pytest.mark.long
PARTS = 4
EVERY = 22


@pytest.mark.parametrize("part", range(PARTS))
def test_a_rotation_killed_anywhere_is_finished(part: int, killing: Callable[[str], Killing]) -> None:
    run = killing("overlap")
    points = run.points() if everything() else some_of_each_removal(one_for_each_state(run.points()))
    wrong = run.kill(points[part::PARTS])
    assert not wrong, "\n".join(wrong)
    assert run.left_behind, "no kill left anything to clear up: they come too late"


def test_a_rotation_whose_git_survives_it_is_finished(killing: Callable[[str], Killing]) -> None:
    run = killing("overlap")
    points = [point for point in run.points() if point.changes_at_random]
    chosen = points if everything() else points[::3]
    wrong = run.kill(chosen, survivors=True)
    assert not wrong, "\n".join(wrong)
    assert run.left_behind, "no kill left anything to clear up: they come too late"


@pytest.mark.parametrize("kind", ["several", "in_place", "rollback", "sync", "clones"])
def test_other_runs_killed_anywhere_are_finished(kind: str, killing: Callable[[str], Killing]) -> None:
    run = killing(kind)
    points = one_for_each_state(run.points())
    chosen = {*points[::EVERY], *(point for point in points if point.what.endswith("git clone"))}
    points = run.points() if everything() else sorted(chosen, key=lambda point: point.number)
    wrong = run.kill(points)
    assert not wrong, "\n".join(wrong)
    assert run.left_behind, "no kill left anything to clear up: they come too late"
