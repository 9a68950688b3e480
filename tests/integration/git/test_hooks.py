# SPDX-License-Identifier: GPL-3.0-or-later
"""The user's hooks, which find in a run's worktree what they look for."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from ansible_collections.lotus_lake.secrets.plugins.module_utils.failure import Failure
from ansible_collections.lotus_lake.secrets.plugins.module_utils.git.program import Git
from ansible_collections.lotus_lake.secrets.plugins.module_utils.git.publish import publish
from ansible_collections.lotus_lake.secrets.plugins.module_utils.git.workspace import Repository, Workspace, make, renew
from ansible_collections.lotus_lake.secrets.tests.fixtures.git_lab import FILES, Lab, git, write
from ansible_collections.lotus_lake.secrets.tests.fixtures.git_runs import OTHER, SECRETS, at_once, files_of, push_from_a_hook

HOOKS = ("pre-commit", "commit-msg", "pre-push")


def refusing(folder: Path, name: str) -> None:
    """A hook in a folder of hooks that says its name and refuses."""
    write(folder, name, f"#!/bin/sh\necho {name} says no >&2\nexit 1\n")
    (folder / name).chmod(0o755)


def changed(repository: Repository, lab: Lab, program: Git) -> Workspace:
    workspace = make(repository, [SECRETS], lab.folder, program)
    write(workspace.path, SECRETS, "secret: two\n")
    return workspace


def is_refused(workspace: Workspace, name: str, lab: Lab, program: Git) -> None:
    before = lab.tip
    with pytest.raises(Failure, match=f"{name} says no"):
        publish(workspace, [SECRETS], "Rotate", program)
    assert lab.tip == before


@pytest.mark.parametrize("name", HOOKS)
@pytest.mark.parametrize("told", [".githooks", "./.githooks/", "tools/git hooks"])
def test_hooks_at_a_path_relative_to_the_checkout_are_asked(lab: Lab, checkout: Path, program: Git, name: str, told: str) -> None:
    """As husky sets it; its folder is not even in the repository."""
    git(checkout, "config", "core.hooksPath", told)
    refusing(checkout / told, name)

    is_refused(changed(Repository("estate", checkout=checkout), lab, program), name, lab, program)


def test_hooks_at_a_relative_path_are_those_of_a_linked_worktree_of_the_user(lab: Lab, checkout: Path, program: Git) -> None:
    git(checkout, "config", "core.hooksPath", ".githooks")
    git(checkout, "worktree", "add", "--quiet", "-b", "other", str(lab.root / "linked"))
    refusing(lab.root / "linked" / ".githooks", "pre-commit")

    is_refused(changed(Repository("estate", checkout=lab.root / "linked"), lab, program), "pre-commit", lab, program)


def test_a_path_of_hooks_that_only_the_users_own_worktree_has_is_kept(lab: Lab, checkout: Path, program: Git) -> None:
    git(checkout, "config", "extensions.worktreeConfig", "true")
    git(checkout, "config", "--worktree", "core.hooksPath", ".githooks")
    refusing(checkout / ".githooks", "pre-commit")

    is_refused(changed(Repository("estate", checkout=checkout), lab, program), "pre-commit", lab, program)


def test_a_push_on_top_of_a_moved_remote_asks_the_hook_at_a_relative_path_again(lab: Lab, checkout: Path, program: Git) -> None:
    push_from_a_hook(lab, checkout, OTHER, times=1)
    git(checkout, "config", "core.hooksPath", ".githooks")
    (checkout / ".git" / "hooks").rename(checkout / ".githooks")
    workspace = changed(Repository("estate", checkout=checkout), lab, program)

    assert publish(workspace, [SECRETS], "Rotate", program, wait=at_once).rebased == 1


def from_clone(lab: Lab) -> Repository:
    return Repository("estate", url=lab.url)


def from_bare_checkout(lab: Lab) -> Repository:
    git(lab.root, "clone", "--quiet", "--bare", lab.url, "mine.git")
    git(lab.root / "mine.git", "config", "remote.origin.fetch", "+refs/heads/*:refs/remotes/origin/*")
    return Repository("estate", checkout=lab.root / "mine.git")


@pytest.mark.parametrize("name", HOOKS)
@pytest.mark.parametrize("source", [from_clone, from_bare_checkout])
def test_where_no_checkout_has_files_hooks_at_a_relative_path_are_those_of_the_tip(
    make_lab: Callable[..., Lab], program: Git, name: str, source: Callable[[Lab], Repository]
) -> None:
    lab = make_lab(files={**FILES, ".githooks/library.sh": "no() { echo $1 says no >&2; exit 1; }\n"})
    git(lab.root, "config", "--global", "core.hooksPath", ".githooks")
    write(lab.bot, f".githooks/{name}", f"#!/bin/sh\n. .githooks/library.sh\nno {name}\n")
    (lab.bot / ".githooks" / name).chmod(0o755)
    git(lab.bot, "-c", "core.hooksPath=/none", "add", "--all")
    git(lab.bot, "-c", "core.hooksPath=/none", "commit", "--quiet", "--message=hooks")
    git(lab.bot, "-c", "core.hooksPath=/none", "push", "--quiet", "origin", "HEAD:refs/heads/main")

    is_refused(changed(source(lab), lab, program), name, lab, program)


def test_a_hook_finds_the_dot_files_at_the_top_of_the_repository(make_lab: Callable[..., Lab], program: Git) -> None:
    """As the framework pre-commit, which refuses each commit without its configuration."""
    more = {".pre-commit-config.yaml": "repos: []\n", ".tools/large": "large\n", "apps/.dotted": "below the top\n"}
    lab = make_lab(files={**FILES, **more})
    checkout = lab.clone("mine")
    wanted = "test -f .pre-commit-config.yaml && git diff --quiet -- .pre-commit-config.yaml && git diff --quiet"
    for name in ("pre-commit", "pre-push"):
        write(checkout / ".git" / "hooks", name, f"#!/bin/sh\n{wanted}\n")
        (checkout / ".git" / "hooks" / name).chmod(0o755)
    workspace = changed(Repository("estate", checkout=checkout), lab, program)

    assert files_of(workspace) == [".pre-commit-config.yaml", SECRETS]
    assert publish(workspace, [SECRETS], "Rotate", program).pushed
    assert lab.changed_by(lab.tip) == [SECRETS]

    lab.push(".pre-commit-config.yaml", "repos: [] # renewed\n")
    assert (renew(workspace, program).path / ".pre-commit-config.yaml").read_text() == "repos: [] # renewed\n"


@pytest.mark.parametrize("name", HOOKS)
def test_who_has_a_hook_that_misses_a_file_is_told_what_it_can_find(lab: Lab, checkout: Path, program: Git, name: str) -> None:
    write(checkout / ".git" / "hooks", name, "#!/bin/sh\nexec tools/scan\n")
    (checkout / ".git" / "hooks" / name).chmod(0o755)
    workspace = changed(Repository("estate", checkout=checkout), lab, program)

    with pytest.raises(Failure, match=r"tools/scan: not found.*has only the estate's files and the dot files at its top"):
        publish(workspace, [SECRETS], "Rotate", program)
