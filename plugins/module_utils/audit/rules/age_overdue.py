# SPDX-License-Identifier: GPL-3.0-or-later
"""See RULE."""

from __future__ import annotations

from collections.abc import Iterator

from ... import duration
from ..evidence import Evidence
from ..finding import Finding, Severity
from ..rule import Rule


def look(evidence: Evidence) -> Iterator[Finding]:
    for held, target in evidence.targets():
        name, limit = held.declared.name, held.candidate.rules.max_age
        if target.born and limit and evidence.now - target.born >= limit:
            age = duration.show(evidence.now - target.born)
            what = f"{target.access_key_id} is {age} old, and max_age is {duration.show(limit)}"
            yield Finding(evidence.of_master(name), what, f"ansible-playbook rotate.yml -e identity={name}")


RULE = Rule(
    id="age-overdue",
    severity=Severity.WARNING,
    title="A credential older than max_age",
    why="The longer a key lives, the more places know it. Where this stays, the nightly rotation does not run.",
    mend="ansible-playbook rotate.yml",
    look=look,
)
