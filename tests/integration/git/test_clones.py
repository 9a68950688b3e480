# SPDX-License-Identifier: GPL-3.0-or-later
"""The run's own clones of repositories that are known by their URL."""

from __future__ import annotations

import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest
from ansible_collections.lotus_lake.secrets.plugins.module_utils.failure import Failure
from ansible_collections.lotus_lake.secrets.plugins.module_utils.git.program import Git
from ansible_collections.lotus_lake.secrets.plugins.module_utils.git.workspace import (
    remove,
)
from ansible_collections.lotus_lake.secrets.tests.fixtures.git_lab import FILES, ODD, Lab, git
from ansible_collections.lotus_lake.secrets.tests.fixtures.git_runs import (
    SECRETS,
    files_of,
    from_url,
)


def test_a_url_gets_a_partial_clone_that_the_next_run_uses_again(lab: Lab, program: Git) -> None:
    workspace = from_url(lab, program)
    (clone,) = (entry for entry in (lab.folder / "clones").iterdir() if entry.is_dir())
    missing = [line for line in git(clone, "rev-list", "--objects", "--missing=print", "HEAD").splitlines() if line[0] == "?"]
    assert files_of(workspace) == [SECRETS, ODD]
    assert len(missing) == len(FILES) - 2  # those that nobody asked for
    remove(workspace, program)
    tip = lab.push(SECRETS, "secret: two\n")
    born = (clone / ".git" / "description").stat().st_ino

    again = from_url(lab, program)

    assert again.base == tip
    assert again.checkout is None
    assert (again.path / SECRETS).read_text() == "secret: two\n"
    assert (clone / ".git" / "description").stat().st_ino == born
    assert git(clone, "rev-parse", "refs/remotes/origin/main") == tip


def break_head(clone: Path) -> None:
    (clone / ".git" / "HEAD").unlink()


def break_packs(clone: Path) -> None:
    for pack in (clone / ".git" / "objects" / "pack").iterdir():
        pack.chmod(0o644)
        pack.write_bytes(b"broken")


def break_references(clone: Path) -> None:
    shutil.rmtree(clone / ".git" / "refs")
    (clone / ".git" / "packed-refs").unlink(missing_ok=True)


def break_trees(clone: Path) -> None:
    """The tip's commit is there, and the trees below it are not."""
    tree = git(clone, "rev-parse", "HEAD^{tree}")
    folder = git(clone, "rev-parse", "HEAD:apps")
    for pack in (clone / ".git" / "objects" / "pack").glob("*.pack"):
        with pack.open("rb") as content:
            moved = pack.with_suffix(".moved")
            shutil.copyfile(pack, moved)
            for ending in (".pack", ".idx", ".promisor", ".rev"):
                pack.with_suffix(ending).unlink(missing_ok=True)
        with moved.open("rb") as content:
            subprocess.run(["git", "-C", str(clone), "unpack-objects", "-q"], stdin=content, check=True)
        moved.unlink()
    (clone / ".git" / "objects" / folder[:2] / folder[2:]).unlink()
    git(clone, "config", "--unset", "remote.origin.promisor")
    git(clone, "config", "--unset", "remote.origin.partialclonefilter")
    assert git(clone, "cat-file", "-t", tree) == "tree"


@pytest.mark.parametrize("break_it", [break_head, break_packs, break_references, break_trees])
def test_a_broken_clone_is_made_anew(lab: Lab, program: Git, said: list[str], break_it: Callable[[Path], None]) -> None:
    remove(from_url(lab, program), program)
    (clone,) = (entry for entry in (lab.folder / "clones").iterdir() if entry.is_dir())
    break_it(clone)

    workspace = from_url(lab, program)

    assert files_of(workspace) == [SECRETS, ODD]
    assert any("made anew" in line for line in said)
    assert len([entry for entry in (lab.folder / "clones").iterdir() if entry.is_dir()]) == 1


def test_a_broken_clone_that_a_live_run_uses_is_left_alone(lab: Lab, program: Git) -> None:
    from_url(lab, program)
    (clone,) = (entry for entry in (lab.folder / "clones").iterdir() if entry.is_dir())
    break_references(clone)

    with pytest.raises(Failure, match="another run still works with it"):
        from_url(lab, program)


def test_lock_files_of_a_killed_run_in_its_clone_are_cleared_up(lab: Lab, program: Git) -> None:
    remove(from_url(lab, program), program)
    (clone,) = (entry for entry in (lab.folder / "clones").iterdir() if entry.is_dir())
    (clone / ".git" / "refs" / "remotes" / "origin" / "main.lock").touch()
    (clone / ".git" / "packed-refs.lock").touch()
    (clone.with_name(f"{clone.name}.new-00000000") / ".git").mkdir(parents=True)
    tip = lab.push(SECRETS, "secret: two\n")

    workspace = from_url(lab, program)

    assert workspace.base == tip
    assert list(clone.parent.rglob("*.new-*")) == []
    assert list((clone / ".git").rglob("*.lock")) == []
