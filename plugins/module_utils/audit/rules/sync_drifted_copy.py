# SPDX-License-Identifier: GPL-3.0-or-later
"""See RULE."""

from __future__ import annotations

from collections.abc import Iterator

from ..evidence import Evidence
from ..finding import Finding, Severity
from ..rule import Rule


def look(evidence: Evidence) -> Iterator[Finding]:
    for name, held in evidence.held.items():
        places = {str(copy): copy for copy in held.declared.copies}
        assessment = held.candidate.assessment
        for copy, reason in zip(assessment.drifted, assessment.reasons, strict=False):
            yield Finding(evidence.where(places[copy.place].access_key, name), reason)


RULE = Rule(
    id="sync-drifted-copy",
    severity=Severity.ERROR,
    title="A copy that the master does not accept",
    why="The service that reads it is refused by S3 with 403.",
    mend="ansible-playbook sync.yml",
    look=look,
)
