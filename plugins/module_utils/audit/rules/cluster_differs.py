# SPDX-License-Identifier: GPL-3.0-or-later
"""See RULE."""

from __future__ import annotations

from collections.abc import Iterator

from ..evidence import Evidence
from ..finding import Finding, Severity, Where
from ..rule import Rule


def look(evidence: Evidence) -> Iterator[Finding]:
    for one in (*evidence.running.secrets, *evidence.running.of_master):
        where = Where(identity=next(iter(one.identities), ""), resource=f"Secret {one.manifest}")
        if not one.there:
            yield Finding(where, "it is not in the cluster")
        elif one.keys:
            yield Finding(where, f"{', '.join(sorted(one.keys))}: the cluster has something else than the file")


RULE = Rule(
    id="cluster-differs",
    severity=Severity.ERROR,
    title="A Secret that is not what its file holds",
    why="Whoever starts now gets another key than the repository says, and after the next rotation maybe none that works.",
    mend="See whether Flux applied it (flux get kustomizations -A), or who writes it (kubectl get secret --show-managed-fields).",
    look=look,
)
