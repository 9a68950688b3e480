# SPDX-License-Identifier: GPL-3.0-or-later
"""See RULE."""

from __future__ import annotations

from collections.abc import Iterator

from ..evidence import Evidence
from ..finding import Finding, Severity
from ..rule import Rule


def look(evidence: Evidence) -> Iterator[Finding]:
    declared = {identity.name for identity in evidence.estate.identities}
    for identity in evidence.master:
        if identity.name not in declared:
            what = f"{len(identity.credentials)} of its credentials are in the master, and the estate does not know it"
            yield Finding(evidence.of_master(identity.name), what)


RULE = Rule(
    id="sync-undeclared-identity",
    severity=Severity.WARNING,
    title="An identity in the master that the estate does not declare",
    why="Nobody rotates it, and nobody knows who uses it.",
    mend="Declare it under identities in the estate, or remove it from the master and restart SeaweedFS.",
    look=look,
)
