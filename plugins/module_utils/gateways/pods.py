# SPDX-License-Identifier: GPL-3.0-or-later
"""The pods of gateways, each reached by itself."""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence

from ..cluster import evidence, workload
from ..cluster.api import Cluster, Document
from ..cluster.workload import KINDS
from ..estate.model import Gateway


@dataclasses.dataclass(frozen=True)
class GatewayPod:
    """A pod that serves S3."""

    gateway: Gateway
    name: str
    address: str

    @property
    def namespace(self) -> str:
        return self.gateway.namespace

    def __str__(self) -> str:
        return f"pod {self.namespace}/{self.name}"


def serving(cluster: Cluster, gateways: Sequence[Gateway]) -> list[GatewayPod]:
    """The pods that are ready and don't end, of all gateways."""
    found = []
    for gateway in gateways:
        document = cluster.get(KINDS[gateway.kind], gateway.namespace, gateway.name)
        if document is not None:
            pods = cluster.pods(gateway.namespace, workload.selector(document))
            found += [GatewayPod(gateway, pod["metadata"]["name"], pod["status"]["podIP"]) for pod in pods if _serves(pod)]
    return found


def _serves(pod: Document) -> bool:
    conditions = (pod.get("status") or {}).get("conditions") or ()
    ready = any(one["type"] == "Ready" and one["status"] == "True" for one in conditions)
    return ready and not pod["metadata"].get("deletionTimestamp") and not evidence.has_ended(pod)
