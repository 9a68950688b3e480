# SPDX-License-Identifier: GPL-3.0-or-later
"""See RULE."""

from __future__ import annotations

from collections.abc import Iterator

from ..evidence import Evidence
from ..finding import Finding, Severity, Where
from ..rule import Rule


def look(evidence: Evidence) -> Iterator[Finding]:
    for name, checkout in evidence.checkouts.items():
        if checkout.on_branch != checkout.branch:
            there = checkout.on_branch or "no branch"
            yield Finding(
                Where(name), f"the checkout is on {there}, and runs push to {checkout.branch}", f"git switch {checkout.branch}"
            )


RULE = Rule(
    id="repositories-branch",
    severity=Severity.NOTE,
    title="A checkout on another branch",
    why="It is not brought up to what runs push, and a commit made in it goes elsewhere.",
    mend="git switch BRANCH",
    look=look,
)
