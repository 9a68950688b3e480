# SPDX-License-Identifier: GPL-3.0-or-later
"""Two known secret scanners, put into build/bench when they are first needed."""

from __future__ import annotations

import dataclasses
import os
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

from ...demo.declarations import ROOT
from ...lab.building import go
from ..measured import Run, run

FOLDER = ROOT / "build" / "bench"
REQUIREMENTS = ROOT / "bench" / "audit" / "requirements.txt"
GITLEAKS = "github.com/zricethezav/gitleaks/v8@v8.30.0"


@dataclasses.dataclass(frozen=True)
class Scanner:
    """A program that looks through a history; ``{repository}`` and ``{report}`` stand in its command.

    Attributes:
        name: How the table calls it.
        command: All its rules, and the whole history.
    """

    name: str
    command: Sequence[str]

    def scan(self, repository: Path, folder: Path) -> tuple[Run, str]:
        """Scan a repository; the run and the report."""
        report = folder / f"{self.name}.json"
        filled = [word.format(repository=repository, report=report) for word in self.command]
        environ = {"PATH": os.environ.get("PATH", os.defpath), "HOME": str(FOLDER)}
        done = run(filled, environ=environ, cwd=folder, log=folder / f"{self.name}.log")
        return done, report.read_text()


def kingfisher() -> Scanner:
    """From PyPI."""
    environment = FOLDER / "kingfisher"
    program = environment / "bin" / "kingfisher"
    if not program.exists():
        subprocess.run([sys.executable, "-m", "venv", str(environment)], check=True)
        pip = [str(environment / "bin" / "pip"), "install", "--quiet", "--disable-pip-version-check", "--require-hashes"]
        subprocess.run([*pip, "--no-deps", "-r", str(REQUIREMENTS)], check=True)
    how = ("--no-validate", "--no-dedup", "--confidence=low", "--format=json", "--no-update-check", "--output={report}")
    # from 200 on an exit code says that something was found
    shell = ["/bin/sh", "-c", '"$@"; code=$?; [ $code -eq 0 ] || [ $code -ge 200 ]', "sh"]
    return Scanner("kingfisher", [*shell, str(program), "scan", *how, "{repository}"])


def gitleaks() -> Scanner | None:
    """Built by Go; None where there is no Go."""
    program = FOLDER / "gitleaks"
    if not program.exists():
        builder = go()
        if builder is None:
            return None
        environ = {**os.environ, "GOBIN": str(FOLDER), "GOPATH": str(FOLDER / "go"), "GOFLAGS": "-modcacherw"}
        subprocess.run([builder, "install", GITLEAKS], env=environ, check=True)
    how = ("--no-banner", "--redact=0", "--exit-code=0", "--report-format=json", "--report-path={report}", "--log-opts=--all")
    return Scanner("gitleaks", [str(program), "git", *how, "{repository}"])
