# SPDX-License-Identifier: GPL-3.0-or-later
"""The user's checkouts in every state: the whole run succeeds, and their work is byte for byte as it was."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from ansible_collections.lotus_lake.secrets.tests.fixtures.git_lab import git, snapshot
from ansible_collections.lotus_lake.secrets.tests.fixtures.killed_runs import leftovers, undelivered
from ansible_collections.lotus_lake.secrets.tests.fixtures.quick_estate import WHO, QuickEstate
from ansible_collections.lotus_lake.secrets.tests.fixtures.races import Bot
from ansible_collections.lotus_lake.secrets.tests.fixtures.users_work import CHANGED, STAGED, UNKNOWN

IN_THE_WAY = "uncommitted changes are in the way"


def file_of_the_estate(quick: QuickEstate, name: str) -> str:
    return sorted(quick.estate.model.files(name))[-1]


def dirty_file_of_the_estate(quick: QuickEstate, name: str, at: Path) -> None:
    file = at / file_of_the_estate(quick, name)
    file.write_text(file.read_text() + "# being edited\n")


def staged_file_of_the_estate(quick: QuickEstate, name: str, at: Path) -> None:
    dirty_file_of_the_estate(quick, name, at)
    git(at, "add", file_of_the_estate(quick, name))


def other_files_changed(quick: QuickEstate, name: str, at: Path) -> None:
    """As the template is."""


def other_branch(quick: QuickEstate, name: str, at: Path) -> None:
    git(at, "checkout", "--quiet", "-b", "topic")


def detached_head(quick: QuickEstate, name: str, at: Path) -> None:
    git(at, "checkout", "--quiet", "--detach")


def unpushed_commits(quick: QuickEstate, name: str, at: Path) -> None:
    git(at, "commit", "--quiet", "--message=mine")


def diverged(quick: QuickEstate, name: str, at: Path) -> None:
    unpushed_commits(quick, name, at)
    Bot(quick.estate, quick.estate.folder / f"bot-{name}").push(name)


def conflicting(quick: QuickEstate, name: str, at: Path) -> None:
    git(at, "reset", "--quiet", "--hard")
    (at / UNKNOWN).unlink()
    (at / "bot.md").write_text("mine\n")
    git(at, "add", "bot.md")
    git(at, "commit", "--quiet", "--message=mine")
    Bot(quick.estate, quick.estate.folder / f"bot-{name}").push(name)
    git(at, "fetch", "--quiet")


def rebase_under_way(quick: QuickEstate, name: str, at: Path) -> None:
    conflicting(quick, name, at)
    git(at, "rebase", "origin/main", check=False)
    assert (at / ".git" / "rebase-merge").exists()


def merge_conflict(quick: QuickEstate, name: str, at: Path) -> None:
    conflicting(quick, name, at)
    git(at, "merge", "origin/main", check=False)
    assert (at / ".git" / "MERGE_HEAD").exists()


@pytest.mark.parametrize(
    ("state", "told"),
    [
        (dirty_file_of_the_estate, IN_THE_WAY),
        (staged_file_of_the_estate, IN_THE_WAY),
        (other_files_changed, "was fast-forwarded"),
        (other_branch, "it is on topic"),
        (detached_head, "its HEAD is detached"),
        (unpushed_commits, "has commits that are not on the remote"),
        (diverged, "has commits that are not on the remote"),
        (rebase_under_way, "a rebase is under way"),
        (merge_conflict, "a merge is under way"),
    ],
)
def test_a_run_leaves_the_users_work_as_it_is(
    quick_estate: QuickEstate, state: Callable[[QuickEstate, str, Path], None], told: str
) -> None:
    estate = quick_estate.estate
    for name in estate.repositories:
        state(quick_estate, name, estate.checkout(name))
    before = {name: snapshot(estate.checkout(name)) for name in estate.repositories}
    unpushed = {name: git(estate.checkout(name), "rev-list", "--all", "--not", "--remotes") for name in estate.repositories}
    done = quick_estate.run("rotate.yml", "-e", f"identity={WHO}", "-v")
    assert done.code == 0, done.output
    assert told in done.output
    past = quick_estate.past()
    old, new = dict.fromkeys(pair for pairs in reversed(past) for pair in pairs)
    assert (past[0], quick_estate.copies()) == ([new], [new, new])
    assert not quick_estate.accepts(old)
    for name in estate.repositories:
        changed = {path for path, was in snapshot(estate.checkout(name)).items() ^ before[name].items()}
        assert changed <= may_change(quick_estate, name, told), name
        assert {STAGED, CHANGED, UNKNOWN}.isdisjoint(changed)
        for commit in unpushed[name].split():
            assert git(estate.remote(name), "cat-file", "-e", commit, check=False) == ""
            assert commit not in git(estate.remote(name), "rev-list", "--all").split(), "a commit of the user was pushed"
    assert not list(undelivered(quick_estate))
    assert not list(leftovers(estate))


def may_change(quick: QuickEstate, name: str, told: str) -> set[str]:
    """Nothing but what a fast-forward is."""
    branch = {".git/refs/heads/main", ".git/logs/refs/heads/main"}
    if told == "it is on topic":
        return branch
    if told in ("was fast-forwarded", IN_THE_WAY):
        ours = set(quick.estate.model.files(name))
        if told == IN_THE_WAY:  # the commit before, which does not change this file, may be followed
            ours.remove(file_of_the_estate(quick, name))
        return {*branch, ".git/logs/HEAD", ".git/ORIG_HEAD", ".git/index", *ours}
    return set()
