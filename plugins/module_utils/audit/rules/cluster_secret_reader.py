# SPDX-License-Identifier: GPL-3.0-or-later
"""See RULE."""

from __future__ import annotations

from collections.abc import Iterator

from ..evidence import Evidence
from ..finding import Finding, NotChecked, Severity, Where
from ..rule import Rule


def look(evidence: Evidence) -> Iterator[Finding]:
    running = evidence.running
    cluster = evidence.estate.cluster
    if cluster is None or cluster.secret_readers is None:
        raise NotChecked("the estate's cluster declares no secret_readers")
    for one in running.secret_readers:
        if one.subject not in cluster.secret_readers:
            what = f"{one.subject} may read {', '.join(one.secrets)} by {one.role}"
            yield Finding(Where(resource=one.binding), what)


RULE = Rule(
    id="cluster-secret-reader",
    severity=Severity.WARNING,
    title="Somebody who may read Secrets of the estate and is not declared",
    why="Who can read a Secret has its key, and no rotation changes that.",
    mend="Take it out of the binding, or declare it under secret_readers of the cluster in the estate.",
    look=look,
)
