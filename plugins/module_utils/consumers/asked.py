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
    ASKING: ClassVar[tuple[str, ...]] = (REQUESTED,)
    """The annotations whose change is a request."""

    def hindrance(self) -> str:
        document = self._read()
        if document is None:
            return "it is not there"
        if document["spec"].get("suspend") and not self.is_begun():
            return f"it is suspended ({self.RESUME} {self.consumer.name} -n {self.consumer.namespace})"
        return ""

    def is_begun(self) -> bool:
        # what has failed, and is not to go on by itself, is asked again
        document = self._read() or {}
        return self._annotation(document, CREDENTIALS) == self._wanted.stamp and not self._failure(document)

    def begin(self) -> None:
        now = datetime.datetime.now(datetime.UTC).isoformat()
        annotations = {CREDENTIALS: self._wanted.stamp, **dict.fromkeys(self.ASKING, now)}
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
        if failure := self._failure(document):
            raise RestartFailed(failure)
        ready = _ready(document)
        return "" if ready.get("status") == "True" else "it to be ready"

    def _failure(self, document: Document) -> str:
        """What came of the last request where that was no success and is not to change; else empty."""
        handled = (document.get("status") or {}).get("lastHandledReconcileAt")
        ready = _ready(document)
        if handled != self._annotation(document, REQUESTED) or ready.get("status") != "False" or ready.get("reason") in PASSING:
            return ""
        return f"{ready.get('reason', '')}: {self._redaction.of(str(ready.get('message', '')))}"

    @abc.abstractmethod
    def needs_person(self, document: Document) -> bool:
        """Whether it goes no further without one, which ``note`` says then."""

    def _read(self) -> Document | None:
        return self._cluster.get(self.KIND, self.consumer.namespace, self.consumer.name)

    @staticmethod
    def _annotation(document: Document, name: str) -> str:
        annotations = (document.get("metadata") or {}).get("annotations") or {}
        return str(annotations.get(name, ""))


def _ready(document: Document) -> Document:
    """The condition Ready, empty where there is none for the present generation."""
    found: Document = next((one for one in (document.get("status") or {}).get("conditions") or () if one["type"] == "Ready"), {})
    generation = (document.get("metadata") or {}).get("generation", 0)
    return found if found.get("observedGeneration", generation) >= generation else {}
