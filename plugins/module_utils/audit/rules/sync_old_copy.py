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
        target = held.candidate.assessment.target
        for copy in held.candidate.assessment.behind if target else ():
            what = f"it holds {copy.access_key_id}, and {target.access_key_id if target else ''} waits to be used"
            yield Finding(evidence.where(places[copy.place].access_key, name), what)


RULE = Rule(
    id="sync-old-copy",
    severity=Severity.NOTE,
    title="A copy with the old key of a rotation that is under way",
    why="It works until the old key is retired, which no run does before the copy has the new one.",
    mend="ansible-playbook rotate.yml",
    look=look,
)
