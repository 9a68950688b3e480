# SPDX-License-Identifier: GPL-3.0-or-later
"""How git is started and ended; a script stands in for it where it has to misbehave."""

from __future__ import annotations

import os
import subprocess
import sys
import threading
from collections.abc import Callable
from pathlib import Path

import pytest
from ansible_collections.lotus_lake.secrets.plugins.module_utils.failure import Failure
from ansible_collections.lotus_lake.secrets.plugins.module_utils.git.environment import (
    CONFIGURATION,
    child_environ,
    with_unattended_ssh,
)
from ansible_collections.lotus_lake.secrets.plugins.module_utils.git.lock import locked
from ansible_collections.lotus_lake.secrets.plugins.module_utils.git.program import Git

# Starts a command under a lock and ends as by a kill: nothing is freed in order.
KILLED = """
import os, pathlib, subprocess, sys
from ansible_collections.lotus_lake.secrets.plugins.module_utils.git.lock import locked
from ansible_collections.lotus_lake.secrets.plugins.module_utils.git.program import Git
folder, git = pathlib.Path(sys.argv[1]), Git(dict(os.environ))
with locked(folder / "lock", git, "estate"):
    git.start("push", at=folder, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    os._exit(9)
"""
PATIENT = "-o BatchMode=yes -o ConnectTimeout=15 -o ServerAliveInterval=15 -o ServerAliveCountMax=4"


@pytest.fixture
def stand_in(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[[str], None]:
    """Puts a script before the real git; ``git config`` says nothing in it."""

    def put(script: str) -> None:
        folder = tmp_path / "bin"
        folder.mkdir()
        (folder / "git").write_text(f'#!/bin/sh\ncase "$*" in *get-regexp*) exit 1;; esac\n{script}\n')
        (folder / "git").chmod(0o755)
        monkeypatch.setenv("PATH", f"{folder}{os.pathsep}{os.environ['PATH']}")

    return put


def test_children_get_no_secret_and_nothing_of_the_callers_repository() -> None:
    environ = {
        "PATH": "/bin",
        "SOPS_AGE_KEY": "AGE-SECRET-KEY-1",
        "SOPS_AGE_KEY_CMD": "echo AGE-SECRET-KEY-1",
        "AWS_SECRET_ACCESS_KEY": "secret",
        "AWS_SESSION_TOKEN": "secret",
        "GIT_DIR": "/x/.git",
        "GIT_INDEX_FILE": "/x/.git/index",
        "GIT_TRACE_CURL": "1",
        "GIT_CONFIG_GLOBAL": "/x/config",
        "LC_ALL": "de_DE.UTF-8",
        "GIT_ASKPASS": "/usr/bin/window",
    }

    got = child_environ(environ)

    assert not {"SOPS_AGE_KEY", "SOPS_AGE_KEY_CMD", "GIT_DIR", "GIT_INDEX_FILE", "GIT_TRACE_CURL"} & set(got)
    assert "secret" not in " ".join(got.values()).lower()
    assert (got["PATH"], got["GIT_CONFIG_GLOBAL"], got["LC_ALL"]) == ("/bin", "/x/config", "C")
    assert (got["GIT_TERMINAL_PROMPT"], got["GIT_ASKPASS"], got["SSH_ASKPASS"]) == ("0", "", "")


@pytest.mark.parametrize(
    ("environ", "configured", "command"),
    [
        ({}, {}, f"ssh {PATIENT}"),
        ({}, {"core.sshcommand": "ssh -i /key"}, f"ssh -i /key {PATIENT}"),
        ({"GIT_SSH_COMMAND": "/usr/bin/ssh -F none"}, {"core.sshcommand": "ssh -i /key"}, f"/usr/bin/ssh -F none {PATIENT}"),
        ({"GIT_SSH_COMMAND": "TOKEN=1 ssh"}, {}, f"TOKEN=1 ssh {PATIENT}"),
        ({"GIT_SSH_COMMAND": "my-wrapper --fast"}, {}, "my-wrapper --fast"),
        ({"GIT_SSH_COMMAND": "ssh $(options)"}, {}, "ssh $(options)"),
        ({"GIT_SSH_COMMAND": "ssh 'unclosed"}, {}, "ssh 'unclosed"),
    ],
)
def test_ssh_asks_nobody_and_keeps_the_users_options(environ: dict[str, str], configured: dict[str, str], command: str) -> None:
    _, got = with_unattended_ssh(environ, configured)

    assert got == {"GIT_SSH_COMMAND": command}


def test_a_program_of_the_user_instead_of_ssh_stays() -> None:
    assert with_unattended_ssh({"GIT_SSH": "/usr/bin/plink"}, {})[1] == {}


def test_slow_transfers_end_unless_the_user_has_said_when() -> None:
    assert with_unattended_ssh({}, {})[0] == ("-c", "http.lowspeedlimit=1000", "-c", "http.lowspeedtime=30")
    assert with_unattended_ssh({}, {"http.lowspeedlimit": "1", "http.lowspeedtime": "9"})[0] == ()
    environ = {"GIT_HTTP_LOW_SPEED_LIMIT": "1", "GIT_HTTP_LOW_SPEED_TIME": "9"}
    assert with_unattended_ssh(environ, {})[0] == ()


def test_what_git_is_given_and_answers(stand_in: Callable[[str], None], tmp_path: Path) -> None:
    stand_in('cat; echo "$@"; test -t 0 && echo terminal; exit 0')

    told = Git(dict(os.environ)).run("say", "it", at=tmp_path, stdin="größe\n")

    assert told == f"größe\n-C {tmp_path} {' '.join(CONFIGURATION)} -c http.lowspeedlimit=1000 -c http.lowspeedtime=30 say it\n"


def test_a_failure_has_gits_last_words_without_credentials(stand_in: Callable[[str], None], tmp_path: Path) -> None:
    stand_in("echo 'fatal: unable to access https://me:tok3n@example.com/x.git/: Could not resolve host' >&2; exit 128")

    with pytest.raises(Failure) as caught:
        Git(dict(os.environ)).run("-c", "a=b", "fetch", "origin", at=tmp_path)

    words = f"git fetch failed in {tmp_path}: fatal: unable to access https://***@example.com/x.git/: Could not resolve host"
    assert caught.value.what.rstrip(".") == words
    assert caught.value.state == "Nothing was changed."
    assert caught.value.remedy == "The remote could not be reached: check the network and the remote, and run again."


def test_a_missing_git_is_said(tmp_path: Path) -> None:
    with pytest.raises(Failure, match=r"git was not found.*Install git"):
        Git({"PATH": str(tmp_path)}).run("version", at=tmp_path)


def test_a_wait_is_said_and_ends_in_time_with_all_children(stand_in: Callable[[str], None], tmp_path: Path) -> None:
    # a child that doesn't listen, and that keeps the output open
    stand_in(f"(trap '' TERM; mkfifo {tmp_path}/alive; echo x > {tmp_path}/alive) & sleep 600")
    said: list[str] = []

    outcome = Git(dict(os.environ), progress=said.append, timeout=1.5).attempt("push", at=tmp_path, label="git push of estate")

    assert outcome.timed_out
    assert outcome.code < 0
    assert said == ["Waiting for git push of estate: 1 s of at most 2 s"]
    with pytest.raises(OSError, match=r"No such device"):  # nobody has the other end open any more
        os.open(tmp_path / "alive", os.O_WRONLY | os.O_NONBLOCK)


def test_a_process_left_in_the_background_keeps_nobody_waiting(stand_in: Callable[[str], None], tmp_path: Path) -> None:
    stand_in(f"sleep 600 & echo $! > {tmp_path}/pid; echo done")
    try:
        assert Git(dict(os.environ), timeout=60).run("commit", at=tmp_path) == "done\n"
    finally:
        os.kill(int((tmp_path / "pid").read_text()), 9)


def test_a_lock_is_had_by_one_at_a_time_and_waiting_is_bounded_and_said(tmp_path: Path) -> None:
    said: list[str] = []
    one, two = Git({}), Git({}, progress=said.append)
    order: list[str] = []

    with locked(tmp_path / "lock", one, "estate"):
        with (
            pytest.raises(Failure, match="Another process is still at work on estate"),
            locked(tmp_path / "lock", two, "estate", patience=1.1),
        ):
            pass

        def second() -> None:
            with locked(tmp_path / "lock", two, "estate"):
                order.append("second")

        thread = threading.Thread(target=second)
        thread.start()
        order.append("first")
    thread.join()

    assert order == ["first", "second"]
    assert said[0] == "Waiting for another run at work on estate: 1 s of at most 1 s"


def test_a_lock_file_that_was_removed_meanwhile_is_made_anew(tmp_path: Path) -> None:
    with locked(tmp_path / "lock", Git({}), "estate"):
        (tmp_path / "lock").unlink()
        with locked(tmp_path / "lock", Git({}), "estate", patience=1.0):
            assert (tmp_path / "lock").exists()


def test_a_command_of_a_killed_run_keeps_the_lock_until_it_ends(stand_in: Callable[[str], None], tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "gate")
    stand_in(f"cat {tmp_path}/gate")
    collections = Path(__file__).parents[3] / "collections"
    subprocess.run(
        [sys.executable, "-c", KILLED, str(tmp_path)],
        env={**os.environ, "PYTHONPATH": str(collections), "PYTHONDONTWRITEBYTECODE": "1"},
        check=False,
    )

    with pytest.raises(Failure), locked(tmp_path / "lock", Git({}), "estate", patience=0.0):
        pass
    (tmp_path / "gate").write_text("go on\n")
    with locked(tmp_path / "lock", Git({}), "estate"):
        pass
