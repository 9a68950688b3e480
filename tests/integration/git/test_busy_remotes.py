# SPDX-License-Identifier: GPL-3.0-or-later
"""Pushes to a remote to which others push too."""

from __future__ import annotations

import contextlib
import os
import subprocess
import threading
import time
from collections.abc import Callable
from pathlib import Path

import pytest
from ansible_collections.lotus_lake.secrets.plugins.module_utils.failure import Failure
from ansible_collections.lotus_lake.secrets.plugins.module_utils.git.program import Git
from ansible_collections.lotus_lake.secrets.plugins.module_utils.git.publish import Publication, publish
from ansible_collections.lotus_lake.secrets.plugins.module_utils.git.workspace import Repository, Workspace, make, remove, renew
from ansible_collections.lotus_lake.secrets.tests.fixtures.git_lab import FILES, ODD, Lab, git, snapshot, write
from ansible_collections.lotus_lake.secrets.tests.fixtures.git_runs import OTHER, SECRETS, at_once, files_of, push_from_a_hook
from ansible_collections.lotus_lake.secrets.tests.fixtures.meanwhile import meanwhile


def test_a_moved_remote_gets_the_commit_on_top(
    lab: Lab, checkout: Path, workspace: Workspace, program: Git, said: list[str]
) -> None:
    write(workspace.path, SECRETS, "secret: two\n")
    write(workspace.path, "new.yaml", "new: one\n")
    push_from_a_hook(lab, checkout, OTHER, times=7)

    done = publish(workspace, [SECRETS, "new.yaml"], "Rotate", program, wait=at_once)

    assert (done.pushed, done.raced, done.rebased) == (True, False, 7)
    assert lab.messages() == ["Rotate", *(f"bot {number}" for number in range(6, -1, -1)), "first"]
    assert lab.changed_by(lab.tip) == [SECRETS, "new.yaml"]
    assert lab.text(OTHER) == "changed: 6\n"
    assert (workspace.path / OTHER).read_text() == "changed: 6\n"
    assert git(workspace.path, "status", "--porcelain") == ""
    assert "was fast-forwarded" in done.checkout
    assert Workspace.open(workspace.path).base == git(workspace.path, "rev-parse", "HEAD") == done.commit
    assert any("not in our files; pushing on top of it" in line for line in said)


@pytest.mark.parametrize("form", ["sha1", "sha256"])
def test_the_commit_on_top_says_and_changes_the_same(make_lab: Callable[..., Lab], form: str) -> None:
    lab = make_lab(form, f"--object-format={form}")
    quoted = 'odd "quoted\\name".sh'
    checkout = lab.clone("mine")
    program = Git({**os.environ, "GIT_AUTHOR_DATE": "1700000000 +0130", "GIT_AUTHOR_NAME": "Bjørn"}, timeout=60)
    files = [SECRETS, OTHER, ODD, quoted]
    workspace = make(Repository("estate", checkout=checkout), files, lab.folder, program, run_pid=os.getpid())
    write(workspace.path, ODD, "odd: two\n")
    write(workspace.path, quoted, "new: one\n")
    (workspace.path / quoted).chmod(0o755)
    (workspace.path / SECRETS).unlink()
    (workspace.path / OTHER).unlink()
    lab.push("README.md", "read me again\n")

    done = publish(workspace, files, "Größe\n\n# kept", program, trailers={"Kind": "a"}, wait=at_once)

    assert done.rebased == 1
    listed = [entry.split(None, 3) for entry in git(lab.remote, "ls-tree", "-r", "-z", "main").split("\0") if entry]
    modes = {path: mode for mode, _type, _blob, path in listed}
    assert modes == {"README.md": "100644", quoted: "100755", ODD: "100644"}
    assert (lab.text(ODD), lab.text(quoted)) == ("odd: two\n", "new: one\n")
    told = git(lab.remote, "log", "-1", "--date=raw", "--format=%an <%ae> %ad, %cn <%ce>%n%B", "main")
    who = "Bjørn <operator@example.com> 1700000000 +0130, Operator <operator@example.com>"
    assert told == f"{who}\nGröße\n\n# kept\n\nKind: a"
    assert git(lab.remote, "fsck", "--strict") == ""
    assert files_of(workspace) == sorted([ODD, quoted])
    assert git(workspace.path, "status", "--porcelain") == ""


def test_edits_for_a_later_commit_stay_while_other_files_follow_the_remote(lab: Lab, workspace: Workspace, program: Git) -> None:
    write(workspace.path, SECRETS, "secret: two\n")
    write(workspace.path, OTHER, "other: for a later commit\n")
    lab.push(ODD, "odd: of the bot\n")

    assert publish(workspace, [SECRETS], "Rotate", program, wait=at_once).rebased == 1

    assert git(workspace.path, "status", "--porcelain") == f"M {OTHER}"
    assert (workspace.path / ODD).read_text() == "odd: of the bot\n"
    assert publish(Workspace.open(workspace.path), [OTHER], "Later", program).pushed
    assert lab.messages()[:2] == ["Later", "Rotate"]


def test_a_new_file_in_the_place_of_a_file_of_the_remote_is_a_lost_race(lab: Lab, workspace: Workspace, program: Git) -> None:
    write(workspace.path, "new/deep/one.yaml", "new: one\n")
    lab.push("new", "a file\n")

    assert publish(workspace, ["new/deep/one.yaml"], "Add", program, wait=at_once).raced
    assert lab.text("new") == "a file\n"


def test_a_new_file_beside_new_files_of_the_remote_lands(lab: Lab, workspace: Workspace, program: Git) -> None:
    write(workspace.path, "new/deep/one.yaml", "new: one\n")
    lab.push("new/deep/two.yaml", "new: two\n")

    assert publish(workspace, ["new/deep/one.yaml"], "Add", program, wait=at_once).rebased == 1
    assert (lab.text("new/deep/one.yaml"), lab.text("new/deep/two.yaml")) == ("new: one\n", "new: two\n")


def test_a_branch_that_stays_locked_on_the_remote_is_given_up_with_its_words(
    lab: Lab, workspace: Workspace, program: Git, said: list[str]
) -> None:
    (lab.remote / "refs" / "heads" / "main.lock").touch()
    write(workspace.path, SECRETS, "secret: two\n")

    with pytest.raises(Failure, match=r"at each of 5 pushes.*the last answer was: \[remote rejected\].*Nothing was pushed"):
        publish(workspace, [SECRETS], "Rotate", program, patience=0, wait=at_once)

    assert any("another push is under way" in line for line in said)


def test_a_remote_that_moved_in_our_files_is_a_lost_race(lab: Lab, checkout: Path, workspace: Workspace, program: Git) -> None:
    write(workspace.path, SECRETS, "secret: two\n")
    push_from_a_hook(lab, checkout, SECRETS, times=1)
    before = snapshot(checkout)

    done = publish(workspace, [SECRETS], "Rotate", program, wait=at_once)

    assert done == Publication("estate", raced=True)
    assert lab.text(SECRETS) == "changed: 0\n"
    assert lab.messages() == ["bot 0", "first"]
    workspace = renew(workspace, program)
    assert (workspace.path / SECRETS).read_text() == "changed: 0\n"
    write(workspace.path, SECRETS, "secret: two\n")
    assert publish(workspace, [SECRETS], "Rotate", program).pushed
    assert {name for name in before if snapshot(checkout)[name] != before[name]} >= {SECRETS}


def test_an_edit_that_others_have_undone_again_is_no_lost_race(lab: Lab, workspace: Workspace, program: Git) -> None:
    lab.push(SECRETS, "secret: for a moment\n")
    lab.push(SECRETS, FILES[SECRETS])
    write(workspace.path, SECRETS, "secret: two\n")

    assert publish(workspace, [SECRETS], "Rotate", program, wait=at_once).rebased == 1


def test_an_unnamed_edit_that_the_remote_changes_too_is_a_lost_race(lab: Lab, workspace: Workspace, program: Git) -> None:
    write(workspace.path, SECRETS, "secret: two\n")
    write(workspace.path, OTHER, "other: for a later commit\n")
    lab.push(OTHER, "other: of the bot\n")

    done = publish(workspace, [SECRETS], "Rotate", program, wait=at_once)

    assert done.raced
    assert (workspace.path / OTHER).read_text() == "other: for a later commit\n"


def test_a_history_that_was_rewritten_on_the_remote_is_no_trouble(lab: Lab, workspace: Workspace, program: Git) -> None:
    git(lab.bot, "commit", "--quiet", "--amend", "--message=first, rewritten")
    git(lab.bot, "push", "--quiet", "--force", "origin", "HEAD:refs/heads/main")
    write(workspace.path, SECRETS, "secret: two\n")

    assert publish(workspace, [SECRETS], "Rotate", program, wait=at_once).pushed
    assert lab.messages() == ["Rotate", "first, rewritten"]


def test_a_remote_that_moves_before_each_push_is_given_up(lab: Lab, checkout: Path, workspace: Workspace, program: Git) -> None:
    write(workspace.path, SECRETS, "secret: two\n")
    push_from_a_hook(lab, checkout, OTHER, times=100)
    waits: list[float] = []

    with pytest.raises(Failure, match=r"at each of 5 pushes.*Nothing was pushed to estate\. Pushed before: h-kube"):
        publish(workspace, [SECRETS], "Rotate", program, patience=0, wait=waits.append, pushed_before=["h-kube"])

    assert len(waits) == 4
    assert all(0 <= seconds <= 0.5 for seconds in waits)
    assert git(workspace.path, "rev-parse", "HEAD") == workspace.base
    assert (workspace.path / SECRETS).read_text() == "secret: two\n"


def test_while_a_bot_pushes_again_and_again_every_publication_lands(lab: Lab, program: Git) -> None:
    checkout = lab.clone("mine")
    pushes: list[int] = []

    def bot(ended: threading.Event) -> None:
        while not ended.is_set():
            began = time.monotonic()
            with contextlib.suppress(AssertionError):  # it loses a race itself now and then
                lab.push("bot.yaml", f"{len(pushes)}\n")
                pushes.append(1)
            # it rests as long as it worked, however slow the machine: nobody gets between two pushes that follow at once
            ended.wait(time.monotonic() - began)

    with meanwhile(bot):
        for number in range(4):
            workspace = make(Repository("estate", checkout=checkout), [SECRETS], lab.folder, program, run_pid=os.getpid())
            write(workspace.path, SECRETS, f"secret: {number}\n")
            assert publish(workspace, [SECRETS], f"Rotate {number}", program).pushed
            remove(workspace, program)

    assert pushes
    assert [m for m in lab.messages() if m.startswith("Rotate")] == [f"Rotate {n}" for n in (3, 2, 1, 0)]
    assert git(checkout, "status", "--porcelain") == ""


@pytest.mark.parametrize("ways", [("one", "two"), ("one", "one"), ("url", "url"), ("one", "url")])
def test_of_two_runs_at_once_exactly_one_wins(lab: Lab, ways: tuple[str, str]) -> None:
    checkouts = {way: lab.clone(way) for way in set(ways) - {"url"}}
    ready = threading.Barrier(2)
    outcomes: dict[int, Publication] = {}

    def run(number: int) -> None:
        own = Git(dict(os.environ), timeout=60)
        repository = Repository("estate", checkout=checkouts.get(ways[number]), url=lab.url)
        workspace = make(repository, [SECRETS], lab.folder, own, run_pid=os.getpid())
        write(workspace.path, SECRETS, f"secret: run {number}\n")
        ready.wait(timeout=60)
        outcomes[number] = publish(workspace, [SECRETS], f"Run {number}", own, wait=at_once)
        remove(workspace, own)

    threads = [threading.Thread(target=run, args=(number,)) for number in (0, 1)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert sorted((done.pushed, done.raced) for done in outcomes.values()) == [(False, True), (True, False)]
    (winner,) = (number for number, done in outcomes.items() if done.pushed)
    assert lab.text(SECRETS) == f"secret: run {winner}\n"
    assert lab.messages() == [f"Run {winner}", "first"]


def test_two_runs_on_different_files_both_land(lab: Lab) -> None:
    checkout = lab.clone("mine")
    outcomes: dict[str, Publication] = {}
    ready = threading.Barrier(2)

    def run(path: str) -> None:
        own = Git(dict(os.environ), timeout=60)
        workspace = make(Repository("estate", checkout=checkout), [path], lab.folder, own, run_pid=os.getpid())
        write(workspace.path, path, "changed\n")
        ready.wait(timeout=60)
        outcomes[path] = publish(workspace, [path], path, own)

    threads = [threading.Thread(target=run, args=(path,)) for path in (SECRETS, ODD)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert all(done.pushed for done in outcomes.values())
    assert lab.text(SECRETS) == lab.text(ODD) == "changed\n"
    assert git(checkout, "rev-parse", "main") in {done.commit for done in outcomes.values()}


def test_commits_are_signed_with_the_users_key_also_on_top_of_a_moved_remote(
    lab: Lab, checkout: Path, workspace: Workspace, program: Git
) -> None:
    key = lab.root / "key"
    subprocess.run(["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", str(key)], check=True)
    allowed = lab.root / "allowed"
    allowed.write_text(f"operator@example.com {key.with_suffix('.pub').read_text()}")
    git(checkout, "config", "commit.gpgSign", "true")
    git(checkout, "config", "gpg.format", "ssh")
    git(checkout, "config", "user.signingKey", str(key))
    push_from_a_hook(lab, checkout, OTHER, times=1)
    write(workspace.path, SECRETS, "secret: two\n")

    done = publish(workspace, [SECRETS], "Rotate", program, wait=at_once)

    assert done.rebased == 1
    assert git(lab.remote, "log", "-1", "--format=%s %an <%ae>") == "Rotate Operator <operator@example.com>"
    told = git(lab.remote, "-c", f"gpg.ssh.allowedSignersFile={allowed}", "log", "-1", "--format=%G?")
    assert told == "G"
