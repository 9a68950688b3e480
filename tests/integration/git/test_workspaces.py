# SPDX-License-Identifier: GPL-3.0-or-later
"""The run's own worktrees, with the real git."""

from __future__ import annotations

import os
import pickle
import stat
import threading
from collections.abc import Callable
from pathlib import Path

import pytest
from ansible_collections.lotus_lake.secrets.plugins.module_utils.git.program import Git
from ansible_collections.lotus_lake.secrets.plugins.module_utils.git.workspace import (
    Repository,
    Workspace,
    default_folder,
    make,
    remove,
    renew,
)
from ansible_collections.lotus_lake.secrets.tests.fixtures.git_lab import FILES, ODD, Lab, git, snapshot, write
from ansible_collections.lotus_lake.secrets.tests.fixtures.git_runs import (
    SECRETS,
    files_of,
    from_checkout,
    from_url,
)


def test_a_workspace_has_just_the_files_at_the_remotes_tip(lab: Lab, program: Git) -> None:
    checkout = lab.clone("mine")
    tip = lab.push(SECRETS, "secret: two\n")
    before = snapshot(checkout)

    workspace = from_checkout(lab, checkout, program)

    assert workspace.base == tip
    assert workspace.checkout == checkout
    assert files_of(workspace) == [SECRETS, ODD]
    assert (workspace.path / SECRETS).read_text() == "secret: two\n"
    assert git(workspace.path, "status", "--porcelain") == ""
    remove(workspace, program)
    assert snapshot(checkout) == before
    assert list((lab.folder / "worktrees").iterdir()) == []


def test_making_one_leaves_all_of_the_users_git_folder_as_it_was(lab: Lab, program: Git) -> None:
    checkout = lab.clone("mine")
    lab.push(SECRETS, "secret: two\n")
    before = snapshot(checkout)

    from_checkout(lab, checkout, program)

    after = snapshot(checkout)
    assert {name for name in after if not name.startswith(".git/worktrees/")} == set(before)
    assert all(after[name] == before[name] for name in before)


def test_a_workspace_can_be_opened_from_its_path_alone(lab: Lab, program: Git) -> None:
    checkout = lab.clone("mine")
    repository = Repository("estate", checkout=checkout, author="Rotation <r@example.com>")
    workspace = make(repository, [SECRETS], lab.folder, program)

    assert Workspace.open(workspace.path) == workspace
    assert pickle.loads(pickle.dumps(workspace)) == workspace


def test_a_file_that_the_remote_does_not_have_is_just_not_there(lab: Lab, program: Git) -> None:
    workspace = make(Repository("estate", checkout=lab.clone("mine")), ["none.yaml", SECRETS], lab.folder, program)

    assert files_of(workspace) == [SECRETS]


@pytest.mark.parametrize("files", [[], ["none.yaml"]])
def test_a_workspace_without_files_is_empty(lab: Lab, program: Git, files: list[str]) -> None:
    workspace = make(Repository("estate", checkout=lab.clone("mine")), files, lab.folder, program)

    assert files_of(workspace) == []
    assert git(workspace.path, "status", "--porcelain") == ""


def test_renewed_it_has_the_new_tip_and_nothing_of_before(lab: Lab, program: Git) -> None:
    workspace = from_checkout(lab, lab.clone("mine"), program)
    write(workspace.path, SECRETS, "secret: mine\n")
    write(workspace.path, "new.yaml", "new: file\n")
    (Path(git(workspace.path, "rev-parse", "--absolute-git-dir")) / "index.lock").touch()
    tip = lab.push(ODD, "odd: two\n")

    renewed = renew(workspace, program)

    assert renewed.base == tip
    assert Workspace.open(workspace.path) == renewed
    assert files_of(renewed) == [SECRETS, ODD]
    assert (renewed.path / SECRETS).read_text() == FILES[SECRETS]
    assert (renewed.path / ODD).read_text() == "odd: two\n"
    assert git(renewed.path, "status", "--porcelain") == ""


def test_removing_twice_is_fine(lab: Lab, program: Git) -> None:
    workspace = from_checkout(lab, lab.clone("mine"), program)

    remove(workspace, program)
    remove(workspace, program)

    assert not workspace.path.exists()


def test_a_linked_worktree_of_the_user_serves_as_a_checkout(lab: Lab, program: Git) -> None:
    checkout = lab.clone("mine")
    git(checkout, "worktree", "add", "--quiet", "-b", "other", str(lab.root / "linked"))

    workspace = from_checkout(lab, lab.root / "linked", program)

    assert workspace.checkout == lab.root / "linked"
    assert files_of(workspace) == [SECRETS, ODD]


def test_a_folder_inside_a_checkout_stands_for_the_checkout(lab: Lab, program: Git) -> None:
    checkout = lab.clone("mine")

    assert from_checkout(lab, checkout / "apps", program).checkout == checkout


def test_the_users_sparse_checkout_is_theirs(lab: Lab, program: Git) -> None:
    checkout = lab.clone("mine")
    git(checkout, "sparse-checkout", "set", "odd names")
    before = snapshot(checkout)

    workspace = from_checkout(lab, checkout, program)

    assert files_of(workspace) == [SECRETS, ODD]
    remove(workspace, program)
    assert snapshot(checkout) == before


def test_repositories_with_sha256_work(make_lab: Callable[..., Lab], program: Git) -> None:
    lab = make_lab("sha256", "--object-format=sha256")
    checkout = lab.clone("mine")

    for workspace in (from_checkout(lab, checkout, program), from_url(lab, program)):
        assert len(workspace.base) == 64
        assert files_of(workspace) == [SECRETS, ODD]


def test_a_checkout_without_a_commit_gets_the_remotes(lab: Lab, program: Git) -> None:
    git(lab.root, "init", "--quiet", "fresh")
    git(lab.root / "fresh", "remote", "add", "origin", lab.url)

    assert from_checkout(lab, lab.root / "fresh", program).base == lab.tip


def test_only_the_depth_that_the_user_cloned_is_needed(lab: Lab, program: Git) -> None:
    lab.push(SECRETS, "secret: two\n")
    git(lab.root, "clone", "--quiet", "--depth=1", lab.url, "shallow")
    tip = lab.push(SECRETS, "secret: three\n")

    assert from_checkout(lab, lab.root / "shallow", program).base == tip


def test_a_repository_of_many_files_is_no_trouble(make_lab: Callable[..., Lab], program: Git) -> None:
    many = {f"d{n % 50}/file{n}.yaml": f"n: {n}\n" for n in range(5000)}
    lab = make_lab("many", files={**FILES, **many})
    checkout = lab.clone("mine")

    workspace = make(Repository("estate", checkout=checkout), ["d7/file7.yaml", SECRETS], lab.folder, program)

    assert files_of(workspace) == [SECRETS, "d7/file7.yaml"]


def test_many_workspaces_of_one_checkout_can_be_made_at_once(lab: Lab, program: Git) -> None:
    checkout = lab.clone("mine")
    before = snapshot(checkout)
    problems: list[str] = []

    def one(number: int) -> None:
        own = Git(dict(os.environ), timeout=60)
        try:
            for _ in range(3):
                workspace = from_checkout(lab, checkout, own)
                assert files_of(workspace) == [SECRETS, ODD]
                remove(workspace, own)
        except Exception as error:
            problems.append(f"{number}: {error!r}")

    threads = [threading.Thread(target=one, args=(number,)) for number in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert problems == []
    assert snapshot(checkout) == before


def test_the_work_folder_is_in_the_users_cache() -> None:
    assert default_folder({"HOME": "/home/me"}) == Path("/home/me/.cache/lotus_lake.secrets")
    assert default_folder({"HOME": "/home/me", "XDG_CACHE_HOME": "/cache"}) == Path("/cache/lotus_lake.secrets")


def test_nobody_else_can_read_the_work_folder(lab: Lab, program: Git) -> None:
    workspace = from_checkout(lab, lab.clone("mine"), program)

    assert stat.S_IMODE(workspace.path.parent.stat().st_mode) == 0o700
