# SPDX-License-Identifier: GPL-3.0-or-later
"""Checkouts that can't be written, disks that are full, and pushes that are refused."""

from __future__ import annotations

import dataclasses
import os
import shutil
import subprocess
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest
from ansible_collections.lotus_lake.secrets.demo.declarations import ROOT
from ansible_collections.lotus_lake.secrets.demo.playbook import environment, programs
from ansible_collections.lotus_lake.secrets.demo.programs import git
from ansible_collections.lotus_lake.secrets.tests.fixtures.git_lab import hook
from ansible_collections.lotus_lake.secrets.tests.fixtures.quick_estate import DELIVERY, FIRST, SECOND, WHO, QuickEstate, Running

Operator = Any


class InMounts(QuickEstate):
    """Runs playbooks in a mount namespace of their own, which a shell line prepares, and another one looks at afterwards."""

    preparation = ""
    afterwards = ":"

    def run(self, playbook: str, *arguments: str, environ: Mapping[str, str] | None = None, log: str = "") -> Running:
        file = self.log(log)
        line = f'{self.preparation} && {{ "$0" "$@"; code=$?; {self.afterwards}; exit $code; }}'
        with file.open("wb") as output:
            process = subprocess.Popen(
                ["unshare", "-m", "sh", "-c", line, str(programs() / "ansible-playbook"), playbook, *arguments],
                cwd=ROOT,
                env={**environment(self.estate), **DELIVERY, **(environ or {})},
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=output,
                start_new_session=True,
            )
        process.wait(120)
        return Running(process, file)


def _in_mounts(operator: Operator, preparation: str, afterwards: str = ":") -> Operator:
    may = os.geteuid() == 0 and shutil.which("unshare")
    if not may or subprocess.run(["unshare", "-m", "true"], check=False, capture_output=True).returncode:
        pytest.skip("a mount namespace of one's own needs root and unshare")
    prepared = InMounts(operator.quick.estate, operator.quick.server)
    object.__setattr__(prepared, "preparation", preparation)
    object.__setattr__(prepared, "afterwards", afterwards)
    return dataclasses.replace(operator, quick=prepared)


def test_a_shallow_checkout_is_refused_since_a_credential_would_look_young(operator: Operator) -> None:
    checkout = operator.quick.estate.checkout(FIRST)
    git(checkout, "fetch", "--quiet", "--depth=1", "origin")
    operator.is_refused(
        f"The checkout {checkout} of {FIRST} is shallow",
        "Nothing was changed.",
        f"git -C {checkout} fetch --unshallow",
    )
    git(checkout, "fetch", "--quiet", "--unshallow", "origin")
    operator.finishes()


def test_a_checkout_whose_git_folder_cannot_be_written_is_refused(operator: Operator) -> None:
    folder = operator.quick.estate.checkout(SECOND) / ".git"
    read_only = _in_mounts(operator, f"mount --bind '{folder}' '{folder}' && mount -o remount,bind,ro '{folder}'")
    read_only.is_refused(
        SECOND,
        "Read-only file system",
        "Nothing was changed.",
        "Make the repository's .git folder writable for this user, or give the repository a url instead of a checkout.",
    )
    operator.finishes()


@pytest.mark.parametrize("room", [0, 24], ids=lambda room: f"{room} KiB")
def test_a_full_disk_loses_nothing(operator: Operator, room: int) -> None:
    """The work folder on a disk of its own; with how much room decides which write fails."""
    work = Path(operator.quick.estate.declaration["work_folder"])
    work.mkdir(exist_ok=True)
    fill = f"mount -t tmpfs -o size=128k tmpfs '{work}' && head -c {128 - room}k /dev/zero > '{work}/filling' 2>/dev/null; true"
    full = _in_mounts(operator, fill)
    full.is_refused("space on that disk", "run again")
    operator.finishes()


FILLING = """
import os
from pathlib import Path
opened, written = os.open, []
def fill(file):
    with file.open("wb", buffering=0) as filling:
        try:
            while True:
                filling.write(b"x" * 1024)
        except OSError:
            pass
def open_(path, flags, *rest, **more):
    if flags & os.O_CREAT and str(path).endswith(".sops-new"):
        written.append(Path(path).parent)
        if len(written) == 2:
            Path({notes!r}).write_text("\\n".join(map(str, written)))
            fill(Path({work!r}, "filling"))
    return opened(path, flags, *rest, **more)
os.open = open_
"""


def test_a_disk_that_fills_up_between_two_files_of_a_step_loses_nothing(operator: Operator) -> None:
    """The copies are switched in one step: the first is written, and for the second there is no room any more."""
    estate = operator.quick.estate
    work, notes, left = Path(estate.declaration["work_folder"]), estate.folder / "notes", estate.folder / "left"
    work.mkdir(exist_ok=True)
    filling = estate.folder / "fills_up"
    filling.mkdir()
    (filling / "sitecustomize.py").write_text(FILLING.format(notes=str(notes), work=str(work)))
    full = _in_mounts(operator, f"mount -t tmpfs -o size=512k tmpfs '{work}'", f"find '{work}' -type f > '{left}'")

    full.fails("can't be written: No space left on device.", "The file is as it was.", environ={"PYTHONPATH": str(filling)})

    first, second = notes.read_text().splitlines()
    assert (FIRST in first, SECOND in second) == (True, True)
    assert [file for file in left.read_text().splitlines() if file.endswith(".sops-new") or "/worktrees/" in file] == []
    assert f"{work}/filling" in left.read_text().splitlines()
    old, new = operator.quick.credentials()
    assert operator.quick.copies() == [old, old]
    assert operator.quick.accepts(old)
    assert operator.quick.accepts(new)
    operator.finishes()


def test_a_push_that_the_server_refuses_is_told_with_its_words_and_what_was_pushed_before(operator: Operator) -> None:
    file = hook(operator.quick.estate.remote(SECOND), "pre-receive", "echo 'policy: ask the platform team' >&2; exit 1")
    operator.fails(
        f"push of {SECOND}",
        "policy: ask the platform team",
        f"Nothing was pushed to {SECOND}.",
        "A rule of the remote refused it",
    )
    old, new = operator.quick.credentials()
    assert operator.quick.copies()[1] == old
    assert operator.quick.accepts(old)
    assert operator.quick.accepts(new)
    file.unlink()
    operator.finishes()


def test_a_push_that_a_hook_of_the_operators_own_refuses_changes_nothing(operator: Operator) -> None:
    file = hook(operator.quick.estate.checkout(FIRST), "pre-push", "echo 'not on a Friday' >&2; exit 1")
    operator.is_refused(
        f"push of {FIRST}",
        "not on a Friday",
        f"Nothing was pushed to {FIRST}.",
        # what the table says is what the remote holds
        f"{WHO} current current {WHO}",
    )
    file.unlink()
    operator.finishes()


def test_a_commit_that_a_hook_refuses_changes_nothing(operator: Operator) -> None:
    file = hook(operator.quick.estate.checkout(FIRST), "pre-commit", "echo 'secrets are not committed here' >&2; exit 1")
    operator.is_refused(
        "The commit in repository-1 was refused: secrets are not committed here.", "Nothing was committed in repository-1."
    )
    file.unlink()
    operator.finishes()


def test_a_remote_that_is_gone_is_named(operator: Operator) -> None:
    estate = operator.quick.estate
    away = estate.remote(SECOND).rename(estate.folder / "away.git")
    operator.fails(SECOND, "could not be fetched", "Nothing was changed.", "Check the repository's address")
    away.rename(estate.remote(SECOND))
    assert estate.master()[WHO] == operator.quick.credentials()
    operator.finishes()
