# SPDX-License-Identifier: GPL-3.0-or-later
"""See RULE."""

from __future__ import annotations

import datetime
from collections.abc import Iterator

from ... import duration
from ...rotation.plans import retire_due
from ...rotation.states import State
from ..evidence import Evidence
from ..finding import Finding, Severity
from ..rule import Rule

A_NIGHT = datetime.timedelta(hours=25)


def look(evidence: Evidence) -> Iterator[Finding]:
    for name, held in evidence.held.items():
        assessment = held.candidate.assessment
        where = evidence.of_master(name)
        if assessment.state is State.SWITCHED and assessment.outgoing:
            late = evidence.now - retire_due(held.candidate, evidence.now)
            if late >= A_NIGHT:
                yield Finding(where, f"{assessment.outgoing.access_key_id} should have been retired {duration.show(late)} ago")
        elif assessment.state is State.STAGED and assessment.target and assessment.target.born:
            waits = evidence.now - assessment.target.born
            if waits >= A_NIGHT:
                yield Finding(where, f"{assessment.target.access_key_id} has waited for {duration.show(waits)} to be used")


RULE = Rule(
    id="age-long-overlap",
    severity=Severity.WARNING,
    title="A rotation that no run has finished",
    why="Two keys work where one should, and the older may be the one that somebody else knows.",
    mend="ansible-playbook rotate.yml",
    look=look,
)
