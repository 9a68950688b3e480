# SPDX-License-Identifier: GPL-3.0-or-later
"""See RULE."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from ..evidence import Evidence
from ..finding import Finding, Severity, Where
from ..rule import Rule


def look(evidence: Evidence) -> Iterator[Finding]:
    for identity, consumer, document in evidence.running.databases:
        where = Where(identity=identity, resource=f"Cluster {consumer.namespace}/{consumer.name}")
        if document is None:
            yield Finding(where, "it is declared as a consumer and not in the cluster", "Correct the consumers in the estate.")
            continue
        condition = _archiving(document)
        if condition.get("status") == "False":
            said = evidence.running.redaction.of(str(condition.get("message", "")))
            yield Finding(where, f"{condition.get('reason', 'it fails')}: {said}")


def _archiving(document: Mapping[str, Any]) -> Mapping[str, Any]:
    conditions = (document.get("status") or {}).get("conditions") or ()
    return next((one for one in conditions if one.get("type") == "ContinuousArchiving"), {})


RULE = Rule(
    id="cluster-archiving",
    severity=Severity.ERROR,
    title="A database whose WAL is not archived",
    why="What is written since then is in no backup, and the disk of the database fills up.",
    mend="ansible-playbook verify.yml shows whether its key works; kubectl cnpg status shows more.",
    look=look,
)
