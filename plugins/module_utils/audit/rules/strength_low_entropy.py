# SPDX-License-Identifier: GPL-3.0-or-later
"""See RULE."""

from __future__ import annotations

from collections.abc import Iterator

from ..entropy import LEAST_BITS, bits
from ..evidence import Evidence
from ..finding import Finding, Severity
from ..rule import Rule


def look(evidence: Evidence) -> Iterator[Finding]:
    for held, target in evidence.targets():
        name = held.declared.name
        if not target.reference and bits(target.secret_key) < LEAST_BITS:
            what = f"the secret key of {target.access_key_id} repeats few characters"
            yield Finding(evidence.of_master(name), what, f"ansible-playbook rotate.yml -e identity={name} -e min_age=0")


RULE = Rule(
    id="strength-low-entropy",
    severity=Severity.WARNING,
    title="A secret key that is easy to guess",
    why="It was typed by a person, or is a placeholder.",
    mend="ansible-playbook rotate.yml -e identity=NAME",
    look=look,
)
