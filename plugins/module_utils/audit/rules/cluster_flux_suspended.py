# SPDX-License-Identifier: GPL-3.0-or-later
"""See RULE."""

from __future__ import annotations

from collections.abc import Iterator

from ..evidence import Evidence
from ..finding import Finding, Severity, Where
from ..rule import Rule

_CALLED = {"GitRepository": "source git", "Kustomization": "kustomization"}


def look(evidence: Evidence) -> Iterator[Finding]:
    for one in evidence.running.flux:
        if one.suspended:
            mend = f"flux resume {_CALLED[one.kind]} {one.name} -n {one.namespace}"
            yield Finding(Where(resource=str(one)), "Flux does nothing with it until it is resumed", mend)


RULE = Rule(
    id="cluster-flux-suspended",
    severity=Severity.WARNING,
    title="An object of Flux that is suspended",
    why="What is pushed does not reach the cluster: the next rotation stops there.",
    mend="flux resume",
    look=look,
)
