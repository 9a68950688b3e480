# SPDX-License-Identifier: GPL-3.0-or-later
"""A worktree that another command is just making, or was killed while making: git gives it a HEAD of zeros first, and no
``git fetch`` of the same Git folder succeeds meanwhile."""

from __future__ import annotations

import os
import subprocess
import time
from collections.abc import Callable
from pathlib import Path

import pytest
from ansible_collections.lotus_lake.secrets.plugins.module_utils.failure import Failure
from ansible_collections.lotus_lake.secrets.plugins.module_utils.git.fast_forward import fast_forward
from ansible_collections.lotus_lake.secrets.plugins.module_utils.git.program import Git
from ansible_collections.lotus_lake.secrets.plugins.module_utils.git.workspace import Workspace, renew
from ansible_collections.lotus_lake.secrets.tests.fixtures.git_lab import Lab, git, hook
from ansible_collections.lotus_lake.secrets.tests.fixtures.git_runs import SECRETS, ended_process, from_checkout


def half_made(checkout: Path, name: str = "slow") -> Path:
    """The HEAD of a worktree as git leaves it half-way."""
    private = checkout / ".git" / "worktrees" / name
    if not private.exists():
        private.mkdir(parents=True)
        (private / "commondir").write_text("../..\n")
        (private / "gitdir").write_text(f"{checkout.with_name(name)}/.git\n")
    (private / "HEAD").write_text(f"{'0' * 40}\n")
    return private / "HEAD"


def finishing(head: Path, commit: str, said: list[str]) -> Git:
    """A git that is told of a wait, whereupon whoever makes the worktree goes on."""

    def progress(line: str) -> None:
        said.append(line)
        head.write_text(f"{commit}\n")

    return Git(dict(os.environ), progress=progress, timeout=60)


def test_a_run_waits_for_the_worktree_that_a_git_command_is_just_making(lab: Lab, program: Git, said: list[str]) -> None:
    checkout = lab.clone("mine")
    workspace = from_checkout(lab, checkout, program)
    held, gate, head = lab.root / "held", lab.root / "gate", checkout / ".git" / "worktrees" / "slow" / "HEAD"
    # between the HEAD of zeros and the one that it gets in the end
    wait = f"touch {held}; until test -e {gate}; do sleep 0.02; done"
    hook(checkout, "reference-transaction", f'case "$1 $GIT_DIR" in "prepared "*worktrees/slow) {wait};; esac')
    tip = lab.push(SECRETS, "secret: two\n")

    def go_on(line: str) -> None:
        said.append(line)
        gate.touch()

    adding = subprocess.Popen(["git", "-C", str(checkout), "worktree", "add", "--quiet", "--detach", str(lab.root / "slow")])
    try:
        while not held.exists() and adding.poll() is None:
            time.sleep(0.01)
        if not head.exists() or set(head.read_text().strip()) != {"0"}:
            pytest.skip("this git makes worktrees without a HEAD of zeros")
        renewed = renew(workspace, Git(dict(os.environ), progress=go_on, timeout=60))
    finally:
        gate.touch()
        assert adding.wait() == 0

    assert renewed.base == tip
    assert git(lab.root / "slow", "rev-parse", "HEAD") == workspace.base
    assert said == [f"Waiting for the worktree slow that is just being made in {checkout}/.git: 1 s of at most 10 s"]


def test_the_users_branch_follows_once_the_worktree_is_made(lab: Lab, said: list[str]) -> None:
    checkout = lab.clone("mine")
    git(checkout, "checkout", "--quiet", "-b", "topic")
    tip = lab.push(SECRETS, "secret: two\n")
    git(checkout, "fetch", "--quiet")
    program = finishing(half_made(checkout), tip, said)

    sentence = fast_forward(checkout, "main", tip, program)

    assert sentence == f"The branch main of {checkout} was fast-forwarded to {tip[:10]} (it is on topic)."
    assert len(said) == 1


def test_a_checkout_without_a_commit_is_used_once_the_worktree_is_made(lab: Lab, said: list[str]) -> None:
    git(lab.root, "init", "--quiet", "fresh")
    fresh = lab.root / "fresh"
    git(fresh, "remote", "add", "origin", lab.url)
    git(fresh, "fetch", "--quiet", lab.url, "refs/heads/main")
    program = finishing(half_made(fresh), lab.tip, said)

    assert from_checkout(lab, fresh, program).base == lab.tip
    assert len(said) == 1


def with_its_record(lab: Lab, dead: Workspace) -> None:
    """Nothing but the HEAD shows that the run was killed."""


def without_its_record(lab: Lab, dead: Workspace) -> None:
    dead.path.with_name(f"{dead.path.name}.json").unlink()


@pytest.mark.parametrize("left", [with_its_record, without_its_record])
def test_what_a_killed_run_left_half_made_is_cleared_up_by_a_run_at_work(
    lab: Lab, program: Git, said: list[str], left: Callable[[Lab, Workspace], None]
) -> None:
    checkout = lab.clone("mine")
    workspace = from_checkout(lab, checkout, program)
    dead = from_checkout(lab, checkout, program, ended_process())
    half_made(checkout, dead.path.name)
    left(lab, dead)
    tip = lab.push(SECRETS, "secret: two\n")

    assert renew(workspace, program).base == tip

    assert [entry.name for entry in (checkout / ".git" / "worktrees").iterdir()] == [workspace.path.name]
    assert not dead.path.exists()
    assert said == []


def test_a_worktree_of_the_user_that_was_never_finished_is_named_with_what_to_do(lab: Lab, program: Git) -> None:
    checkout = lab.clone("mine")
    workspace = from_checkout(lab, checkout, program)
    git(checkout, "worktree", "add", "--quiet", "--detach", "--lock", str(lab.root / "slow"))
    half_made(checkout)
    impatient = Git(dict(os.environ), timeout=1.5)

    with pytest.raises(Failure) as caught:
        renew(workspace, impatient)

    assert f"The worktree {lab.root}/slow was never finished: {checkout}/.git/worktrees/slow/HEAD" in caught.value.what
    assert caught.value.state == "Nothing was changed."
    assert "git worktree remove --force --force" in caught.value.remedy
    git(checkout, "worktree", "remove", "--force", "--force", str(lab.root / "slow"))
    assert renew(workspace, impatient).base == lab.tip


def test_a_branch_that_cannot_follow_for_an_unfinished_worktree_is_said(lab: Lab) -> None:
    checkout = lab.clone("mine")
    git(checkout, "checkout", "--quiet", "-b", "topic")
    tip = lab.push(SECRETS, "secret: two\n")
    git(checkout, "fetch", "--quiet")
    half_made(checkout)

    sentence = fast_forward(checkout, "main", tip, Git(dict(os.environ), timeout=1.5))

    assert sentence.startswith(f"{checkout} is behind {tip[:10]}: ")
    assert f"The worktree {lab.root}/slow was never finished" in sentence
