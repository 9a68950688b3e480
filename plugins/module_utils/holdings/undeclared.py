# SPDX-License-Identifier: GPL-3.0-or-later
"""The workloads that use an estate's Secrets and that it does not declare."""

from __future__ import annotations

from collections.abc import Sequence

from ..cluster.api import Cluster
from ..cluster.users import users
from ..cluster.workload import Workload
from .in_cluster import InCluster
from .opened import OpenedEstate


def undeclared_users(estate: OpenedEstate, cluster: Cluster, found: Sequence[InCluster]) -> list[Workload]:
    """They, of each namespace that one of the Secrets is in.

    Raises:
        Unreachable: The API server does not answer.
    """
    namespaces: dict[str, set[str]] = {}
    for one in found:
        namespaces.setdefault(one.manifest.namespace, set()).add(one.manifest.name)
    gateways = estate.estate.cluster.gateways if estate.estate.cluster else ()
    known = {
        (consumer.kind, consumer.namespace, consumer.name)
        for identity in estate.estate.identities
        for consumer in identity.consumers
    } | {(gateway.kind, gateway.namespace, gateway.name) for gateway in gateways}
    return [
        workload
        for namespace, names in sorted(namespaces.items())
        for workload in users(cluster, namespace, names)
        if (workload.kind, workload.namespace, workload.name) not in known
    ]
