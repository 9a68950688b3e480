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
        if target.secret_key in (target.access_key_id, name):
            mend = f"ansible-playbook rotate.yml -e identity={name} -e min_age=0"
            yield Finding(evidence.of_master(name), "its secret key is a name that everybody knows", mend)


RULE = Rule(
    id="strength-equals-id",
    severity=Severity.ERROR,
    title="A secret key that equals its access key id or identity",
    why="Access key ids are public.",
    mend="ansible-playbook rotate.yml -e identity=NAME -e min_age=0",
    look=look,
)
