# SPDX-License-Identifier: GPL-3.0-or-later
"""Times of commands and calls, and the table of what was measured."""

from __future__ import annotations

import dataclasses
import os
import statistics
import subprocess
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path


@dataclasses.dataclass(frozen=True)
class Run:
    """One run of a program: wall-clock seconds, those that it and its children computed, and the largest memory of one in MB."""

    seconds: float
    computed: float
    megabytes: float
    output: str


def run(command: Sequence[str], *, environ: Mapping[str, str], cwd: Path, log: Path) -> Run:
    """Run a program to its end.

    Raises:
        RuntimeError: It ended with another code than 0. The message has the end of its output.
    """
    with log.open("wb") as output:
        started = time.perf_counter()
        process = subprocess.Popen(
            command, env=environ, cwd=cwd, stdin=subprocess.DEVNULL, stdout=output, stderr=subprocess.STDOUT
        )
        _pid, status, used = os.wait4(process.pid, 0)
        seconds = time.perf_counter() - started
    process.returncode = os.waitstatus_to_exitcode(status)
    text = log.read_text(errors="replace")
    if process.returncode:
        raise RuntimeError(f"{' '.join(command)} ended with {process.returncode}:\n{text[-3000:]}")
    return Run(seconds, used.ru_utime + used.ru_stime, used.ru_maxrss / 1024, text)


def median(call: Callable[[], object], *, times: int) -> float:
    """The median of some calls in seconds, after one that isn't counted."""
    call()
    taken = []
    for _round in range(times):
        started = time.perf_counter()
        call()
        taken.append(time.perf_counter() - started)
    return statistics.median(taken)


def show_seconds(seconds: float) -> str:
    return f"{seconds * 1000:.2f} ms" if seconds < 0.1 else f"{seconds:.2f} s"


def table(header: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    """A Markdown table."""
    lines = [header, ["---"] * len(header), *rows]
    return "\n".join(f"| {' | '.join(cells)} |" for cells in lines)
