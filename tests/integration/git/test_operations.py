# SPDX-License-Identifier: GPL-3.0-or-later
"""git_workspace and git_publish as their modules run them."""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest
from ansible.module_utils.common.arg_spec import ArgumentSpecValidator
from ansible_collections.lotus_lake.secrets.plugins.module_utils.operations import git_publish, git_workspace
from ansible_collections.lotus_lake.secrets.plugins.module_utils.operations.operation import Context, Operation, perform
from ansible_collections.lotus_lake.secrets.tests.fixtures.git_lab import FILES, Lab, git, hook, snapshot, write

OTHER = "apps/other.yaml"
SECRETS = "apps/secrets.yaml"


def perform_with(operation: Operation, params: Mapping[str, Any], **circumstances: Any) -> dict[str, Any]:
    checked = ArgumentSpecValidator(dict(operation.argument_spec), **operation.rules).validate(dict(params))
    assert checked.error_messages == []
    context = Context(environ=dict(os.environ), run_pid=os.getpid(), **circumstances)
    return perform(operation, checked.validated_parameters, context)


class Estate:
    """Two repositories with a checkout of the first."""

    def __init__(self, first: Lab, second: Lab) -> None:
        self.labs = {"h-kube": first, "lotus-lake": second}
        self.checkout = first.clone("mine")
        self.folder = first.folder

    def workspaces(self, **circumstances: Any) -> dict[str, Any]:
        repositories = [
            {"name": "h-kube", "checkout": str(self.checkout), "files": [SECRETS]},
            {"name": "lotus-lake", "url": self.labs["lotus-lake"].url, "files": [SECRETS]},
        ]
        params = {"repositories": repositories, "folder": str(self.folder)}
        result = perform_with(git_workspace.OPERATION, params, **circumstances)
        assert result["changed"] is False
        workspaces: dict[str, Any] = result["workspaces"]
        return workspaces

    def publish(self, workspaces: Mapping[str, Any], **circumstances: Any) -> dict[str, Any]:
        commits = [
            {"workspace": workspace["path"], "paths": [SECRETS], "text": f"Rotate in {name}", "trailers": {"Number": 1}}
            for name, workspace in workspaces.items()
        ]
        return perform_with(git_publish.OPERATION, {"commits": commits}, **circumstances)

    def edit(self, workspaces: Mapping[str, Any]) -> None:
        for name, workspace in workspaces.items():
            write(Path(workspace["path"]), SECRETS, f"secret: of {name}\n")

    def texts(self) -> list[str]:
        return [lab.text(SECRETS) for lab in self.labs.values()]


@pytest.fixture
def estate(make_lab: Any) -> Estate:
    return Estate(make_lab("first"), make_lab("second"))


def test_a_run_from_its_worktrees_to_its_pushes(estate: Estate) -> None:
    workspaces = estate.workspaces()
    assert workspaces["h-kube"]["base"] == estate.labs["h-kube"].tip
    assert workspaces["h-kube"]["checkout"] == str(estate.checkout)
    assert workspaces["lotus-lake"]["checkout"] is None
    estate.edit(workspaces)

    result = estate.publish(workspaces, diff=True)

    tips = [lab.tip for lab in estate.labs.values()]
    assert result["changed"] is True
    assert (result["raced"], result["raced_in"]) == (False, None)
    assert [entry["name"] for entry in result["published"]] == ["h-kube", "lotus-lake"]
    assert [entry["commit"] for entry in result["published"]] == tips
    assert [entry["checkout"] for entry in result["published"]] == [
        f"{estate.checkout} was fast-forwarded to {tips[0][:10]}.",
        "",
    ]
    assert result["diff"] == [
        {"prepared": f"h-kube: origin/main\n {SECRETS} | +1 -1\n"},
        {"prepared": f"lotus-lake: origin/main\n {SECRETS} | +1 -1\n"},
    ]
    assert estate.texts() == ["secret: of h-kube\n", "secret: of lotus-lake\n"]
    assert git(estate.labs["h-kube"].remote, "log", "-1", "--format=%B") == "Rotate in h-kube\n\nNumber: 1"
    again = estate.publish(workspaces)
    assert again["changed"] is False
    assert [entry["pushed"] for entry in again["published"]] == [False, False]

    perform_with(git_workspace.OPERATION, {"state": "absent", "workspaces": workspaces})
    perform_with(git_workspace.OPERATION, {"state": "absent", "workspaces": workspaces})
    assert list((estate.folder / "worktrees").iterdir()) == []


def test_check_mode_tells_what_would_be_pushed_and_pushes_nothing(estate: Estate) -> None:
    before = snapshot(estate.checkout)
    workspaces = estate.workspaces(check=True)
    write(Path(workspaces["lotus-lake"]["path"]), SECRETS, "secret: two\n")
    tips = [lab.tip for lab in estate.labs.values()]

    result = estate.publish(workspaces, check=True, diff=True)

    assert result["changed"] is True
    assert [entry["would_commit"] for entry in result["published"]] == [[], [SECRETS]]
    assert [entry["commit"] for entry in result["published"]] == [None, None]
    assert result["diff"] == [{"prepared": f"lotus-lake: origin/main\n {SECRETS}\n"}]
    assert [lab.tip for lab in estate.labs.values()] == tips
    assert git(Path(workspaces["lotus-lake"]["path"]), "rev-parse", "HEAD") == tips[1]
    perform_with(git_workspace.OPERATION, {"state": "absent", "workspaces": workspaces}, check=True)
    assert snapshot(estate.checkout) == before


def test_renewed_workspaces_have_the_new_tips(estate: Estate) -> None:
    workspaces = estate.workspaces()
    estate.edit(workspaces)
    tip = estate.labs["lotus-lake"].push(SECRETS, "secret: of the bot\n")

    result = perform_with(git_workspace.OPERATION, {"state": "renewed", "workspaces": workspaces})

    assert result["workspaces"]["lotus-lake"]["base"] == tip
    texts = [(Path(workspace["path"]) / SECRETS).read_text() for workspace in result["workspaces"].values()]
    assert texts == [FILES[SECRETS], "secret: of the bot\n"]


def test_a_commit_that_is_refused_stops_all_before_anything_is_pushed(estate: Estate) -> None:
    workspaces = estate.workspaces()
    estate.edit(workspaces)
    clone = Path(git(Path(workspaces["lotus-lake"]["path"]), "rev-parse", "--path-format=absolute", "--git-common-dir"))
    hook(clone, "pre-commit", "echo the linter says no >&2; exit 1")
    tips = [lab.tip for lab in estate.labs.values()]

    result = estate.publish(workspaces)

    assert result["failed"]
    assert "The commit in lotus-lake was refused: the linter says no" in result["msg"]
    assert [lab.tip for lab in estate.labs.values()] == tips
    assert [git(Path(workspace["path"]), "rev-parse", "HEAD") for workspace in workspaces.values()] == tips


def test_a_push_that_is_refused_tells_what_was_pushed_before(estate: Estate) -> None:
    workspaces = estate.workspaces()
    estate.edit(workspaces)
    hook(estate.labs["lotus-lake"].remote, "pre-receive", "echo closed >&2; exit 1")

    result = estate.publish(workspaces)

    assert result["failed"]
    assert "Nothing was pushed to lotus-lake. Pushed before: h-kube." in result["msg"]
    assert estate.texts() == ["secret: of h-kube\n", FILES[SECRETS]]
    assert git(estate.checkout, "rev-parse", "HEAD") == estate.labs["h-kube"].tip


def test_a_lost_race_stops_the_pushes_after_it(estate: Estate) -> None:
    workspaces = estate.workspaces()
    estate.edit(workspaces)
    estate.labs["h-kube"].push(SECRETS, "secret: of the bot\n")

    result = estate.publish(workspaces)

    assert (result["changed"], result["raced"], result["raced_in"]) == (False, True, "h-kube")
    assert [entry["pushed"] for entry in result["published"]] == [False, False]
    assert estate.texts() == ["secret: of the bot\n", FILES[SECRETS]]
    renewed = perform_with(git_workspace.OPERATION, {"state": "renewed", "workspaces": workspaces})["workspaces"]
    estate.edit(renewed)
    assert [entry["pushed"] for entry in estate.publish(renewed)["published"]] == [True, True]


def test_nothing_is_pushed_where_somebody_changed_a_file_that_the_commit_relies_on(estate: Estate) -> None:
    made = estate.workspaces()
    estate.edit(made)
    other = estate.labs["lotus-lake"].clone("theirs")
    write(other, SECRETS, "secret: theirs\n")
    git(other, "commit", "-qam", "Point the copy back")
    git(other, "push", "-q", "origin", "main")
    before = estate.texts()
    only = {"h-kube": made["h-kube"]}
    commits = [{"workspace": made["h-kube"]["path"], "paths": [SECRETS], "text": "Retire"}]
    unchanged = [made["lotus-lake"]["path"]]
    result = perform_with(git_publish.OPERATION, {"commits": commits, "unchanged": unchanged})
    assert (result["raced"], result["raced_in"], result["changed"]) == (True, "lotus-lake", False)
    assert estate.texts() == before

    renewed = perform_with(git_workspace.OPERATION, {"state": "renewed", "workspaces": made})["workspaces"]
    estate.edit(only)
    result = perform_with(git_publish.OPERATION, {"commits": commits, "unchanged": [renewed["lotus-lake"]["path"]]})
    assert (result["raced"], result["changed"]) == (False, True)


@pytest.mark.parametrize("relied_on", [True, False])
def test_a_file_of_the_same_repository_that_the_commit_relies_on_counts_as_well(estate: Estate, relied_on: bool) -> None:
    repository = {"name": "h-kube", "checkout": str(estate.checkout), "files": [SECRETS, OTHER]}
    params = {"repositories": [repository], "folder": str(estate.folder)}
    path = perform_with(git_workspace.OPERATION, params)["workspaces"]["h-kube"]["path"]
    write(Path(path), SECRETS, "secret: retired\n")
    theirs = estate.labs["h-kube"].push(OTHER, "other: points back\n")

    commits = [{"workspace": path, "paths": [SECRETS], "text": "Retire"}]
    result = perform_with(git_publish.OPERATION, {"commits": commits, "unchanged": [path] if relied_on else []})

    assert (result["raced"], result["changed"]) == (relied_on, not relied_on)
    assert (estate.labs["h-kube"].tip == theirs) == relied_on


def test_a_failure_for_one_repository_leaves_no_worktree_of_another(estate: Estate) -> None:
    estate.labs["lotus-lake"].remote.rename(estate.folder.parent / "gone.git")
    before = snapshot(estate.checkout)
    params = {
        "repositories": [
            {"name": "h-kube", "checkout": str(estate.checkout), "files": [SECRETS]},
            {"name": "lotus-lake", "url": "file:///none", "files": [SECRETS]},
        ],
        "folder": str(estate.folder),
    }

    result = perform_with(git_workspace.OPERATION, params)

    assert "lotus-lake could not be cloned from file:///none" in result["msg"]
    assert list((estate.folder / "worktrees").iterdir()) == []
    assert snapshot(estate.checkout) == before


def test_all_repositories_that_cannot_be_used_are_said_at_once(estate: Estate) -> None:
    params = {
        "repositories": [
            {"name": "gone", "checkout": str(estate.folder / "gone"), "files": [SECRETS]},
            {"name": "h-kube", "checkout": str(estate.checkout), "files": [SECRETS]},
            {"name": "lotus-lake", "url": estate.labs["lotus-lake"].url, "branch": "mian", "files": [SECRETS]},
        ],
        "folder": str(estate.folder),
    }

    told = perform_with(git_workspace.OPERATION, params)["msg"]

    assert told.startswith(f"2 repositories can't be used:\n  - The checkout {estate.folder / 'gone'} of gone is not there.")
    assert "\n  - lotus-lake could not be cloned from" in told
    assert told.endswith("\n Nothing was changed. Mend these, and run again.")
    assert list((estate.folder / "worktrees").iterdir()) == []


@pytest.mark.parametrize("workspaces", [{"a": {}}, {"a": "text"}, {"a": {"path": "/none"}}])
def test_workspaces_that_are_none_are_said(workspaces: dict[str, Any]) -> None:
    result = perform_with(git_workspace.OPERATION, {"state": "renewed", "workspaces": workspaces})

    assert result["failed"]
    assert "workspace" in result["msg"]


def test_one_workspace_in_two_commits_is_refused(estate: Estate) -> None:
    workspace = estate.workspaces()["h-kube"]

    result = estate.publish({"one": workspace, "two": workspace})

    assert "A workspace is named by two commits." in result["msg"]
