# SPDX-License-Identifier: GPL-3.0-or-later
"""See RULE."""

from __future__ import annotations

from collections.abc import Iterator

from ..evidence import Evidence
from ..finding import Finding, NotChecked, Severity, Where
from ..rule import Rule


def look(evidence: Evidence) -> Iterator[Finding | NotChecked]:
    if not any(identity.buckets for identity in evidence.estate.identities):
        raise NotChecked("the estate declares no buckets")
    allowed, unclear = evidence.anonymous
    actions: dict[tuple[str, str], list[str]] = {}
    for endpoint, bucket, action in allowed:
        actions.setdefault((endpoint, bucket), []).append(action)
    for (endpoint, bucket), which in actions.items():
        yield Finding(Where(), f"{endpoint} lets anybody {', '.join(which)} in the bucket {bucket}, without a credential")
    yield from (NotChecked(f"{endpoint}: {what}") for endpoint, what in unclear.items())


RULE = Rule(
    id="access-anonymous",
    severity=Severity.ERROR,
    title="A bucket that needs no credential",
    why="Whoever reaches the endpoint has what is in it, and no rotation changes that.",
    mend="Give the identity anonymous no actions in the master, and have the gateways load it; one taken out needs a restart.",
    look=look,
)
