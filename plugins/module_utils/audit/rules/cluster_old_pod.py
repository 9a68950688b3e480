# SPDX-License-Identifier: GPL-3.0-or-later
"""See RULE."""

from __future__ import annotations

from collections.abc import Iterator

from ..evidence import Evidence
from ..finding import Finding, Severity, Where
from ..rule import Rule

_ROLLED = ("Deployment", "StatefulSet", "DaemonSet")


def look(evidence: Evidence) -> Iterator[Finding]:
    for one in evidence.running.holders:
        where = Where(identity=one["identity"], resource=f"Pod {one['namespace']}/{one['pod']}")
        what = f"it belongs to {one['owner']}, runs since {one['since']}, and the Secret {one['secret']} was changed later"
        kind, _slash, name = one["owner"].partition("/")
        mend = f"kubectl rollout restart {kind.lower()}/{name} -n {one['namespace']}" if kind in _ROLLED else ""
        yield Finding(where, what, mend)


RULE = Rule(
    id="cluster-old-pod",
    severity=Severity.WARNING,
    title="A pod that is older than the Secret it uses",
    why="It may work with an old key, and fails when that is retired.",
    mend="Let it end, or start it again.",
    look=look,
)
