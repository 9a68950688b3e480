# SPDX-License-Identifier: GPL-3.0-or-later
"""Objects that reconcile when an annotation asks them to, as those of Flux do."""

from __future__ import annotations

import abc
import datetime
from typing import ClassVar

from ..cluster.api import Document, Kind
from ..cluster.flux import PASSING, REQUESTED
from ..cluster.workload import CREDENTIALS
from .restart import Restart, RestartFailed


class Asked(Restart):
    """It is done where the object has seen to the request and says that it is ready."""

    KIND: ClassVar[Kind]
    RESUME: ClassVar[str]
    """What has it go on where it is suspended."""

    def hindrance(self) -> str:
        document = self._read()
        if document is None:
            return "it is not there"
        if document["spec"].get("suspend") and not self.is_begun():
            return f"it is suspended ({self.RESUME} {self.consumer.name} -n {self.consumer.namespace})"
        return ""

    def is_begun(self) -> bool:
        return self._annotation(self._read() or {}, CREDENTIALS) == self._wanted.stamp

    def begin(self) -> None:
        now = datetime.datetime.now(datetime.UTC).isoformat()
        annotations = {CREDENTIALS: self._wanted.stamp, REQUESTED: now}
        self._cluster.annotate(self.KIND, self.consumer.namespace, self.consumer.name, annotations)

    def left(self, passed: float) -> str:
        document = self._read()
        if document is None:
            raise RestartFailed("it is gone")
        status = document.get("status") or {}
        if status.get("lastHandledReconcileAt") != self._annotation(document, REQUESTED):
            return "it to be reconciled"
        if self.needs_person(document):
            return ""
        ready: Document = next((one for one in status.get("conditions") or () if one["type"] == "Ready"), {})
        current = ready.get("observedGeneration", document["metadata"]["generation"]) >= document["metadata"]["generation"]
        if current and ready.get("status") == "False" and ready.get("reason") not in PASSING:
            raise RestartFailed(f"{ready.get('reason', '')}: {self._redaction.of(str(ready.get('message', '')))}")
        return "" if current and ready.get("status") == "True" else "it to be ready"

    @abc.abstractmethod
    def needs_person(self, document: Document) -> bool:
        """Whether it goes no further without one, which ``note`` says then."""

    def _read(self) -> Document | None:
        return self._cluster.get(self.KIND, self.consumer.namespace, self.consumer.name)

    @staticmethod
    def _annotation(document: Document, name: str) -> str:
        annotations = (document.get("metadata") or {}).get("annotations") or {}
        return str(annotations.get(name, ""))
