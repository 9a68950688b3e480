# SPDX-License-Identifier: GPL-3.0-or-later
"""The workloads that use an estate's Secrets and that it does not declare."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from ..cluster.api import Cluster
from ..cluster.users import users
from ..cluster.workload import Workload
from . import copied_secrets
from .in_cluster import InCluster
from .opened import OpenedEstate


def undeclared_users(estate: OpenedEstate, cluster: Cluster, found: Sequence[InCluster]) -> Mapping[Workload, tuple[str, ...]]:
    """They, of each namespace that one of the Secrets is in, with the identities whose Secrets they use.

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
    owners: dict[tuple[str, str], set[str]] = {}
    for identity in estate.estate.identities:
        for secret in copied_secrets.secrets_of(identity, estate.files):
            owners.setdefault((secret.namespace, secret.name), set()).add(identity.name)
    undeclared = {}
    for namespace, names in sorted(namespaces.items()):
        every = names | {name for there, name in owners if there == namespace}
        for workload, used in users(cluster, namespace, every).items():
            if used & names and (workload.kind, workload.namespace, workload.name) not in known:
                whose = set().union(*(owners.get((namespace, name), set()) for name in used))
                undeclared[workload] = tuple(sorted(whose))
    return undeclared
