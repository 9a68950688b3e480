# SPDX-License-Identifier: GPL-3.0-or-later
"""See RULE."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from ..evidence import Evidence
from ..finding import Finding, Severity, Where
from ..rule import Rule


def look(evidence: Evidence) -> Iterator[Finding]:
    for one in evidence.running.secrets:
        where = Where(identity=one.identities[0], resource=f"Secret {one.manifest}")
        yield from _differs(where, one.keys, is_there=bool(one.there))
    for manifest, keys, there in evidence.running.master:
        yield from _differs(Where(resource=f"Secret {manifest}"), keys, is_there=bool(there))


def _differs(where: Where, keys: Sequence[str], *, is_there: bool) -> Iterator[Finding]:
    if not is_there:
        yield Finding(where, "it is not in the cluster")
    elif keys:
        yield Finding(where, f"{', '.join(sorted(keys))}: the cluster has something else than the file")


RULE = Rule(
    id="cluster-differs",
    severity=Severity.ERROR,
    title="A Secret that is not what its file holds",
    why="Whoever starts now gets another key than the repository says, and after the next rotation maybe none that works.",
    mend="See whether Flux applied it (flux get kustomizations -A), or who writes it (kubectl get secret --show-managed-fields).",
    look=look,
)
