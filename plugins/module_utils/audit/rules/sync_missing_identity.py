# SPDX-License-Identifier: GPL-3.0-or-later
"""See RULE."""

from __future__ import annotations

from collections.abc import Iterator

from ..evidence import Evidence
from ..finding import Finding, Severity
from ..rule import Rule


def look(evidence: Evidence) -> Iterator[Finding]:
    there = {identity.name for identity in evidence.master}
    for identity in evidence.estate.identities:
        if identity.name not in there:
            yield Finding(evidence.of_master(identity.name), "the master does not have it")


RULE = Rule(
    id="sync-missing-identity",
    severity=Severity.ERROR,
    title="An identity that is declared and not in the master",
    why="Whatever its copies hold is refused.",
    mend="Add it to the master with sops edit, or take it out of the estate.",
    look=look,
)
