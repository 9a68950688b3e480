# SPDX-License-Identifier: GPL-3.0-or-later
"""Asks the cluster which pods may still hold a key that is to be retired."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from ..cluster import evidence, references
from ..cluster.api import Cluster, Document
from ..cluster.waiting import Waiting
from ..cluster.workload import CREDENTIALS
from ..holdings.opened import OpenedEstate
from . import declared_cluster, delivery_options, estate_options
from .declared_cluster import InCluster
from .operation import Context, Operation

ARGUMENT_SPEC: dict[str, Any] = {
    **estate_options.PLACE,
    "identities": {"type": "list", "elements": "str", "default": []},
}

_CNPG = "cnpg.io/cluster"


def run(params: Mapping[str, Any], context: Context) -> dict[str, Any]:
    """The operation. Nothing is changed."""
    with estate_options.opened_plainly(params, context) as estate, declared_cluster.connected(estate, context) as cluster:
        names = estate.chosen(params["identities"])
        waiting = Waiting(context.progress, declared_cluster.declared(estate).wait)
        found = declared_cluster.delivered(estate, cluster, names, waiting)
        holders: list[dict[str, str]] = []

        def look() -> str:
            holders[:] = _holders(estate, cluster, found)
            return ""

        declared_cluster.bounded(waiting, look, "No key was retired.")
    for one in holders:
        pod = f"pod {one['namespace']}/{one['pod']}"
        context.progress(f"{one['identity']}: the old key stays, since {one['owner']} ({pod}) may hold it since {one['since']}")
    held = {one["identity"] for one in holders}
    return {
        "changed": False,
        "holders": holders,
        "held": [name for name in names if name in held],
        "free": [name for name in names if name not in held],
    }


def _holders(estate: OpenedEstate, cluster: Cluster, found: Sequence[InCluster]) -> list[dict[str, str]]:
    fingerprints = declared_cluster.stamps(estate)
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


OPERATION = Operation("key_holders", ARGUMENT_SPEC, run, requires=delivery_options.LIBRARIES)
