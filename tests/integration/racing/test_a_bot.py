# SPDX-License-Identifier: GPL-3.0-or-later
"""Somebody else pushes to the same repositories during a run."""

from __future__ import annotations

from pathlib import Path

from ansible_collections.lotus_lake.secrets.demo.programs import git
from ansible_collections.lotus_lake.secrets.tests.fixtures.killed_runs import leftovers, undelivered
from ansible_collections.lotus_lake.secrets.tests.fixtures.quick_estate import FIRST, SECOND, WHO, QuickEstate
from ansible_collections.lotus_lake.secrets.tests.fixtures.races import Bot, Gates

ROTATE = ("rotate.yml", "-e", f"identity={WHO}")
PUSHES = tuple(f"Commit and push: {step}" for step in ("stage", "switch", "retire"))


def assert_rotated(quick: QuickEstate) -> None:
    past = quick.past()
    old, new = dict.fromkeys(pair for pairs in reversed(past) for pair in pairs)
    assert past[0] == [new]
    assert quick.copies() == [new, new]
    assert quick.accepts(new)
    assert not quick.accepts(old)
    assert not list(undelivered(quick))
    assert not list(leftovers(quick.estate))


def test_unrelated_commits_all_the_while(quick_estate: QuickEstate, tmp_path: Path) -> None:
    bot = Bot(quick_estate.estate, tmp_path / "bot")
    with bot.pushing(limit=400):
        done = quick_estate.run(*ROTATE)
    assert done.code == 0, done.output
    assert_rotated(quick_estate)
    messages = [git(quick_estate.estate.remote(name), "log", "--format=%s", "main") for name in (FIRST, SECOND)]
    assert sum(text.count("Bot changes") for text in messages) == bot.pushed
    assert bot.pushed > 10


def test_an_unrelated_commit_before_each_push(quick_estate: QuickEstate, tmp_path: Path) -> None:
    bot = Bot(quick_estate.estate, tmp_path / "bot")
    gates = Gates(tmp_path / "gates", *PUSHES)
    run = quick_estate.start(*ROTATE, environ=gates.environ)
    for task in PUSHES:
        gates.wait_for(task, run)
        bot.push(FIRST)
        bot.push(SECOND)
        gates.open(task)
    assert run.code == 0, run.output
    assert run.output.count("pushing on top of it") == 4
    assert_rotated(quick_estate)


def test_another_key_of_our_files_changed_before_each_push(quick_estate: QuickEstate, tmp_path: Path) -> None:
    bot = Bot(quick_estate.estate, tmp_path / "bot")
    gates = Gates(tmp_path / "gates", *PUSHES)
    master = quick_estate.estate.model.master
    copy = next(copy for copy in quick_estate.estate.model.identity(WHO).copies if copy.repository == SECOND)
    run = quick_estate.start(*ROTATE, environ=gates.environ)
    for task, name, file in zip(PUSHES, (FIRST, SECOND, FIRST), (master.file, copy.access_key.file, master.file), strict=True):
        gates.wait_for(task, run)
        bot.change(name, file, ("stringData", f"of_the_bot_{task[-5:].strip()}"), "its own")
        gates.open(task)
    assert run.code == 0, run.output
    assert run.output.count("Renew the workspaces") == 3
    assert_rotated(quick_estate)
    kept = {
        **quick_estate.read(FIRST, master.file)["stringData"],
        **quick_estate.read(SECOND, copy.access_key.file)["stringData"],
    }
    assert [kept[f"of_the_bot_{task[-5:].strip()}"] for task in PUSHES] == ["its own"] * 3


def test_a_copy_changed_before_the_push_of_a_replaced_secret(quick_estate: QuickEstate, tmp_path: Path) -> None:
    """The master is through by then, so that nothing works until the copy has the new secret too: this run sees to it."""
    quick_estate.estate.change(policy={"strategy": "in_place"})
    bot = Bot(quick_estate.estate, tmp_path / "bot")
    task = "Commit and push: replace"
    gates = Gates(tmp_path / "gates", task)
    copy = next(copy for copy in quick_estate.estate.model.identity(WHO).copies if copy.repository == SECOND)
    run = quick_estate.start(*ROTATE, environ=gates.environ)
    gates.wait_for(task, run)
    bot.change(SECOND, copy.access_key.file, ("stringData", "of_the_bot"), "its own")
    gates.open(task)
    assert run.code == 0, run.output
    assert_rotated(quick_estate)
    assert quick_estate.read(SECOND, copy.access_key.file)["stringData"]["of_the_bot"] == "its own"
