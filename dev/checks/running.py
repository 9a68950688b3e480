# SPDX-License-Identifier: GPL-3.0-or-later
"""Runs checks side by side, and tells of each as a whole."""

from __future__ import annotations

import dataclasses
import os
import subprocess
import sys
import time
from collections.abc import Sequence
from pathlib import Path
from typing import IO
from xml.etree import ElementTree

from .declared import Check
from .places import HOME, LOGS, ROOT

# Settings of whoever runs the checks that would change what they see.
_FOREIGN = ("ANSIBLE_", "AWS_", "GIT_", "KUBE", "MOLECULE_", "PYTEST_", "SOPS_", "VIRTUAL_ENV")
_SAY_SOMETHING_AFTER = 30.0


@dataclasses.dataclass(frozen=True)
class Outcome:
    """How a check went.

    Attributes:
        check: Which.
        seconds: How long it took.
        passed, failed, skipped: Numbers of tests; a check that is not pytest counts as one.
        reasons: Why tests were skipped, each reason once.
    """

    check: Check
    seconds: float
    passed: int = 0
    failed: int = 0
    skipped: int = 0
    reasons: tuple[str, ...] = ()

    @property
    def word(self) -> str:
        return "FAILED" if self.failed else "ok" if self.passed else "not run"

    @property
    def counts(self) -> str:
        """The three numbers in the form that test runners use."""
        return f"{self.passed} passed, {self.failed} failed" + (f", {self.skipped} skipped" if self.skipped else "")


@dataclasses.dataclass
class _Running:
    check: Check
    process: subprocess.Popen[bytes]
    log: Path
    began: float
    last_said: float


def environment_of(check: Check) -> dict[str, str]:
    """The environment variables for a check: the programs of its environment first, a home of its own, nobody's settings."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith(_FOREIGN)}
    path = f"{check.programs}{os.pathsep}{kept.get('PATH', os.defpath)}"
    return {
        **kept,
        "PATH": path,
        "HOME": str(HOME),
        "LC_ALL": "C.UTF-8",
        "PYTHONUNBUFFERED": "1",
        **dict(check.variables),
    }


def run_one(check: Check, arguments: Sequence[str]) -> Outcome:
    """Run a check with its output going straight to the terminal.

    Args:
        arguments: To add to its command.
    """
    began = time.monotonic()
    if not check.programs.is_dir():
        return Outcome(check, 0.0, skipped=1)
    status = _start(check, None, arguments).wait()
    return _outcome(check, status, began)


def run_all(checks: Sequence[Check]) -> list[Outcome]:
    """Run checks, as many at once as the machine has cores for, and print each one's line, and its output where it failed."""
    waiting = [check for check in checks if check.programs.is_dir()]
    outcomes = [Outcome(check, 0.0, skipped=1) for check in checks if check not in waiting]
    for outcome in outcomes:
        _tell(outcome)
    running: list[_Running] = []
    try:
        while waiting or running:
            _start_what_fits(waiting, running)
            time.sleep(0.05)
            for one in list(running):
                status = one.process.poll()
                if status is None:
                    _say_that_it_runs(one)
                    continue
                running.remove(one)
                outcome = _outcome(one.check, status, one.began)
                _tell(outcome, one.log)
                outcomes.append(outcome)
    finally:
        for one in running:
            one.process.terminate()
    return outcomes


def _start_what_fits(waiting: list[Check], running: list[_Running]) -> None:
    cores = os.cpu_count() or 1
    for check in list(waiting):
        busy = sum(one.check.cores for one in running)
        if busy and busy + check.cores > cores:
            continue
        waiting.remove(check)
        log = LOGS / f"{check.name}.log"
        with log.open("wb") as output:
            process = _start(check, output, ())
        now = time.monotonic()
        running.append(_Running(check, process, log, now, now))


def _start(check: Check, output: IO[bytes] | None, arguments: Sequence[str]) -> subprocess.Popen[bytes]:
    command = [str(check.programs / check.command[0]), *check.command[1:]]
    if check.junit is not None:
        check.junit.unlink(missing_ok=True)
        command.append(f"--junitxml={check.junit}")
    environment = environment_of(check)
    if output is not None or not sys.stdout.isatty():
        environment["NO_COLOR"] = "1"
    return subprocess.Popen(
        [*command, *arguments],
        cwd=ROOT,
        env=environment,
        stdin=subprocess.DEVNULL,
        stdout=output,
        stderr=None if output is None else subprocess.STDOUT,
    )


def _outcome(check: Check, status: int, began: float) -> Outcome:
    seconds = time.monotonic() - began
    if check.junit is None or not check.junit.exists():
        return Outcome(check, seconds, passed=int(status == 0), failed=int(status != 0))
    total = failed = skipped = 0
    root = ElementTree.parse(check.junit).getroot()
    for suite in root.iter("testsuite"):
        total += int(suite.get("tests", 0))
        failed += int(suite.get("failures", 0)) + int(suite.get("errors", 0))
        skipped += int(suite.get("skipped", 0))
    passed = max(total - failed - skipped, 0)
    if status and not failed:
        failed = 1  # pytest itself failed, or found no test
    reasons = tuple(dict.fromkeys(one.get("message", "") for one in root.iter("skipped")))
    return Outcome(check, seconds, passed, failed, skipped, reasons)


def _tell(outcome: Outcome, log: Path | None = None) -> None:
    check = outcome.check
    title = check.title if check.junit is None or log is None else f"{check.title}: {outcome.counts}"
    print(f"{outcome.word:8}{outcome.seconds:6.1f} s  {check.name:20}{title}", flush=True)
    for reason in outcome.reasons:
        print(f"        skipped: {reason}", flush=True)
    if log is None:
        print("        There is no Python here that it could run with.", flush=True)
    elif outcome.failed:
        for line in log.read_text(errors="replace").splitlines():
            print(f"        {line}".rstrip())
        sys.stdout.flush()


def _say_that_it_runs(one: _Running) -> None:
    now = time.monotonic()
    if now - one.last_said > _SAY_SOMETHING_AFTER:
        one.last_said = now
        print(f"        {one.check.name} is running, for {now - one.began:.0f} s now", flush=True)
