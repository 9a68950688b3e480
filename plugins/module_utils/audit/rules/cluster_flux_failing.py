# SPDX-License-Identifier: GPL-3.0-or-later
"""See RULE."""

from __future__ import annotations

from collections.abc import Iterator

from ..evidence import Evidence
from ..finding import Finding, Severity, Where
from ..rule import Rule


def look(evidence: Evidence) -> Iterator[Finding]:
    for one in evidence.running.flux:
        if one.failed and not one.suspended:
            yield Finding(Where(resource=str(one)), f"{one.reason}: {evidence.running.redaction.of(one.message)}")


RULE = Rule(
    id="cluster-flux-failing",
    severity=Severity.ERROR,
    title="An object of Flux that is not ready",
    why="What is pushed does not reach the cluster: the next rotation stops there.",
    mend="Do what its message says; flux get all -A shows it.",
    look=look,
)
