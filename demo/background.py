# SPDX-License-Identifier: GPL-3.0-or-later
"""The processes that an estate leaves running: started here, written down, and ended by their ids."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

from .atomic import replace
from .client import services_of, write_config
from .declarations import ROOT
from .estate import EmbeddedEstate
from .processes import born, end
from .seaweedfs import SeaweedFS

PACKAGE = "ansible_collections.lotus_lake.secrets.demo"


def start_follower(estate: EmbeddedEstate, server: SeaweedFS) -> subprocess.Popen[bytes]:
    """Start a follower that gives a running SeaweedFS the estate's identities."""
    arguments = (str(estate.folder), estate.name, str(server.config), str(server.pid))
    return _start("follower", arguments, estate.folder / "follower")


def start_client(estate: EmbeddedEstate, endpoint: str) -> subprocess.Popen[bytes]:
    """Start the services of all copies; ``counts_of`` says where they count. The follower has mounted their Secrets before."""
    folder = estate.folder / "client"
    write_config(folder / "config.json", endpoint, services_of(estate), counts_of(estate))
    return _start("client", (str(folder / "config.json"),), folder)


def counts_of(estate: EmbeddedEstate) -> Path:
    """The file in which the client counts."""
    return estate.folder / "client" / "counts.json"


def _start(module: str, arguments: tuple[str, ...], folder: Path) -> subprocess.Popen[bytes]:
    folder.mkdir(parents=True, exist_ok=True)
    path = os.pathsep.join(filter(None, [str(ROOT / "collections"), os.environ.get("PYTHONPATH")]))
    with (folder / "log").open("ab") as log:
        return subprocess.Popen(
            [sys.executable, "-m", f"{PACKAGE}.{module}", *arguments],
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=log,
            # Ctrl-C at the terminal is for the demo, which then ends them
            start_new_session=True,
            cwd=folder,
            env={**os.environ, "PYTHONPATH": path},
        )


class Ledger:
    """The processes that are to be ended with an estate, in a file in its folder."""

    def __init__(self, folder: Path) -> None:
        self._file = folder / "processes.json"

    def add(self, name: str, pid: int, *, at_once: bool = False, leaves: tuple[Path, ...] = ()) -> None:
        """Write a process down.

        Args:
            at_once: End it by SIGKILL.
            leaves: Files and folders elsewhere that go with it.
        """
        entry = {"name": name, "pid": pid, "born": born(pid), "at_once": at_once, "leaves": [str(path) for path in leaves]}
        replace(self._file, json.dumps([*self._entries(), entry], indent=2) + "\n")

    def running(self) -> dict[str, int]:
        """Those of them that still run: their process ids by name."""
        return {entry["name"]: entry["pid"] for entry in self._entries() if born(entry["pid"]) == entry["born"] != ""}

    def end(self) -> list[str]:
        """End those that still run, the last first, and return their names."""
        ended = []
        for entry in reversed(self._entries()):
            if end(entry["pid"], entry["born"], at_once=entry["at_once"]):
                ended.append(entry["name"])
            for path in map(Path, entry["leaves"]):
                if path.is_dir():
                    shutil.rmtree(path, ignore_errors=True)
                else:
                    path.unlink(missing_ok=True)
        self._file.unlink(missing_ok=True)
        return ended

    def _entries(self) -> list[dict[str, Any]]:
        try:
            entries: list[dict[str, Any]] = json.loads(self._file.read_text())
        except FileNotFoundError:
            return []
        return entries
