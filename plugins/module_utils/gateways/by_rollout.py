# SPDX-License-Identifier: GPL-3.0-or-later
"""A rollout: new pods read the master when they start."""

from __future__ import annotations

from ..cluster import workload
from ..cluster.api import Cluster
from ..cluster.redaction import Redaction
from ..cluster.rollout import Rollout, RolloutFailed
from ..cluster.workload import MASTER, Workload
from ..estate.model import Gateway
from .reload import Master, Reload, ReloadFailed


class ByRollout(Reload):
    """What a signal takes in depends on SeaweedFS's version, and an identity that is gone stays: a new process has it right."""

    def __init__(self, cluster: Cluster, gateway: Gateway, master: Master, redaction: Redaction) -> None:
        super().__init__(cluster, gateway, master, redaction)
        made = Workload(gateway.kind, gateway.namespace, gateway.name)
        self._rollout = Rollout(cluster, made, MASTER, master.fingerprint, redaction)

    def hindrance(self) -> str:
        document = self._rollout.read()
        if document is None:
            return "it is not there"
        return "" if self.is_begun() else workload.never_rolls(document)

    def is_begun(self) -> bool:
        return self._rollout.is_begun(self._rollout.read(), self._master.changed)

    def begin(self) -> None:
        self._rollout.begin()

    def left(self, passed: float) -> str:
        try:
            return self._rollout.left(passed)
        except RolloutFailed as failed:
            raise ReloadFailed(str(failed)) from None
