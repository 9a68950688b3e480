# SPDX-License-Identifier: GPL-3.0-or-later
"""A Cluster of CloudNativePG: nothing restarts. Its backups have to go on with the new key.

Whether they do is asked of the primary's own instance manager (``/pg/status``, what ``kubectl cnpg status`` shows): it knows when
a WAL was archived last. The condition ``ContinuousArchiving`` keeps an old failure until the next success, without its time.
"""

from __future__ import annotations

import datetime
import hashlib
import itertools
from collections.abc import Iterator
from typing import Any

from ..cluster.api import Cluster, Document, Kind
from ..cluster.redaction import Redaction
from ..cluster.workload import CREDENTIALS
from ..estate.model import Consumer
from .restart import Restart, RestartFailed, Wanted

CLUSTER: Kind = ("postgresql.cnpg.io", "v1", "clusters", "Cluster")
BACKUP: Kind = ("postgresql.cnpg.io", "v1", "backups", "Backup")
_PORT = 8000
_REREAD = datetime.timedelta(seconds=15)
"""Within this time the operator and its sidecars have read a changed Secret: a failure before then was with the old key."""


class CnpgCluster(Restart):
    """It is done when a WAL was archived after the Secret had changed, and, where that is asked for, a backup is made."""

    def __init__(self, cluster: Cluster, consumer: Consumer, wanted: Wanted, redaction: Redaction) -> None:
        super().__init__(cluster, consumer, wanted, redaction)
        digest = hashlib.sha256(wanted.stamp.encode()).hexdigest()[:10]
        self._backups = (f"{consumer.name}-rotated-{digest}{suffix}" for suffix in _suffixes())
        self._backup = next(self._backups)
        self._has_asked = False

    def hindrance(self) -> str:
        return "" if self._read() else "it is not there"

    def is_begun(self) -> bool:
        annotations = ((self._read() or {}).get("metadata") or {}).get("annotations") or {}
        return bool(annotations.get(CREDENTIALS) == self._wanted.stamp)

    def begin(self) -> None:
        self._cluster.annotate(CLUSTER, self.consumer.namespace, self.consumer.name, {CREDENTIALS: self._wanted.stamp})

    def left(self, passed: float) -> str:
        document = self._read()
        if document is None:
            raise RestartFailed("it is gone")
        primary = (document.get("status") or {}).get("currentPrimary")
        if not primary:
            return "it to have a primary"
        said = self._cluster.pod_answer(self.consumer.namespace, primary, _PORT, "/pg/status")
        archived, failed = moment(said.get("lastArchivedWALTime")), moment(said.get("lastFailedWALTime"))
        if archived is None or archived <= self._wanted.changed:
            if failed and failed > self._wanted.changed + _REREAD and (archived is None or failed > archived):
                what = f"the WAL {said.get('lastFailedWAL', '')} could not be archived at {said['lastFailedWALTime']}"
                raise RestartFailed(f"{what}, with the new key")
            return "a WAL to be archived with the new key (one is when it is full, or archive_timeout is over)"
        return self._backed_up() if self.consumer.backup else ""

    def _backed_up(self) -> str:
        document = self._read_backup()
        while not self._has_asked and document is not None and _phase(document) == "failed":
            # of a run before
            self._backup = next(self._backups)
            document = self._read_backup()
        if document is None:
            self._has_asked = True
            self._cluster.create(BACKUP, self.consumer.namespace, self._wanted_backup())
            return f"the backup {self._backup}"
        phase = _phase(document)
        if phase == "failed":
            error = str(document["status"].get("error", ""))
            raise RestartFailed(f"the backup {self._backup} failed: {self._redaction.of(error)}")
        return "" if phase == "completed" else f"the backup {self._backup} ({phase or 'not begun'})"

    def _wanted_backup(self) -> Document:
        cluster = self._read() or {}
        plugins = [plugin["name"] for plugin in (cluster.get("spec") or {}).get("plugins") or () if plugin.get("isWALArchiver")]
        by_plugin = {"method": "plugin", "pluginConfiguration": {"name": plugins[0]}} if plugins else {}
        return {
            "apiVersion": "postgresql.cnpg.io/v1",
            "kind": "Backup",
            "metadata": {"name": self._backup, "namespace": self.consumer.namespace},
            "spec": {"method": "barmanObjectStore", **by_plugin, "cluster": {"name": self.consumer.name}},
        }

    def _read_backup(self) -> Document | None:
        return self._cluster.get(BACKUP, self.consumer.namespace, self._backup)

    def _read(self) -> Document | None:
        return self._cluster.get(CLUSTER, self.consumer.namespace, self.consumer.name)


def _suffixes() -> Iterator[str]:
    yield ""
    yield from (f"-{number}" for number in itertools.count(2))


def _phase(document: Document) -> str:
    return str((document.get("status") or {}).get("phase", ""))


def moment(text: Any) -> datetime.datetime | None:
    """A time as PostgreSQL or Kubernetes writes it; None where there is none."""
    try:
        found = datetime.datetime.fromisoformat(str(text or ""))
    except ValueError:
        return None
    return found if found.tzinfo else found.replace(tzinfo=datetime.UTC)
