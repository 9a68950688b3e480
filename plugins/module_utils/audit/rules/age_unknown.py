# SPDX-License-Identifier: GPL-3.0-or-later
"""See RULE."""

from __future__ import annotations

from collections.abc import Iterator

from ..evidence import Evidence
from ..finding import Finding, Severity
from ..rule import Rule


def look(evidence: Evidence) -> Iterator[Finding]:
    for held, target in evidence.targets():
        if target.born is None or target.maybe_older:
            name = held.declared.name
            known = f", at least since {target.born:%Y-%m-%d}" if target.born else ""
            what = f"nobody can tell how old {target.access_key_id} is{known}"
            yield Finding(evidence.of_master(name), what, f"ansible-playbook rotate.yml -e identity={name} -e min_age=0")


RULE = Rule(
    id="age-unknown",
    severity=Severity.NOTE,
    title="A credential whose age nobody can tell",
    why="The history of the file begins after the credential was made, so that max_age can't be applied.",
    mend="ansible-playbook rotate.yml -e identity=NAME -e min_age=0",
    look=look,
)
