# SPDX-License-Identifier: GPL-3.0-or-later
"""What runs that have ended left is cleared up, and nothing of those at work."""

from __future__ import annotations

import json
import os
import shutil
import time
from pathlib import Path

import pytest
from ansible_collections.lotus_lake.secrets.plugins.module_utils.git import owner
from ansible_collections.lotus_lake.secrets.plugins.module_utils.git.program import Git
from ansible_collections.lotus_lake.secrets.plugins.module_utils.git.workspace import (
    Repository,
    Workspace,
    make,
    remove,
    renew,
)
from ansible_collections.lotus_lake.secrets.tests.fixtures.git_lab import Lab, git, snapshot, write
from ansible_collections.lotus_lake.secrets.tests.fixtures.git_runs import (
    SECRETS,
    ended_process,
    from_checkout,
    from_url,
)


def worktrees(checkout: Path) -> list[str]:
    return [line for line in git(checkout, "worktree", "list", "--porcelain").splitlines() if line.startswith("worktree ")]


@pytest.mark.parametrize("way", ["checkout", "url"])
def test_what_an_ended_run_left_is_removed_by_the_next(lab: Lab, program: Git, way: str) -> None:
    checkout = lab.clone("mine")
    before = snapshot(checkout)

    def made(pid: int) -> Workspace:
        return from_checkout(lab, checkout, program, pid) if way == "checkout" else from_url(lab, program, pid)

    dead = made(ended_process())
    write(dead.path, SECRETS, "secret: never pushed\n")
    (Path(git(dead.path, "rev-parse", "--absolute-git-dir")) / "index.lock").touch()
    live = made(os.getpid())

    assert not dead.path.exists()
    source = Path(git(live.path, "rev-parse", "--path-format=absolute", "--git-common-dir"))
    assert [entry.name for entry in (source / "worktrees").iterdir()] == [live.path.name]
    remove(live, program)
    assert list((lab.folder / "worktrees").iterdir()) == []
    assert snapshot(checkout) == before


def test_the_worktree_of_a_live_run_stays(lab: Lab, program: Git) -> None:
    checkout = lab.clone("mine")
    first = from_checkout(lab, checkout, program)
    write(first.path, SECRETS, "secret: being changed\n")

    second = from_checkout(lab, checkout, program)

    assert first.path != second.path
    assert (first.path / SECRETS).read_text() == "secret: being changed\n"
    assert git(first.path, "status", "--porcelain") == f"M {SECRETS}"


def test_a_run_that_cannot_be_watched_has_its_worktree_for_six_hours_after_its_last_use(lab: Lab, program: Git) -> None:
    checkout = lab.clone("mine")
    first = from_checkout(lab, checkout, program, pid=0)
    record = first.path.with_name(f"{first.path.name}.json")
    old = time.time() - owner.LEASE - 60
    os.utime(record, (old, old))
    renew(first, program)

    second = from_checkout(lab, checkout, program)
    assert first.path.exists()

    os.utime(record, (old, old))
    third = from_checkout(lab, checkout, program)
    assert not first.path.exists()
    assert second.path.exists()
    assert third.path.exists()


def test_a_run_that_a_reboot_ended_is_cleared_up(lab: Lab, program: Git) -> None:
    checkout = lab.clone("mine")
    first = from_checkout(lab, checkout, program, pid=0)
    record = first.path.with_name(f"{first.path.name}.json")
    content = json.loads(record.read_text())
    content["owner"]["boot"] = "an earlier one"
    record.write_text(json.dumps(content))

    from_checkout(lab, checkout, program)

    assert not first.path.exists()


def test_a_number_that_another_process_has_now_does_not_keep_a_worktree(lab: Lab, program: Git) -> None:
    checkout = lab.clone("mine")
    first = from_checkout(lab, checkout, program)
    record = first.path.with_name(f"{first.path.name}.json")
    content = json.loads(record.read_text())
    content["owner"]["start"] = "1"
    record.write_text(json.dumps(content))

    from_checkout(lab, checkout, program)

    assert not first.path.exists()


def test_a_wiped_work_folder_leaves_no_trace_in_the_checkout(lab: Lab, program: Git) -> None:
    checkout = lab.clone("mine")
    before = snapshot(checkout)
    from_checkout(lab, checkout, program, ended_process())
    shutil.rmtree(lab.folder)

    remove(from_checkout(lab, checkout, program), program)

    assert snapshot(checkout) == before


def test_a_work_folder_elsewhere_is_cleared_of_ended_runs_and_not_of_live_ones(lab: Lab, program: Git) -> None:
    checkout = lab.clone("mine")
    repository = Repository("estate", checkout=checkout)
    dead = make(repository, [SECRETS], lab.root / "elsewhere", program, run_pid=ended_process())
    live = make(repository, [SECRETS], lab.root / "elsewhere", program, run_pid=os.getpid())

    third = from_checkout(lab, checkout, program)

    assert not dead.path.exists()
    assert len(worktrees(checkout)) == 3
    assert live.path.exists()
    assert third.path.exists()


def test_half_made_traces_of_another_machine_stay_until_they_are_old(lab: Lab, program: Git) -> None:
    checkout = lab.clone("mine")
    private = checkout / ".git" / "worktrees" / "lotus_lake.secrets-estate-0000"
    private.mkdir(parents=True)
    (private / "locked").write_text("initializing")

    remove(from_checkout(lab, checkout, program), program)
    assert private.exists()

    old = time.time() - owner.LEASE - 60
    os.utime(private, (old, old))
    remove(from_checkout(lab, checkout, program), program)
    assert not private.exists()


def test_the_users_own_worktrees_stay_even_where_git_would_prune_them(lab: Lab, program: Git) -> None:
    checkout = lab.clone("mine")
    git(checkout, "worktree", "add", "--quiet", "-b", "gone", str(lab.root / "gone"))
    git(checkout, "worktree", "add", "--quiet", "-b", "there", str(lab.root / "there"))
    shutil.rmtree(lab.root / "gone")
    before = snapshot(checkout)

    remove(from_checkout(lab, checkout, program), program)

    assert snapshot(checkout) == before
