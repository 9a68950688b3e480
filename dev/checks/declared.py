# SPDX-License-Identifier: GPL-3.0-or-later
"""The list of the checks."""

from __future__ import annotations

import dataclasses
import os
from pathlib import Path

from .places import LOGS, ROOT

NEWEST = ROOT / ".venv" / "bin"
OLDEST = ROOT / ".venv-oldest" / "bin"


@dataclasses.dataclass(frozen=True)
class Check:
    """One check: a command that ends with 0 when all is well.

    Attributes:
        name: What ``make NAME`` runs it by.
        title: What it checks, for the list that is printed.
        command: Program and arguments, run in the root of the clone.
        programs: The environment that it runs in.
        group: A name that several checks share.
        cores: How many of the machine's cores it keeps busy; 0 where it waits most of the time.
        counted: Whether it is pytest by another program.
        variables: What is added to its environment.
    """

    name: str
    title: str
    command: tuple[str, ...]
    programs: Path = NEWEST
    group: str = ""
    cores: int = 1
    counted: bool = False
    variables: tuple[tuple[str, str], ...] = ()

    @property
    def junit(self) -> Path | None:
        """The file in which pytest counts its tests, None for other checks."""
        return LOGS / f"{self.name}.xml" if self.counted or "pytest" in self.command else None


def _module(name: str, *arguments: str) -> tuple[str, ...]:
    return ("python", "-m", name, *arguments)


def _pytest(*arguments: str) -> tuple[str, ...]:
    # one at a time: a worker that is given several in advance may be left with the long ones
    return _module("pytest", "-n", str(os.cpu_count() or 1), "--maxschedchunk", "1", *arguments)


# Those that take longest come first, so that the short ones fill the other core meanwhile. The cluster's tests go on beside all
# others: most of the time they wait for pods.
CHECKS = (
    Check(
        "cluster",
        "tests with Kubernetes, Flux and real pods",
        _module("dev.checks.cluster"),
        cores=0,
        counted=True,
    ),
    Check("molecule", "roles, by their molecule scenarios", _module("dev.checks.scenarios")),
    Check("sanity", "Ansible's sanity tests, every one of them", _module("dev.checks.sanity")),
    Check("ruff", "Python style and likely mistakes", ("ruff", "check"), group="lint"),
    Check("format", "Python formatting", ("ruff", "format", "--check"), group="lint"),
    Check("mypy", "types, strict", ("mypy",), group="lint"),
    Check("reuse", "licence and copyright of every file", ("reuse", "lint", "--lines"), group="lint"),
    Check("ansible-lint", "playbooks and roles, production profile", ("ansible-lint", "--offline"), group="lint"),
    Check("changelog", "changelog fragments", ("antsibull-changelog", "lint"), group="lint"),
    Check("docs-check", "examples, links, options and names in the documentation", _module("dev.checks.documentation")),
    Check("artifact", "the built collection, installed and asked for its documentation", _module("dev.checks.artifact")),
    Check(
        "browser",
        "the HTML report in headless Chromium",
        _module("dev.checks.browser"),
        counted=True,
    ),
    Check("unit", "unit tests", _pytest("tests/unit"), cores=2),
    Check("integration", "tests with real programs", _pytest("tests/integration"), cores=2),
    Check(
        "unit-oldest",
        "unit tests with the oldest Ansible and libraries",
        _pytest("tests/unit", "--ignore=tests/unit/dev"),
        OLDEST,
        "oldest",
        cores=2,
        # what libraries of another age do shows in a few examples; the search for odd ones is in "unit"
        variables=(("HYPOTHESIS_PROFILE", "few"),),
    ),
    Check(
        "integration-oldest",
        "a whole rotation with the oldest Ansible and libraries",
        _pytest("tests/integration", "-m", "oldest"),
        OLDEST,
        "oldest",
        cores=2,
    ),
)


def chosen(names: list[str]) -> list[Check]:
    """The checks with these names or groups, all where no name is given.

    Raises:
        KeyError: With a name that none has.
    """
    if not names:
        return list(CHECKS)
    known = {name for check in CHECKS for name in (check.name, check.group) if name}
    for name in names:
        if name not in known:
            raise KeyError(name)
    return [check for check in CHECKS if check.name in names or check.group in names]
