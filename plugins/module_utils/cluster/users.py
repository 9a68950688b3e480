# SPDX-License-Identifier: GPL-3.0-or-later
"""The workloads of a namespace that use given Secrets."""

from __future__ import annotations

from collections.abc import Collection

from . import references
from .api import Cluster, Kind
from .workload import KINDS, Workload

_MORE: tuple[Kind, ...] = (("batch", "v1", "cronjobs", "CronJob"), ("batch", "v1", "jobs", "Job"))


def users(cluster: Cluster, namespace: str, secrets: Collection[str]) -> dict[Workload, frozenset[str]]:
    """Deployments, StatefulSets, DaemonSets, CronJobs, Jobs, and pods that nobody made, which refer to one of the Secrets,
    each with those that it refers to.

    Args:
        secrets: Their names.
    """
    found: dict[Workload, frozenset[str]] = {}
    for kind in (*KINDS.values(), *_MORE):
        for document in cluster.list_in(kind, namespace):
            ended = kind[3] == "Job" and (document.get("status") or {}).get("completionTime")
            made = any(reference.get("controller") for reference in document["metadata"].get("ownerReferences") or ())
            used = references.secrets_of(references.pod_spec(document)) & set(secrets)
            if used and not made and not ended:
                found[Workload(kind[3], namespace, document["metadata"]["name"])] = used
    for pod in cluster.pods(namespace):
        used = references.secrets_of(pod["spec"]) & set(secrets)
        if used and references.owner(pod).startswith("Pod/"):
            found[Workload("Pod", namespace, pod["metadata"]["name"])] = used
    return dict(sorted(found.items()))
