# SPDX-License-Identifier: GPL-3.0-or-later
"""See RULE."""

from __future__ import annotations

from collections.abc import Iterator

from ...rotation.states import State
from ..evidence import Evidence
from ..finding import Finding, Severity
from ..rule import Rule


def look(evidence: Evidence) -> Iterator[Finding]:
    there = {identity.name for identity in evidence.master}
    for name, held in evidence.held.items():
        assessment = held.candidate.assessment
        if assessment.state is State.INVALID and name in there:
            yield Finding(evidence.of_master(name), "; ".join(assessment.reasons))


RULE = Rule(
    id="sync-invalid-identity",
    severity=Severity.ERROR,
    title="An identity that no run can work with",
    why="It is left out of every rotation until a person has looked at it.",
    mend="Do what the finding says, with sops edit of the master.",
    look=look,
)
