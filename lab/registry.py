# SPDX-License-Identifier: GPL-3.0-or-later
"""Which labs there are on this machine: a file each, with what it takes to end it, whoever started it."""

from __future__ import annotations

import contextlib
import dataclasses
import fcntl
import json
import os
import subprocess
from collections.abc import Iterator
from pathlib import Path

from ..demo.atomic import replace
from ..demo.processes import born
from .building import cache
from .machine import program

FOLDER = Path("/run")
NAME = "lotus_lake.secrets-lab-{}.json"
NUMBERS = range(200, 250)


@dataclasses.dataclass(frozen=True)
class Process:
    """A process, told apart from a later one with the same id."""

    pid: int
    born: str

    @classmethod
    def of(cls, pid: int) -> Process:
        return cls(pid, born(pid))

    @property
    def runs(self) -> bool:
        return born(self.pid) == self.born != ""


@dataclasses.dataclass(frozen=True)
class Entry:
    """One lab.

    Attributes:
        number: It has the addresses 10.<number>.0.0/16.
        folder: Where all its files are.
        first: The process that everything in the lab ends with; None before it is started.
        owner: Whose end is the lab's end too; None where it is to stay until somebody ends it.
    """

    number: int
    folder: Path
    first: Process | None = None
    owner: Process | None = None

    @property
    def file(self) -> Path:
        return FOLDER / NAME.format(self.number)

    @property
    def is_left_behind(self) -> bool:
        return self.owner is not None and not self.owner.runs

    def write(self) -> Entry:
        replace(self.file, json.dumps({**dataclasses.asdict(self), "folder": str(self.folder)}) + "\n")
        return self

    def forget(self) -> None:
        self.file.unlink(missing_ok=True)


def entries() -> list[Entry]:
    """All labs of this machine."""
    found = []
    for file in sorted(FOLDER.glob(NAME.format("*"))):
        # one that is just being removed
        with contextlib.suppress(FileNotFoundError):
            found.append(_read(json.loads(file.read_text())))
    return found


@contextlib.contextmanager
def alone() -> Iterator[None]:
    """Nobody else claims a number or clears up meanwhile."""
    cache().mkdir(parents=True, exist_ok=True)
    with (cache() / "lab.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def claim(folder: Path) -> Entry:
    """Take the first number whose addresses nobody uses here, for this process. Only within ``alone``.

    Raises:
        RuntimeError: All are in use.
    """
    routes = subprocess.run(
        [program("ip"), "-4", "route", "show", "table", "all"], capture_output=True, text=True, check=True
    ).stdout
    taken = {entry.number for entry in entries()}
    for number in NUMBERS:
        if number not in taken and f" 10.{number}." not in f" {routes}".replace("\n", " "):
            return Entry(number, folder, owner=Process.of(os.getpid())).write()
    raise RuntimeError(f"No network is free for a lab: 10.{NUMBERS[0]}.0.0/16 to 10.{NUMBERS[-1]}.0.0/16 are all in use.")


def _read(held: dict[str, object]) -> Entry:
    def process(name: str) -> Process | None:
        found = held[name]
        return Process(int(found["pid"]), str(found["born"])) if isinstance(found, dict) else None

    return Entry(int(str(held["number"])), Path(str(held["folder"])), process("first"), process("owner"))
