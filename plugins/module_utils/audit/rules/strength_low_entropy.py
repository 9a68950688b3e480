# SPDX-License-Identifier: GPL-3.0-or-later
"""See RULE."""

from __future__ import annotations

from collections.abc import Iterator

from .. import guessing
from ..evidence import Evidence
from ..finding import Finding, Severity
from ..rule import Rule


def look(evidence: Evidence) -> Iterator[Finding]:
    for held, target in evidence.targets():
        name = held.declared.name
        known = (name, target.access_key_id, *held.declared.buckets)
        if not target.reference and guessing.is_easy(target.secret_key, known):
            what = f"the secret key of {target.access_key_id} takes fewer than 10^{guessing.MAGNITUDE} tries"
            yield Finding(evidence.of_master(name), what, f"ansible-playbook rotate.yml -e identity={name} -e min_age=0")


RULE = Rule(
    id="strength-low-entropy",
    severity=Severity.WARNING,
    title="A secret key that is easy to guess",
    why="It was typed by a person, or is a placeholder. Whoever has seen one signed request can try keys without asking S3.",
    mend="ansible-playbook rotate.yml -e identity=NAME -e min_age=0",
    look=look,
)
