# SPDX-License-Identifier: GPL-3.0-or-later
"""The workloads of a namespace that use given Secrets."""

from __future__ import annotations

from collections.abc import Collection

from . import references
from .api import Cluster, Kind
from .workload import KINDS, Workload

_MORE: tuple[Kind, ...] = (("batch", "v1", "cronjobs", "CronJob"), ("batch", "v1", "jobs", "Job"))


def users(cluster: Cluster, namespace: str, secrets: Collection[str]) -> list[Workload]:
    """Deployments, StatefulSets, DaemonSets, CronJobs, Jobs, and pods that nobody made, which refer to one of the Secrets.

    Args:
        secrets: Their names.
    """
    found = []
    for kind in (*KINDS.values(), *_MORE):
        for document in cluster.list_in(kind, namespace):
            ended = kind[3] == "Job" and (document.get("status") or {}).get("completionTime")
            made = any(reference.get("controller") for reference in document["metadata"].get("ownerReferences") or ())
            if not made and not ended and references.secrets_of(references.pod_spec(document)) & set(secrets):
                found.append(Workload(kind[3], namespace, document["metadata"]["name"]))
    for pod in cluster.pods(namespace):
        if references.owner(pod).startswith("Pod/") and references.secrets_of(pod["spec"]) & set(secrets):
            found.append(Workload("Pod", namespace, pod["metadata"]["name"]))
    return sorted(found)
