# SPDX-License-Identifier: GPL-3.0-or-later
"""Deployments, StatefulSets and DaemonSets: their pods are rolled."""

from __future__ import annotations

from ..cluster import workload
from ..cluster.api import Cluster, Document
from ..cluster.redaction import Redaction
from ..cluster.rollout import Rollout, RolloutFailed
from ..cluster.workload import CREDENTIALS, Workload
from ..estate.model import Consumer
from .restart import Restart, RestartFailed, Wanted


class Rolled(Restart):
    """It is done where only pods run that were made after their Secrets got the present values."""

    def __init__(self, cluster: Cluster, consumer: Consumer, wanted: Wanted, redaction: Redaction) -> None:
        super().__init__(cluster, consumer, wanted, redaction)
        made = Workload(consumer.kind, consumer.namespace, consumer.name)
        self._rollout = Rollout(cluster, made, CREDENTIALS, wanted.stamp, redaction)
        self._by_hand = False

    def hindrance(self) -> str:
        document = self._rollout.read()
        if document is None:
            return "it is not there"
        return "" if self._is_begun(document) else workload.never_rolls(document)

    def is_begun(self) -> bool:
        document = self._rollout.read()
        return document is not None and self._is_begun(document)

    def _is_begun(self, document: Document) -> bool:
        changed = self._wanted.changed
        begun = self._rollout.is_begun(document, changed)
        # what doesn't roll by itself may have been replaced by hand
        self._by_hand = not begun and self._rollout.is_replaced_by_hand(document, changed)
        return begun or self._by_hand

    def begin(self) -> None:
        self._rollout.begin()

    def left(self, passed: float) -> str:
        if self._by_hand and (document := self._rollout.read()):
            return workload.unavailable(document)
        try:
            return self._rollout.left(passed)
        except RolloutFailed as failed:
            raise RestartFailed(str(failed)) from None
