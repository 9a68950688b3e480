# SPDX-License-Identifier: GPL-3.0-or-later
"""See RULE."""

from __future__ import annotations

from collections.abc import Iterator

from ..evidence import Evidence
from ..finding import Finding, Severity
from ..rule import Rule


def look(evidence: Evidence) -> Iterator[Finding]:
    for held, target in evidence.targets():
        name = held.declared.name
        before = None if target.reference else evidence.earlier_use(name, target)
        if before:
            what = f"its secret key {evidence.fingerprints.of(target.secret_key)} {before}"
            yield Finding(evidence.of_master(name), what, f"ansible-playbook rotate.yml -e identity={name} -e min_age=0")


RULE = Rule(
    id="strength-reused",
    severity=Severity.WARNING,
    title="A secret key that was in use before",
    why="It was replaced for a reason, and whoever had it then has it again. A rollback does this too.",
    mend="ansible-playbook rotate.yml -e identity=NAME -e min_age=0",
    look=look,
)
