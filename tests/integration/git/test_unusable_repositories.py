# SPDX-License-Identifier: GPL-3.0-or-later
"""Repositories that can't be used: it is said, and nothing is left."""

from __future__ import annotations

import http.server
import os
import socket
import subprocess
import sys
import threading
from collections.abc import Callable
from pathlib import Path

import pytest
from ansible_collections.lotus_lake.secrets.plugins.module_utils.failure import Failure
from ansible_collections.lotus_lake.secrets.plugins.module_utils.git.program import Git
from ansible_collections.lotus_lake.secrets.plugins.module_utils.git.workspace import (
    Repository,
    Workspace,
    make,
)
from ansible_collections.lotus_lake.secrets.tests.fixtures.git_lab import Lab, git, snapshot
from ansible_collections.lotus_lake.secrets.tests.fixtures.git_runs import (
    SECRETS,
    from_checkout,
    from_url,
)


def test_opening_what_is_no_workspace_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(Failure, match="no workspace at"):
        Workspace.open(tmp_path)


def no_remote(lab: Lab, checkout: Path) -> None:
    git(checkout, "remote", "remove", "origin")


def no_branch(lab: Lab, checkout: Path) -> None:
    git(lab.remote, "branch", "--move", "main", "trunk")


def unreachable(lab: Lab, checkout: Path) -> None:
    lab.remote.rename(lab.root / "moved.git")


@pytest.mark.parametrize(
    ("hinder", "words"),
    [(no_remote, "origin"), (no_branch, "The branch isn't on the remote"), (unreachable, "Check the repository's address")],
)
def test_a_remote_that_cannot_be_used_is_said_and_leaves_nothing(
    lab: Lab, program: Git, hinder: Callable[[Lab, Path], None], words: str
) -> None:
    checkout = lab.clone("mine")
    hinder(lab, checkout)
    before = snapshot(checkout)

    with pytest.raises(Failure, match=words):
        from_checkout(lab, checkout, program)

    assert list((lab.folder / "worktrees").iterdir()) == []
    assert snapshot(checkout) == before


@pytest.mark.parametrize(("hinder", "words"), [(no_branch, "The branch isn't on the remote"), (unreachable, "address")])
def test_a_url_that_cannot_be_used_is_said(lab: Lab, program: Git, hinder: Callable[[Lab, Path], None], words: str) -> None:
    hinder(lab, lab.root)

    with pytest.raises(Failure, match=words):
        from_url(lab, program)

    assert [entry.name for entry in (lab.folder / "clones").iterdir() if entry.is_dir()] == []


class AsksForAPassword(http.server.BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        self.send_response(401)
        self.send_header("WWW-Authenticate", "Basic realm=git")
        self.end_headers()

    def log_message(self, *arguments: object) -> None:
        pass


def test_a_remote_that_asks_for_a_password_is_said_at_once(lab: Lab, program: Git) -> None:
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), AsksForAPassword) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        url = f"http://127.0.0.1:{server.server_port}/x.git"
        with pytest.raises(Failure, match=r"could not be cloned from http://.*set up a credential helper"):
            make(Repository("estate", url=url), [SECRETS], lab.folder, program)
        server.shutdown()


def test_a_url_with_a_password_is_refused_without_showing_it(lab: Lab, program: Git) -> None:
    with pytest.raises(Failure, match="has a user or a password in it") as caught:
        make(Repository("estate", url="http://me:s3cret-token@127.0.0.1/x.git"), [SECRETS], lab.folder, program)
    assert "s3cret" not in str(caught.value)


def test_a_remote_that_never_answers_is_given_up(lab: Lab, said: list[str]) -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        impatient = Git(dict(os.environ), progress=said.append, timeout=1.5)
        url = f"http://127.0.0.1:{server.getsockname()[1]}/x.git"
        with pytest.raises(Failure, match="it was ended after the time allowed"):
            make(Repository("estate", url=url), [SECRETS], lab.folder, impatient)

    assert said == ["Waiting for the first clone of estate: 1 s of at most 2 s"]
    assert [entry.name for entry in (lab.folder / "clones").iterdir() if entry.is_dir()] == []


def test_a_missing_checkout_is_said(lab: Lab, program: Git) -> None:
    with pytest.raises(Failure, match=r"is not there.*Clone it"):
        from_checkout(lab, lab.root / "none", program)


def test_a_folder_that_is_no_checkout_is_said(lab: Lab, program: Git) -> None:
    (lab.root / "plain").mkdir()
    with pytest.raises(Failure, match=r"not a git repository.*Check the repository's checkout"):
        from_checkout(lab, lab.root / "plain", program)


@pytest.mark.parametrize("path", ["/etc/passwd", "../out.yaml", "a/../../out.yaml", "", ".git/config", "new\nline"])
def test_a_path_outside_the_repository_is_refused(lab: Lab, program: Git, path: str) -> None:
    with pytest.raises(Failure, match="is no file of the repository estate"):
        make(Repository("estate", url=lab.url), [path], lab.folder, program)


@pytest.mark.parametrize(
    "repository",
    [
        Repository("estate", url="x", branch="--upload-pack=evil"),
        Repository("estate", url="x", remote="-x"),
        Repository("estate", url="--upload-pack=evil"),
        Repository("estate"),
        Repository("estate", url="x", author="nobody"),
    ],
)
def test_names_that_git_would_take_for_something_else_are_refused(lab: Lab, program: Git, repository: Repository) -> None:
    with pytest.raises(Failure):
        make(repository, [], lab.folder, program)


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can become a user who may not write")
def test_a_git_folder_that_cannot_be_written_is_said(lab: Lab, tmp_path: Path) -> None:
    checkout = lab.clone("mine")
    before = snapshot(checkout)
    lab.folder.mkdir(mode=0o777)
    lab.folder.chmod(0o777)
    script = (
        "import encodings.ascii, os, pathlib, sys\n"
        "from ansible_collections.lotus_lake.secrets.plugins.module_utils.git.program import Git\n"
        "from ansible_collections.lotus_lake.secrets.plugins.module_utils.git.workspace import Repository, make\n"
        "os.setgroups([]); os.setgid(65534); os.setuid(65534)\n"
        "git = Git({**os.environ, 'GIT_CONFIG_COUNT': '1', 'GIT_CONFIG_KEY_0': 'safe.directory', 'GIT_CONFIG_VALUE_0': '*'})\n"
        "try:\n"
        "    make(Repository('estate', checkout=pathlib.Path(sys.argv[1])), ['a'], pathlib.Path(sys.argv[2]), git)\n"
        "except Exception as error:\n"
        "    print(error)\n"
    )
    # root's folders are closed for others
    for folder in (tmp_path, *tmp_path.parents):
        if folder.stat().st_uid == 0 and folder != Path("/tmp") and folder != Path("/"):
            folder.chmod(folder.stat().st_mode | 0o055)
    collections = Path(__file__).parents[3] / "collections"
    told = subprocess.run(
        [sys.executable, "-c", script, str(checkout), str(lab.folder)],
        env={**os.environ, "PYTHONPATH": str(collections), "PYTHONDONTWRITEBYTECODE": "1", "HOME": str(lab.folder)},
        capture_output=True,
        text=True,
        check=False,
    )

    assert "No worktree of estate could be made" in told.stdout, told
    assert "Make the repository's .git folder writable" in told.stdout
    assert list((lab.folder / "worktrees").iterdir()) == []
    assert snapshot(checkout) == before
