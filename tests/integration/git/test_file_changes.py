# SPDX-License-Identifier: GPL-3.0-or-later
"""Which commits changed files, where these were moved and where branches were merged or not."""

from __future__ import annotations

import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest
from ansible_collections.lotus_lake.secrets.plugins.module_utils.git.file_changes import (
    FileChange,
    changes_anywhere,
    changes_with_moves,
    file_changes,
)
from ansible_collections.lotus_lake.secrets.plugins.module_utils.git.program import Git

LONG = "".join(f"line {number}\n" for number in range(20))


@pytest.fixture
def git(tmp_path: Path) -> Callable[..., str]:
    def run(*arguments: str) -> str:
        who = ("-c", "user.name=o", "-c", "user.email=o@x")
        return subprocess.run(["git", *who, *arguments], cwd=tmp_path, capture_output=True, text=True, check=True).stdout

    run("init", "-q", "-b", "main")
    return run


@pytest.fixture
def commit(tmp_path: Path, git: Callable[..., str]) -> Callable[..., str]:
    """Write files and commit all."""

    def made(**files: str) -> str:
        for name, text in files.items():
            (tmp_path / name).write_text(text)
        git("add", "-A")
        git("commit", "-qm", "a change")
        return git("rev-parse", "HEAD").strip()

    return made


def commits(changes: list[FileChange]) -> list[str]:
    return [change.commit for change in changes]


def test_several_files_are_read_at_once_each_with_its_own_changes(
    tmp_path: Path, git: Callable[..., str], commit: Callable[..., str]
) -> None:
    first, second = commit(a="1", b="1", c="1"), commit(a="2")
    (tmp_path / "b").unlink()
    commit(c="2")
    found = changes_with_moves(tmp_path, Git({}), ["a", "b", "none"])
    assert {name: commits(changes) for name, changes in found.items()} == {"a": [second, first], "b": [first], "none": []}
    assert [change.added for change in found["a"]] == [False, True]
    assert changes_with_moves(tmp_path, Git({}), []) == {}


def test_a_file_is_followed_where_it_was_moved_with_a_change_or_without(
    tmp_path: Path, git: Callable[..., str], commit: Callable[..., str]
) -> None:
    first = commit(a=LONG, other="x")
    git("mv", "a", "b b")
    second = commit()
    git("mv", "b b", "c")
    third = commit(c=f"{LONG}more\n")
    git("mv", "c", "a")
    fourth = commit()
    (changes,) = changes_with_moves(tmp_path, Git({}), ["a"]).values()
    assert [(change.path, change.commit) for change in changes] == [("a", fourth), ("c", third), ("b b", second), ("a", first)]


def test_a_branch_that_was_not_merged_or_did_not_survive_counts_anywhere_only(
    tmp_path: Path, git: Callable[..., str], commit: Callable[..., str]
) -> None:
    first = commit(a="1")
    git("switch", "-qc", "lost")
    lost = commit(a="lost")
    git("switch", "-q", "main")
    git("switch", "-qc", "side")
    side = commit(a="side")
    git("switch", "-q", "main")
    main = commit(a="2")
    git("merge", "-q", "-s", "ours", "--no-edit", "side")
    assert commits(list(file_changes(tmp_path, Git({}), ["a"]))) == [main, first]
    assert {first, main, side, lost} <= set(commits(list(changes_anywhere(tmp_path, Git({}), ["a"]))))
