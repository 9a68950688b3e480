# SPDX-License-Identifier: GPL-3.0-or-later
"""Which pods may still hold what the Secrets with an estate's copies held before."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from ..cluster import evidence, references
from ..cluster.api import Cluster, Document
from ..cluster.workload import CREDENTIALS
from . import in_cluster
from .in_cluster import InCluster
from .opened import OpenedEstate

_CNPG = "cnpg.io/cluster"


def holders_of(estate: OpenedEstate, cluster: Cluster, found: Sequence[InCluster]) -> list[dict[str, str]]:
    """One for each identity and pod, as ``key_holders`` returns them.

    Raises:
        Unreachable: The API server does not answer.
    """
    fingerprints = in_cluster.stamps(estate)
    databases = {
        (consumer.namespace, consumer.name)
        for identity in estate.estate.identities
        for consumer in identity.consumers
        if consumer.kind == "Cluster"
    }
    pods = {namespace: cluster.pods(namespace) for namespace in {one.manifest.namespace for one in found}}
    holders: dict[tuple[str, str], dict[str, str]] = {}
    for one in found:
        changed = evidence.changed_at(one.there)
        for pod in _users(pods[one.manifest.namespace], one, databases):
            for name in one.identities:
                stamped = _stamped(pod, name, fingerprints)
                if evidence.may_hold(pod, changed, CREDENTIALS, stamped):
                    shown = _shown(pod, name, one)
                    holders.setdefault((name, shown["pod"]), shown)
    return sorted(holders.values(), key=lambda holder: (holder["identity"], holder["since"], holder["pod"]))


def _users(pods: Sequence[Document], one: InCluster, databases: set[tuple[str, str]]) -> Iterator[Document]:
    """The pods that use a Secret, but for those of CloudNativePG: it reads the Secret again, and a WAL was archived since."""
    for pod in pods:
        labels = pod["metadata"].get("labels") or {}
        of_database = (one.manifest.namespace, labels.get(_CNPG, "")) in databases
        if not of_database and one.manifest.name in references.secrets_of(pod["spec"]):
            yield pod


def _stamped(pod: Document, name: str, fingerprints: Mapping[str, str]) -> str:
    """The pod's own annotation where it says that it was started for the present key; else something that none has."""
    said = str((pod["metadata"].get("annotations") or {}).get(CREDENTIALS, ""))
    return said if f"{name}={fingerprints.get(name)}" in said.split(",") else "\0"


def _shown(pod: Document, name: str, one: InCluster) -> dict[str, str]:
    return {
        "identity": name,
        "pod": pod["metadata"]["name"],
        "namespace": one.manifest.namespace,
        "owner": references.owner(pod),
        "secret": one.manifest.name,
        "since": evidence.started_at(pod).strftime("%Y-%m-%dT%H:%M:%SZ"),
    }
