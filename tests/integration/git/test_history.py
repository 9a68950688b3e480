# SPDX-License-Identifier: GPL-3.0-or-later
"""Earlier versions of a file, and the trailers of messages."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest
from ansible_collections.lotus_lake.secrets.plugins.module_utils.failure import Failure
from ansible_collections.lotus_lake.secrets.plugins.module_utils.git.blobs import commits_of
from ansible_collections.lotus_lake.secrets.plugins.module_utils.git.file_changes import changes_with_moves
from ansible_collections.lotus_lake.secrets.plugins.module_utils.git.history import History, Version
from ansible_collections.lotus_lake.secrets.plugins.module_utils.git.program import Git
from ansible_collections.lotus_lake.secrets.plugins.module_utils.git.workspace import Repository, make
from ansible_collections.lotus_lake.secrets.tests.fixtures.git_lab import FILES, ODD, Lab, git, write

SECRETS = "apps/secrets.yaml"


@pytest.fixture
def history(lab: Lab, program: Git) -> Iterator[History]:
    with History(lab.bot, program) as opened:
        yield opened


def commit(lab: Lab, path: str, text: str, when: int, message: str = "change") -> str:
    write(lab.bot, path, text)
    git(lab.bot, "add", "--all")
    time = {"GIT_AUTHOR_DATE": "@1 +0000", "GIT_COMMITTER_DATE": f"@{when} +0200"}
    git(lab.bot, "commit", "--quiet", "--allow-empty", f"--message={message}", environ=time)
    return git(lab.bot, "rev-parse", "HEAD")


def texts(versions: Iterator[Version]) -> list[str]:
    return [version.text for version in versions]


@pytest.mark.parametrize("path", [SECRETS, ODD])
def test_versions_come_newest_first_with_commit_and_committer_time(lab: Lab, history: History, path: str) -> None:
    first = git(lab.bot, "rev-parse", "HEAD")
    second = commit(lab, path, "two: größe\n", 2_000_000_000)
    commit(lab, "README.md", "unrelated\n", 2_000_000_001)
    third = commit(lab, path, "three\n", 2_000_000_002)

    found = list(history.versions(path))

    assert [(version.commit, version.text) for version in found] == [
        (third, "three\n"),
        (second, "two: größe\n"),
        (first, FILES[path]),
    ]
    assert found[1].time == datetime.fromtimestamp(2_000_000_000, UTC)
    assert texts(history.versions(path, limit=2)) == ["three\n", "two: größe\n"]
    assert texts(history.versions(path, start=second)) == ["two: größe\n", FILES[path]]
    assert texts(history.versions(path, oldest_first=True)) == [FILES[path], "two: größe\n", "three\n"]
    assert texts(history.versions("none.yaml")) == []


def test_versions_before_a_removal_are_found(lab: Lab, history: History) -> None:
    (lab.bot / SECRETS).unlink()
    commit(lab, "README.md", "removed\n", 2_000_000_000)
    commit(lab, SECRETS, "again\n", 2_000_000_001)

    assert texts(history.versions(SECRETS)) == ["again\n", FILES[SECRETS]]


def test_merges_count_where_they_made_something_new(lab: Lab, history: History) -> None:
    git(lab.bot, "checkout", "--quiet", "-b", "side")
    commit(lab, SECRETS, "side\n", 2_000_000_000)
    git(lab.bot, "checkout", "--quiet", "main")
    commit(lab, SECRETS, "main\n", 2_000_000_001)
    git(lab.bot, "merge", "--quiet", "--no-commit", "side", check=False)
    commit(lab, SECRETS, "both\n", 2_000_000_002, "merge")
    git(lab.bot, "checkout", "--quiet", "-b", "plain", "main")
    commit(lab, SECRETS, "plain\n", 2_000_000_003)
    git(lab.bot, "checkout", "--quiet", "main")
    git(lab.bot, "merge", "--quiet", "--no-ff", "--no-edit", "plain")

    assert texts(history.versions(SECRETS)) == ["plain\n", "both\n", "main\n", "side\n", FILES[SECRETS]]


def test_every_content_of_several_files_is_told_at_once(lab: Lab, history: History) -> None:
    git(lab.bot, "checkout", "--quiet", "-b", "side")
    commit(lab, SECRETS, "side\n", 2_000_000_000)
    git(lab.bot, "checkout", "--quiet", "main")
    (lab.bot / ODD).unlink()
    commit(lab, SECRETS, "main\n", 2_000_000_001)
    git(lab.bot, "merge", "--quiet", "-s", "ours", "--no-edit", "side")
    commit(lab, SECRETS, FILES[SECRETS], 2_000_000_002)

    found = history.contents([SECRETS, ODD, "apps", "none.yaml"])

    read = {path: [text for _blob, text in history.texts(blobs)] for path, blobs in found.items()}
    assert read == {SECRETS: [FILES[SECRETS], "main\n", "side\n"], ODD: [FILES[ODD]], "apps": [], "none.yaml": []}
    assert history.contents([]) == {}


def test_the_commit_is_told_with_which_a_content_came_in(lab: Lab, program: Git) -> None:
    first = git(lab.bot, "rev-parse", "HEAD")
    git(lab.bot, "checkout", "--quiet", "-b", "side")
    aside = commit(lab, "new.yaml", "side\n", 2_000_000_000)
    git(lab.bot, "checkout", "--quiet", "main")
    git(lab.bot, "merge", "--quiet", "--no-ff", "--no-commit", "side")
    merge = commit(lab, "made.yaml", "merge\n", 2_000_000_001, "merge")
    commit(lab, "again.yaml", "side\n", 2_000_000_002)
    blobs = {path: git(lab.bot, "rev-parse", f"HEAD:{path}") for path in (SECRETS, "new.yaml", "made.yaml")}

    found = commits_of([*blobs.values(), "f" * 40], lab.bot, program)

    assert found == {blobs[SECRETS]: first, blobs["new.yaml"]: aside, blobs["made.yaml"]: merge}
    assert commits_of([], lab.bot, program) == {}


def test_a_file_is_read_at_a_commit(lab: Lab, history: History) -> None:
    first = git(lab.bot, "rev-parse", "HEAD")
    commit(lab, SECRETS, "two\n", 2_000_000_000)

    assert history.read(first, SECRETS) == FILES[SECRETS]
    assert history.read("HEAD", SECRETS) == "two\n"
    assert history.read("HEAD", ODD) == FILES[ODD]
    assert history.read("HEAD", "none.yaml") is None
    assert history.read("HEAD", "apps") is None
    assert history.read("f" * 40, SECRETS) is None
    assert history.read("HEAD", f"{SECRETS}\nHEAD:{ODD}") is None
    assert history.has(first)
    assert history.has(first[:12])
    assert not history.has("f" * 40)
    assert not history.has(git(lab.bot, "rev-parse", f"HEAD:{SECRETS}"))


def test_trailers_are_found_with_their_commits(lab: Lab, history: History) -> None:
    one = commit(lab, SECRETS, "1\n", 2_000_000_000, "Rotate\n\nRotation-Identity: daggy\nRotation-Identity: tofu")
    commit(lab, SECRETS, "2\n", 2_000_000_001, "Rotation-Identity: in the subject is none\n\nand text")
    two = commit(lab, SECRETS, "3\n", 2_000_000_002, "Rotate\n\nrotation-identity: cnpg\n  folded\nSigned-off-by: x")

    found = history.trailers("Rotation-Identity")

    assert [(commit, value) for commit, _, value in found] == [(two, "cnpg folded"), (one, "daggy"), (one, "tofu")]
    assert found[0][1] == datetime.fromtimestamp(2_000_000_002, UTC)
    assert [value for _, _, value in history.trailers("Rotation-Identity", since=found[0][1])] == ["cnpg folded"]
    assert history.trailers("None-Such") == []
    with pytest.raises(Failure):
        history.trailers("x)%H")


def test_trailers_are_found_under_a_commit_whose_clock_was_behind(lab: Lab, history: History) -> None:
    commit(lab, SECRETS, "1\n", 2_000_000_000, "Rotate\n\nRotation-Identity: daggy")
    commit(lab, SECRETS, "2\n", 1_000_000_000, "Behind\n\nRotation-Identity: tofu")
    since = datetime.fromtimestamp(1_999_999_999, UTC)
    assert [value for _, _, value in history.trailers("Rotation-Identity", since=since)] == ["daggy"]


def test_commits_are_told_by_the_file_that_they_changed(lab: Lab, history: History) -> None:
    first = git(lab.bot, "rev-parse", "HEAD")
    odd = commit(lab, ODD, "1\n", 2_000_000_000)
    both = [commit(lab, path, "2\n", 2_000_000_001) for path in (ODD, SECRETS)]
    empty = commit(lab, SECRETS, "2\n", 2_000_000_002)
    assert history.that_changed(ODD, {first, odd, *both, empty}) == {first, odd, both[0]}
    assert history.that_changed(SECRETS, {odd, *both, empty}) == {both[1]}
    assert history.that_changed(ODD, set()) == set()


def test_a_partial_clone_brings_what_is_asked_for(lab: Lab, program: Git, said: list[str]) -> None:
    for number in range(40):
        commit(lab, SECRETS, f"version: {number}\n", 2_000_000_000 + number)
    git(lab.bot, "push", "--quiet", "origin", "HEAD:refs/heads/main")
    workspace = make(Repository("estate", url=lab.url), [ODD], lab.folder, program)

    def missing() -> int:
        told = git(workspace.path, "rev-list", "--objects", "--missing=print", "--all", "HEAD")
        return len([line for line in told.splitlines() if line.startswith("?")])

    before = missing()
    assert before >= 40
    with History(workspace.path, program) as history:
        newest = next(history.versions(SECRETS))
        assert newest.text == "version: 39\n"
        assert missing() == before - 32, "the next ones come at once"
        assert texts(history.versions(SECRETS)) == [f"version: {n}\n" for n in range(39, -1, -1)] + [FILES[SECRETS]]
        assert history.read("HEAD", "README.md") == FILES["README.md"]
    lab.remote.rename(lab.root / "gone.git")
    with History(workspace.path, program) as history:
        assert next(history.versions(SECRETS)).text == "version: 39\n"


def test_a_version_that_the_remote_no_longer_gives_is_said(lab: Lab, program: Git) -> None:
    workspace = make(Repository("estate", url=lab.url), [SECRETS], lab.folder, program)
    lab.remote.rename(lab.root / "gone.git")

    with History(workspace.path, program) as history, pytest.raises(Failure, match=r"could not be read from the history"):
        history.read("HEAD", ODD)


def test_a_folder_without_history_is_said(tmp_path: Path, program: Git) -> None:
    with History(tmp_path, program) as history, pytest.raises(Failure, match="not a git repository"):
        next(history.versions(SECRETS))


def test_an_added_file_is_told_from_a_changed_one(lab: Lab, history: History) -> None:
    commit(lab, SECRETS, "two\n", 2_000_000_000)
    (lab.bot / SECRETS).unlink()
    commit(lab, "README.md", "removed\n", 2_000_000_001)
    commit(lab, SECRETS, "again\n", 2_000_000_002)

    assert [(version.text, version.added) for version in history.versions(SECRETS)] == [
        ("again\n", True),
        ("two\n", False),
        (FILES[SECRETS], True),
    ]


def is_from_elsewhere(lab: Lab, history: History, path: str, mark: str = "sealed") -> bool:
    return history.is_from_elsewhere(next(history.versions(path)).commit, path, mark)


def test_a_file_is_new_in_a_first_commit_and_where_nothing_went_or_was_there_before(lab: Lab, history: History) -> None:
    assert not is_from_elsewhere(lab, history, SECRETS)
    commit(lab, "apps/other.yaml", "other: sealed two\n", 2_000_000_000)
    git(lab.bot, "mv", "README.md", "README.txt")
    write(lab.bot, ODD, "odd: two\n")
    commit(lab, "new.yaml", "new\n", 2_000_000_001)
    assert not is_from_elsewhere(lab, history, "new.yaml")


def test_a_file_may_be_from_elsewhere_where_another_went_or_changed_or_was_the_same(lab: Lab, history: History) -> None:
    git(lab.bot, "mv", SECRETS, "moved.yaml")
    commit(lab, "README.md", "two\n", 2_000_000_000)
    assert is_from_elsewhere(lab, history, "moved.yaml")
    git(lab.bot, "mv", "moved.yaml", "again.yaml")
    commit(lab, "again.yaml", "and changed all over\n", 2_000_000_001)
    assert is_from_elsewhere(lab, history, "again.yaml")
    commit(lab, "copy.yaml", FILES["apps/other.yaml"], 2_000_000_002)
    assert is_from_elsewhere(lab, history, "copy.yaml")
    commit(lab, "README.md", "sealed\n", 2_000_000_003)
    write(lab.bot, "README.md", "less\n")
    commit(lab, ODD.replace("*", "+"), "split\n", 2_000_000_004)
    assert is_from_elsewhere(lab, history, ODD.replace("*", "+"))
    assert not is_from_elsewhere(lab, history, ODD.replace("*", "+"), mark="other")


def test_a_file_that_a_merge_put_in_another_folder_is_from_elsewhere(lab: Lab, history: History) -> None:
    git(lab.bot, "checkout", "--quiet", "--orphan", "theirs")
    git(lab.bot, "rm", "-rqf", ".")
    commit(lab, "sealed.yaml", "sealed\n", 2_000_000_000)
    git(lab.bot, "checkout", "--quiet", "main")
    git(lab.bot, "merge", "--quiet", "--no-commit", "--allow-unrelated-histories", "-s", "ours", "theirs")
    git(lab.bot, "read-tree", "--prefix=theirs/", "-u", "theirs")
    commit(lab, "README.md", "two\n", 2_000_000_001)

    assert [version.added for version in history.versions("theirs/sealed.yaml")] == [True]
    assert is_from_elsewhere(lab, history, "theirs/sealed.yaml")


def test_a_partial_clone_fetches_only_what_a_commit_changed_to_tell_where_a_file_is_from(lab: Lab, program: Git) -> None:
    commit(lab, "new.yaml", "new\n", 2_000_000_000)
    write(lab.bot, "apps/other.yaml", "other: two\n")
    commit(lab, "newer.yaml", "newer\n", 2_000_000_001)
    git(lab.bot, "push", "--quiet", "origin", "HEAD:refs/heads/main")
    workspace = make(Repository("estate", url=lab.url), [ODD], lab.folder, program)

    def missing() -> int:
        told = git(workspace.path, "rev-list", "--objects", "--missing=print", "--all", "HEAD")
        return len([line for line in told.splitlines() if line.startswith("?")])

    before = missing()
    with History(workspace.path, program) as history:
        assert not history.is_from_elsewhere("HEAD~1", "new.yaml", "other")
        assert missing() == before
        assert history.is_from_elsewhere("HEAD", "newer.yaml", "other")
        assert missing() == before - 1


def test_thousands_of_paths_odd_ones_and_what_was_a_folder_are_looked_up_at_once(lab: Lab, program: Git) -> None:
    many = [f"none/{'x' * 200}-{number}" for number in range(20_000)]
    commit(lab, "was/one.yaml", "one\n", 2_000_000_000)
    (lab.bot / "was" / "one.yaml").unlink()
    (lab.bot / "was").rmdir()
    commit(lab, "two\nlines", "two\n", 2_000_000_001)
    commit(lab, "returned\r", "three\n", 2_000_000_002)
    commit(lab, "was", "a file\n", 2_000_000_003)

    found = changes_with_moves(lab.bot, program, ["was", "two\nlines", "returned\r", ODD, *many])

    there = {path: len(changes) for path, changes in found.items() if changes}
    assert there == {"was": 1, "two\nlines": 1, "returned\r": 1, ODD: 1}
