# SPDX-License-Identifier: GPL-3.0-or-later
"""See RULE."""

from __future__ import annotations

from collections.abc import Iterator

from ..evidence import Evidence
from ..finding import Finding, Severity
from ..rule import Rule


def look(evidence: Evidence) -> Iterator[Finding]:
    for held, target in evidence.targets():
        name, wanted = held.declared.name, held.declared.secret_length
        if not target.reference and len(target.secret_key) < wanted:
            what = f"the secret key of {target.access_key_id} is shorter than the {wanted} characters of the policy"
            yield Finding(evidence.of_master(name), what, f"ansible-playbook rotate.yml -e identity={name} -e min_age=0")


RULE = Rule(
    id="strength-short",
    severity=Severity.WARNING,
    title="A secret key shorter than the policy says",
    why="It can be guessed with less work than was agreed on.",
    mend="ansible-playbook rotate.yml -e identity=NAME -e min_age=0",
    look=look,
)
