# SPDX-License-Identifier: GPL-3.0-or-later
"""Commits of named paths, pushed."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest
from ansible_collections.lotus_lake.secrets.plugins.module_utils.failure import Failure
from ansible_collections.lotus_lake.secrets.plugins.module_utils.git.program import Git
from ansible_collections.lotus_lake.secrets.plugins.module_utils.git.publish import Publication, publish
from ansible_collections.lotus_lake.secrets.plugins.module_utils.git.workspace import Repository, Workspace, make, remove
from ansible_collections.lotus_lake.secrets.tests.fixtures.git_lab import FILES, ODD, Lab, git, hook, snapshot, write
from ansible_collections.lotus_lake.secrets.tests.fixtures.git_runs import OTHER, SECRETS, at_once, push_from_a_hook


def runs(pid: str) -> bool:
    stat = Path("/proc", pid, "stat")
    return stat.exists() and stat.read_text().rpartition(")")[2].split()[0] != "Z"


def test_exactly_the_named_paths_are_committed(lab: Lab, workspace: Workspace, program: Git) -> None:
    write(workspace.path, SECRETS, "secret: two\n")
    write(workspace.path, ODD, "odd: two\n")
    write(workspace.path, OTHER, "other: not named\n")
    write(workspace.path, "stranger.yaml", "not: named\n")
    git(workspace.path, "-c", "core.sparseCheckout=true", "add", "--sparse", OTHER)

    done = publish(workspace, [SECRETS, ODD], "Rotate daggy", program)

    assert done.pushed
    assert done.commit == lab.tip
    assert lab.changed_by(done.commit) == [SECRETS, ODD]
    assert (lab.text(SECRETS), lab.text(ODD), lab.text(OTHER)) == ("secret: two\n", "odd: two\n", FILES[OTHER])
    assert git(lab.remote, "log", "-1", "--format=%an <%ae> %cn %s") == "Operator <operator@example.com> Operator Rotate daggy"
    assert git(lab.remote, "rev-parse", f"{done.commit}^") == workspace.base


def test_new_and_removed_files_are_committed_too(lab: Lab, workspace: Workspace, program: Git) -> None:
    write(workspace.path, "new/one.yaml", "new: one\n")
    (workspace.path / OTHER).unlink()

    done = publish(workspace, ["new/one.yaml", OTHER, SECRETS], "Move", program)

    assert done.commit is not None
    assert lab.changed_by(done.commit) == [OTHER, "new/one.yaml"]
    assert git(lab.remote, "cat-file", "-e", f"main:{OTHER}", check=False) == ""


def test_nothing_to_commit_is_nothing_done(lab: Lab, checkout: Path, workspace: Workspace, program: Git) -> None:
    before = snapshot(checkout, ".git/worktrees")
    write(workspace.path, OTHER, "other: not named\n")

    assert publish(workspace, [SECRETS], "Rotate", program) == Publication("estate")
    assert publish(workspace, [], "Rotate", program) == Publication("estate")

    assert lab.messages() == ["first"]
    remove(workspace, program)
    assert snapshot(checkout) == before


def test_one_workspace_publishes_phase_after_phase(lab: Lab, workspace: Workspace, program: Git) -> None:
    for phase in ("stage", "switch", "retire"):
        workspace = Workspace.open(workspace.path)
        write(workspace.path, SECRETS, f"secret: {phase}\n")
        assert publish(workspace, [SECRETS], phase, program).pushed

    assert lab.messages() == ["retire", "switch", "stage", "first"]


def test_trailers_and_odd_messages_arrive_as_they_are(lab: Lab, workspace: Workspace, program: Git) -> None:
    write(workspace.path, SECRETS, "secret: two\n")

    publish(
        workspace,
        [SECRETS],
        "Rotate größe\n\n# not a comment\n-- dashes",
        program,
        trailers={"Rotation-Identity": ["daggy", "tofu"], "Reason": "old\nage"},
    )

    assert git(lab.remote, "log", "-1", "--format=%B") == (
        "Rotate größe\n\n# not a comment\n-- dashes\n\nRotation-Identity: daggy\nRotation-Identity: tofu\nReason: old age"
    )
    assert git(lab.remote, "log", "-1", "--format=%(trailers:key=Rotation-Identity,valueonly)").split() == ["daggy", "tofu"]


def test_after_a_failed_push_the_same_workspace_publishes(lab: Lab, checkout: Path, workspace: Workspace, program: Git) -> None:
    refusal = hook(checkout, "pre-push", "exit 1")
    write(workspace.path, SECRETS, "secret: two\n")
    with pytest.raises(Failure):
        publish(workspace, [SECRETS], "Rotate", program)
    refusal.unlink()

    assert publish(workspace, [SECRETS], "Rotate", program).pushed
    assert lab.messages() == ["Rotate", "first"]


def failing_pre_commit(lab: Lab, checkout: Path) -> None:
    hook(checkout, "pre-commit", "echo the linter says no >&2; exit 1")


def failing_commit_msg(lab: Lab, checkout: Path) -> None:
    hook(checkout, "commit-msg", "echo the message lacks a ticket >&2; exit 1")


def failing_pre_push(lab: Lab, checkout: Path) -> None:
    hook(checkout, "pre-push", "echo pushing is closed today >&2; exit 1")


def rejecting_pre_receive(lab: Lab, checkout: Path) -> None:
    hook(lab.remote, "pre-receive", "echo policy 7 forbids this >&2; exit 1")


def rejecting_update(lab: Lab, checkout: Path) -> None:
    hook(lab.remote, "update", "echo branch main is protected >&2; exit 1")


def gone_remote(lab: Lab, checkout: Path) -> None:
    lab.remote.rename(lab.root / "gone.git")


def no_identity(lab: Lab, checkout: Path) -> None:
    git(checkout, "config", "user.name", "")
    Path(os.environ["HOME"], ".gitconfig").write_text("")


def broken_signing(lab: Lab, checkout: Path) -> None:
    git(checkout, "config", "commit.gpgSign", "true")
    git(checkout, "config", "gpg.format", "ssh")
    git(checkout, "config", "user.signingKey", str(lab.root / "no-such-key"))


def hook_that_adds_a_file(lab: Lab, checkout: Path) -> None:
    hook(checkout, "pre-commit", "echo x > swept-up.txt; git add --sparse swept-up.txt")


def hook_that_changes_our_file(lab: Lab, checkout: Path) -> None:
    hook(checkout, "pre-commit", f"echo '# formatted' >> {SECRETS}; git add --sparse {SECRETS}")


@pytest.mark.parametrize(
    ("hinder", "words"),
    [
        (failing_pre_commit, r"commit in estate was refused: the linter says no.*Nothing was committed"),
        (failing_commit_msg, r"commit in estate was refused: the message lacks a ticket"),
        (failing_pre_push, r"push of estate to origin/main failed: pushing is closed today.*Nothing was pushed to estate"),
        (rejecting_pre_receive, r"policy 7 forbids this.*pre-receive hook declined.*Nothing was pushed to estate.*A rule of"),
        (rejecting_update, r"branch main is protected.*Nothing was pushed to estate"),
        (gone_remote, r"push of estate.*failed.*nothing was pushed to estate.*A new run looks at the remote first"),
        (no_identity, r"Nothing was committed in estate.*user\.name"),
        (broken_signing, r"Nothing was committed in estate.*Signing was asked for"),
        (hook_that_adds_a_file, r"hook of estate changed what was committed: swept-up\.txt.*Nothing was pushed"),
        (hook_that_changes_our_file, rf"hook of estate changed what was committed: {SECRETS}.*Nothing was pushed"),
    ],
)
def test_what_refuses_a_publication_is_said_and_nothing_is_pushed(
    lab: Lab, checkout: Path, workspace: Workspace, program: Git, hinder: Callable[[Lab, Path], None], words: str
) -> None:
    hinder(lab, checkout)
    write(workspace.path, SECRETS, "secret: two\n")
    before = snapshot(checkout, ".git/worktrees")
    tip = git(lab.bot, "rev-parse", "HEAD")

    with pytest.raises(Failure, match=words):
        publish(workspace, [SECRETS], "Rotate", program, wait=at_once)

    assert git(workspace.path, "rev-parse", "HEAD") == tip
    assert (workspace.path / SECRETS).read_text().startswith("secret: two\n")
    if lab.remote.exists():
        assert lab.tip == tip
    assert snapshot(checkout, ".git/worktrees") == before


def test_a_declared_author_is_author_and_committer(lab: Lab, program: Git) -> None:
    Path(os.environ["HOME"], ".gitconfig").write_text("")
    repository = Repository("estate", url=lab.url, author="Rotation Bot <rotation@example.com>")
    workspace = make(repository, [SECRETS], lab.folder, program)
    write(workspace.path, SECRETS, "secret: two\n")
    lab_identity = {f"GIT_{who}_{what}": "bot" for who in ("AUTHOR", "COMMITTER") for what in ("NAME", "EMAIL")}
    write(lab.bot, OTHER, "other: two\n")
    git(lab.bot, "commit", "--quiet", "--all", "--message=bot", environ=lab_identity)
    git(lab.bot, "push", "--quiet", "origin", "HEAD:refs/heads/main")

    done = publish(workspace, [SECRETS], "Rotate", program, wait=at_once)

    who = "Rotation Bot <rotation@example.com>"
    assert (done.rebased, done.checkout) == (1, "")
    assert git(lab.remote, "log", "-1", "--format=%an <%ae>, %cn <%ce>") == f"{who}, {who}"


def test_hooks_see_the_sparse_worktree_and_run_once(lab: Lab, checkout: Path, workspace: Workspace, program: Git) -> None:
    hook(checkout, "pre-commit", f"git diff --cached --name-only >> {lab.root}/seen; git status --porcelain >> {lab.root}/seen")
    push_from_a_hook(lab, checkout, OTHER, times=2)
    write(workspace.path, SECRETS, "secret: two\n")

    assert publish(workspace, [SECRETS], "Rotate", program, wait=at_once).rebased == 2
    assert (lab.root / "seen").read_text() == f"{SECRETS}\nM  {SECRETS}\n"


def test_what_a_hook_leaves_running_keeps_nobody_waiting(lab: Lab, checkout: Path, workspace: Workspace, program: Git) -> None:
    hook(checkout, "pre-commit", f"sleep 600 & echo $! > {lab.root}/pid")
    write(workspace.path, SECRETS, "secret: two\n")
    try:
        assert publish(workspace, [SECRETS], "Rotate", program).pushed
        remove(workspace, program)
    finally:
        subprocess.run(["kill", (lab.root / "pid").read_text().strip()], check=True)


def test_an_answer_that_got_lost_is_looked_up_on_the_remote(lab: Lab, workspace: Workspace, program: Git) -> None:
    """The remote has taken the commit, and the connection ends before it says so."""
    hook(lab.remote, "post-receive", "kill -9 $PPID")
    write(workspace.path, SECRETS, "secret: two\n")

    done = publish(workspace, [SECRETS], "Rotate", program)

    assert done.pushed
    assert done.commit == lab.tip
    assert "was fast-forwarded" in done.checkout


def test_a_push_that_takes_too_long_is_ended_and_looked_up(lab: Lab, checkout: Path, workspace: Workspace) -> None:
    hook(checkout, "pre-push", f"echo $$ > {lab.root}/pid; exec sleep 600")
    write(workspace.path, SECRETS, "secret: two\n")
    said: list[str] = []
    impatient = Git(dict(os.environ), progress=said.append, timeout=2)

    with pytest.raises(Failure, match=r"ended after the time allowed.*Nothing was pushed to estate"):
        publish(workspace, [SECRETS], "Rotate", impatient)

    assert lab.messages() == ["first"]
    assert any(line.startswith("Waiting for git push of estate to origin") for line in said)
    assert not runs((lab.root / "pid").read_text().strip())


@pytest.mark.parametrize("setting", ["remote.origin.url", "remote.origin.pushurl"])
def test_a_remote_whose_address_is_relative_to_the_checkout_works(lab: Lab, checkout: Path, program: Git, setting: str) -> None:
    git(checkout, "config", setting, "../remote.git")
    workspace = make(Repository("estate", checkout=checkout), [SECRETS], lab.folder, program)
    write(workspace.path, SECRETS, "secret: two\n")
    lab.push(OTHER, "other: two\n")

    assert publish(workspace, [SECRETS], "Rotate", program, wait=at_once).rebased == 1
    assert lab.messages()[0] == "Rotate"


def test_tags_and_submodules_do_not_go_along(lab: Lab, checkout: Path, workspace: Workspace, program: Git) -> None:
    git(checkout, "config", "push.followTags", "true")
    git(checkout, "config", "push.recurseSubmodules", "on-demand")
    git(checkout, "tag", "--annotate", "--message=mine", "v1", "HEAD")
    write(workspace.path, SECRETS, "secret: two\n")

    assert publish(workspace, [SECRETS], "Rotate", program).pushed
    assert git(lab.remote, "tag") == ""
