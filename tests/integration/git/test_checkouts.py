# SPDX-License-Identifier: GPL-3.0-or-later
"""The user's checkout in every state: the run succeeds, and their work is as it was."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

import pytest
from ansible_collections.lotus_lake.secrets.plugins.module_utils.git.program import Git
from ansible_collections.lotus_lake.secrets.plugins.module_utils.git.publish import Publication, publish
from ansible_collections.lotus_lake.secrets.plugins.module_utils.git.workspace import Repository, make, remove
from ansible_collections.lotus_lake.secrets.tests.fixtures.git_lab import FILES, ODD, Lab, git, hook, snapshot, write

SECRETS = "apps/secrets.yaml"
OTHER = "apps/other.yaml"


def published(lab: Lab, checkout: Path, program: Git) -> Publication:
    workspace = make(Repository("estate", checkout=checkout), [SECRETS], lab.folder, program, run_pid=os.getpid())
    write(workspace.path, SECRETS, "secret: rotated\n")
    done = publish(workspace, [SECRETS], "Rotate", program)
    remove(workspace, program)
    assert done.pushed
    assert lab.text(SECRETS) == "secret: rotated\n"
    return done


def commit(at: Path, path: str, text: str) -> None:
    write(at, path, text)
    git(at, "add", path)
    git(at, "commit", "--quiet", f"--message=mine: {path}")


def dirty_target_file(lab: Lab, at: Path) -> None:
    write(at, SECRETS, "secret: being edited\n")


def staged_target_file(lab: Lab, at: Path) -> None:
    write(at, SECRETS, "secret: being edited\n")
    git(at, "add", SECRETS)


def deleted_target_file(lab: Lab, at: Path) -> None:
    (at / SECRETS).unlink()


def detached_head(lab: Lab, at: Path) -> None:
    git(at, "checkout", "--quiet", "--detach")


def unpushed_commits(lab: Lab, at: Path) -> None:
    commit(at, OTHER, "other: not pushed\n")


def diverged(lab: Lab, at: Path) -> None:
    commit(at, SECRETS, "secret: not pushed\n")
    lab.push(OTHER, "other: of the bot\n")


def rebase_under_way(lab: Lab, at: Path) -> None:
    commit(at, OTHER, "other: mine\n")
    lab.push(OTHER, "other: of the bot\n")
    git(at, "fetch", "--quiet")
    git(at, "rebase", "origin/main", check=False)
    assert (at / ".git" / "rebase-merge").exists()


def rebase_of_another_branch_under_way(lab: Lab, at: Path) -> None:
    git(at, "checkout", "--quiet", "-b", "topic")
    rebase_under_way(lab, at)


def merge_conflict_under_way(lab: Lab, at: Path) -> None:
    commit(at, OTHER, "other: mine\n")
    lab.push(OTHER, "other: of the bot\n")
    git(at, "fetch", "--quiet")
    git(at, "merge", "origin/main", check=False)
    assert (at / ".git" / "MERGE_HEAD").exists()


def cherry_pick_under_way(lab: Lab, at: Path) -> None:
    git(at, "checkout", "--quiet", "-b", "topic")
    commit(at, OTHER, "other: topic\n")
    git(at, "checkout", "--quiet", "main")
    commit(at, OTHER, "other: mine\n")
    git(at, "cherry-pick", "topic", check=False)


def bisect_under_way(lab: Lab, at: Path) -> None:
    git(at, "bisect", "start")


def index_locked(lab: Lab, at: Path) -> None:
    (at / ".git" / "index.lock").touch()


def stranger_where_a_file_comes(lab: Lab, at: Path) -> None:
    lab.push("new/file.yaml", "of: the bot\n")
    write(at, "new/file.yaml", "mine: not tracked\n")


def ignored_stranger_where_a_file_comes(lab: Lab, at: Path) -> None:
    (at / ".git" / "info" / "exclude").write_text("new/\n")
    stranger_where_a_file_comes(lab, at)


def file_where_a_folder_comes(lab: Lab, at: Path) -> None:
    lab.push("new/file.yaml", "of: the bot\n")
    write(at, "new", "mine: not tracked\n")


def folder_where_a_file_comes(lab: Lab, at: Path) -> None:
    lab.push("new", "of: the bot\n")
    write(at, "new/file.yaml", "mine: not tracked\n")


def other_branch_with_main_diverged(lab: Lab, at: Path) -> None:
    commit(at, OTHER, "other: not pushed\n")
    git(at, "checkout", "--quiet", "-b", "topic")


def main_in_another_worktree(lab: Lab, at: Path) -> None:
    git(at, "checkout", "--quiet", "-b", "topic")
    git(at, "worktree", "add", "--quiet", str(lab.root / "linked"), "main")


@pytest.mark.parametrize(
    ("state", "reason"),
    [
        (dirty_target_file, f"uncommitted changes are in the way: {SECRETS}"),
        (staged_target_file, f"uncommitted changes are in the way: {SECRETS}"),
        (deleted_target_file, f"uncommitted changes are in the way: {SECRETS}"),
        (detached_head, "HEAD is detached"),
        (unpushed_commits, "commits that are not on the remote"),
        (diverged, "commits that are not on the remote"),
        (rebase_under_way, "a rebase is under way"),
        (rebase_of_another_branch_under_way, "a rebase is under way"),
        (merge_conflict_under_way, "a merge is under way"),
        (cherry_pick_under_way, "a cherry-pick is under way"),
        (bisect_under_way, "a bisect is under way"),
        (index_locked, "index.lock"),
        (stranger_where_a_file_comes, "in the way: new/file.yaml"),
        (ignored_stranger_where_a_file_comes, "in the way: new"),
        (file_where_a_folder_comes, "in the way: new"),
        (folder_where_a_file_comes, "in the way: new/file.yaml"),
        (other_branch_with_main_diverged, "commits that are not on the remote"),
        (main_in_another_worktree, "checked out"),
    ],
)
def test_where_their_work_is_in_the_way_all_stays_byte_for_byte(
    lab: Lab, program: Git, state: Callable[[Lab, Path], None], reason: str
) -> None:
    checkout = lab.clone("mine")
    state(lab, checkout)
    before = snapshot(checkout)

    done = published(lab, checkout, program)

    assert snapshot(checkout) == before
    assert done.checkout.startswith(f"{checkout} is behind ")
    assert reason in done.checkout


def nothing(lab: Lab, at: Path) -> None:
    pass


def dirty_other_file(lab: Lab, at: Path) -> None:
    write(at, OTHER, "other: being edited\n")


def staged_work(lab: Lab, at: Path) -> None:
    write(at, OTHER, "other: staged\n")
    git(at, "add", OTHER)
    write(at, OTHER, "other: staged and edited\n")
    write(at, "new.yaml", "new: staged\n")
    git(at, "add", "new.yaml")


def strangers(lab: Lab, at: Path) -> None:
    write(at, "notes.txt", "mine\n")


def stash(lab: Lab, at: Path) -> None:
    write(at, SECRETS, "secret: stashed\n")
    git(at, "stash")


def autostash_configured(lab: Lab, at: Path) -> None:
    git(at, "config", "merge.autoStash", "true")
    write(at, OTHER, "other: being edited\n")


def touched_but_unchanged(lab: Lab, at: Path) -> None:
    os.utime(at / SECRETS, (1, 1))


@pytest.mark.parametrize(
    "state", [nothing, dirty_other_file, staged_work, strangers, stash, autostash_configured, touched_but_unchanged]
)
def test_where_it_is_not_the_checkout_is_fast_forwarded(lab: Lab, program: Git, state: Callable[[Lab, Path], None]) -> None:
    checkout = lab.clone("mine")
    state(lab, checkout)
    status = git(checkout, "status", "--porcelain")
    kept = git(checkout, "stash", "list")
    staged = git(checkout, "diff", "--cached")
    before = {name: what for name, what in snapshot(checkout).items() if not name.startswith(".git/")}

    done = published(lab, checkout, program)

    after = {name: what for name, what in snapshot(checkout).items() if not name.startswith(".git/")}
    assert done.checkout == f"{checkout} was fast-forwarded to {str(done.commit)[:10]}."
    assert git(checkout, "symbolic-ref", "HEAD") == "refs/heads/main"
    assert git(checkout, "rev-parse", "HEAD") == done.commit
    assert git(checkout, "rev-parse", "origin/main") == done.commit
    assert (checkout / SECRETS).read_text() == "secret: rotated\n"
    assert git(checkout, "status", "--porcelain") == status
    assert git(checkout, "stash", "list") == kept
    assert git(checkout, "diff", "--cached") == staged
    assert {name for name in before if after.pop(name) != before[name]} == {SECRETS}
    assert after == {}


def test_on_another_branch_main_is_moved_and_their_branch_is_not(lab: Lab, program: Git) -> None:
    checkout = lab.clone("mine")
    git(checkout, "checkout", "--quiet", "-b", "topic")
    commit(checkout, OTHER, "other: topic\n")
    write(checkout, SECRETS, "secret: being edited\n")
    before = snapshot(checkout)

    done = published(lab, checkout, program)

    after = snapshot(checkout)
    changed = {name for name in {*before, *after} if before.get(name) != after.get(name)}
    assert changed == {".git/refs/heads/main", ".git/logs/refs/heads/main"}
    assert git(checkout, "rev-parse", "main") == done.commit
    assert done.checkout == f"The branch main of {checkout} was fast-forwarded to {str(done.commit)[:10]} (it is on topic)."


def test_a_checkout_without_the_branch_gets_none(lab: Lab, program: Git) -> None:
    checkout = lab.clone("mine")
    git(checkout, "branch", "--move", "main", "topic")
    before = snapshot(checkout)

    done = published(lab, checkout, program)

    assert snapshot(checkout) == before
    assert done.checkout == f"{checkout} has no branch main (it is on topic): nothing to fast-forward."


def test_a_bare_repository_serves_as_a_checkout(lab: Lab, program: Git) -> None:
    git(lab.root, "clone", "--quiet", "--bare", lab.url, "bare.git")
    bare = lab.root / "bare.git"

    done = published(lab, bare, program)

    assert git(bare, "rev-parse", "main") == done.commit
    assert git(bare, "worktree", "list").splitlines() == [f"{bare}  (bare)"]


def test_unpushed_commits_do_not_go_along(lab: Lab, program: Git) -> None:
    checkout = lab.clone("mine")
    commit(checkout, OTHER, "other: not pushed\n")

    done = published(lab, checkout, program)

    assert done.commit is not None
    assert lab.changed_by(done.commit) == [SECRETS]
    assert lab.text(OTHER) == FILES[OTHER]
    assert lab.messages() == ["Rotate", "first"]


def test_a_checkout_that_was_behind_by_much_follows(lab: Lab, program: Git) -> None:
    checkout = lab.clone("mine")
    write(lab.bot, "many/0.yaml", "0\n")
    for number in range(600):
        write(lab.bot, f"many/{number}.yaml", f"{number}\n")
    git(lab.bot, "add", "--all")
    git(lab.bot, "commit", "--quiet", "--message=many")
    git(lab.bot, "push", "--quiet", "origin", "HEAD:refs/heads/main")
    write(checkout, OTHER, "other: being edited\n")

    done = published(lab, checkout, program)

    assert "was fast-forwarded" in done.checkout
    assert (checkout / "many" / "599.yaml").read_text() == "599\n"
    assert (checkout / OTHER).read_text() == "other: being edited\n"


def test_a_file_that_becomes_a_folder_and_a_folder_that_becomes_a_file_are_no_trouble(lab: Lab, program: Git) -> None:
    checkout = lab.clone("mine")
    (lab.bot / "README.md").unlink()
    (lab.bot / ODD).unlink()
    (lab.bot / ODD).parent.rmdir()
    write(lab.bot, "README.md/new.md", "a folder now\n")
    write(lab.bot, str(Path(ODD).parent), "a file now\n")
    git(lab.bot, "add", "--all")
    git(lab.bot, "commit", "--quiet", "--message=swap")
    git(lab.bot, "push", "--quiet", "origin", "HEAD:refs/heads/main")

    done = published(lab, checkout, program)

    assert "was fast-forwarded" in done.checkout
    assert git(checkout, "status", "--porcelain") == ""


def test_hooks_of_a_checkout_are_not_run_by_making_a_workspace(lab: Lab, program: Git) -> None:
    checkout = lab.clone("mine")
    hook(checkout, "post-checkout", f"touch {lab.root}/ran")

    make(Repository("estate", checkout=checkout), [SECRETS], lab.folder, program)

    assert not (lab.root / "ran").exists()
