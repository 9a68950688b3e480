# SPDX-License-Identifier: GPL-3.0-or-later
"""See RULE."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from ... import duration
from ...consumers.cnpg_cluster import moment
from ..evidence import Evidence
from ..finding import Finding, NotChecked, Severity, Where
from ..rule import Rule


def look(evidence: Evidence) -> Iterator[Finding | NotChecked]:
    for identity, consumer, document in evidence.running.databases:
        if document is None:
            continue
        last = _last_backup(document)
        if last is None:
            yield NotChecked(f"{consumer} says nothing of its backups")
        elif evidence.now - last > evidence.estate.max_backup_age:
            where = Where(identity=identity, resource=f"Cluster {consumer.namespace}/{consumer.name}")
            yield Finding(where, f"its last backup is {duration.show(evidence.now - last)} old")


def _last_backup(document: Mapping[str, Any]) -> Any:
    status = document.get("status") or {}
    told = [status.get("lastSuccessfulBackup"), *(status.get("lastSuccessfulBackupByMethod") or {}).values()]
    return max((at for one in told if (at := moment(one)) is not None), default=None)


RULE = Rule(
    id="cluster-old-backup",
    severity=Severity.ERROR,
    title="A database whose last backup is too old",
    why="Bringing it back takes every WAL since then, and one that is lost is the end of it.",
    mend="kubectl cnpg backup NAME, and see why the scheduled one fails. audit.max_backup_age in the estate says how old.",
    look=look,
)
