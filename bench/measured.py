# SPDX-License-Identifier: GPL-3.0-or-later
"""Times of commands and calls, and the table of what was measured."""

from __future__ import annotations

import dataclasses
import json
import statistics
import subprocess
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

LAUNCHED = Path(__file__).parent / "launched.py"


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
    report = log.with_suffix(".used.json")
    with log.open("wb") as output:
        subprocess.run(
            [sys.executable, "-I", "-S", str(LAUNCHED), str(report), *command],
            env=environ,
            cwd=cwd,
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
            check=True,
        )
    used = json.loads(report.read_text())
    text = log.read_text(errors="replace")
    if used["code"]:
        raise RuntimeError(f"{' '.join(command)} ended with {used['code']}:\n{text[-3000:]}")
    return Run(used["seconds"], used["computed"], used["megabytes"], text)


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
