# SPDX-License-Identifier: GPL-3.0-or-later
"""See RULE."""

from __future__ import annotations

from collections.abc import Iterator

from ..evidence import Evidence
from ..finding import Finding, Severity, Where
from ..rule import Rule


def look(evidence: Evidence) -> Iterator[Finding]:
    for workload in evidence.running.undeclared:
        resource = f"{workload.kind} {workload.namespace}/{workload.name}"
        yield Finding(Where(resource=resource), "it uses a Secret of the estate, and no identity has it among its consumers")


RULE = Rule(
    id="cluster-undeclared-consumer",
    severity=Severity.NOTE,
    title="A workload that uses a Secret and is not declared",
    why="No rotation restarts it, so that it keeps the old key, and an old key is retired only when it has ended.",
    mend="Declare it under consumers of the identity in the estate.",
    look=look,
)
