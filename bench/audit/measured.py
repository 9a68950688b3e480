# SPDX-License-Identifier: GPL-3.0-or-later
"""Runs a program of the bench in a process of its own, so that its start and its memory can be told."""

from __future__ import annotations

import dataclasses
import json
import os
import sys
from pathlib import Path
from typing import Any

from ...demo.declarations import ROOT
from ..measured import run

PACKAGE = "ansible_collections.lotus_lake.secrets.bench.audit"


@dataclasses.dataclass(frozen=True)
class Measured:
    """What a program printed, how long it took with and without its start, and the largest memory of one process in MB."""

    data: dict[str, Any]
    seconds: float
    without_start: float
    megabytes: float


def python(module: str, *arguments: str, folder: Path) -> Measured:
    """Run one of this package's modules, which prints JSON with ``seconds``, on its last line."""
    environ = {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}
    done = run(
        [sys.executable, "-m", f"{PACKAGE}.{module}", *arguments],
        environ={**environ, "PYTHONPATH": str(ROOT / "collections")},
        cwd=folder,
        log=folder / f"{module}.log",
    )
    data = json.loads(done.output.splitlines()[-1])
    return Measured(data, done.seconds, data["seconds"], done.megabytes)
