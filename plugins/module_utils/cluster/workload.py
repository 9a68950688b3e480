# SPDX-License-Identifier: GPL-3.0-or-later
"""A Deployment, StatefulSet or DaemonSet, and how far its rollout is. Pure functions."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from .api import Kind

KINDS: Mapping[str, Kind] = {
    "Deployment": ("apps", "v1", "deployments", "Deployment"),
    "StatefulSet": ("apps", "v1", "statefulsets", "StatefulSet"),
    "DaemonSet": ("apps", "v1", "daemonsets", "DaemonSet"),
}
CREDENTIALS = "lotus-lake.secrets/credentials"
"""The annotation that says for which credentials a consumer was restarted, by fingerprint."""
MASTER = "lotus-lake.secrets/master"
"""The annotation that says which master a gateway has loaded, by fingerprint."""

_CRASHES = 3
_DEADLINE = "ProgressDeadlineExceeded"
Document = Mapping[str, Any]


@dataclasses.dataclass(frozen=True, order=True)
class Workload:
    """What makes pods, by its name."""

    kind: str
    namespace: str
    name: str

    def __str__(self) -> str:
        return f"{self.kind}/{self.name} in {self.namespace}"


@dataclasses.dataclass(frozen=True)
class Trouble:
    """A pod that doesn't come up. ``final`` where it will not by itself."""

    pod: str
    reason: str
    final: bool = False

    def __str__(self) -> str:
        return f"pod {self.pod}: {self.reason}"


def template_annotation(document: Document, name: str) -> str:
    """An annotation of the pods' template; empty where it has none."""
    template = document["spec"]["template"].get("metadata") or {}
    return str((template.get("annotations") or {}).get(name, ""))


def selector(document: Document) -> str:
    """The labels of a workload's pods, as the API takes them."""
    wanted = document["spec"]["selector"]
    parts = [f"{key}={value}" for key, value in (wanted.get("matchLabels") or {}).items()]
    for expression in wanted.get("matchExpressions") or ():
        key, operator, values = expression["key"], expression["operator"], ",".join(expression.get("values") or ())
        parts.append({"In": f"{key} in ({values})", "NotIn": f"{key} notin ({values})", "Exists": key}.get(operator, f"!{key}"))
    return ",".join(parts)


def never_rolls(document: Document) -> str:
    """Why a changed template brings no new pods; empty where it does."""
    spec = document["spec"]
    if spec.get("paused"):
        return "it is paused (kubectl rollout resume)"
    strategy = spec.get("updateStrategy") or {}
    if strategy.get("type") == "OnDelete":
        return "its updateStrategy is OnDelete, so that its pods stay until somebody deletes them"
    if (strategy.get("rollingUpdate") or {}).get("partition"):
        return "its updateStrategy has a partition, so that some of its pods stay"
    return ""


def left(document: Document, pods: Sequence[Document]) -> str:
    """What its rollout still waits for; empty once only new pods run and all of them are available.

    Args:
        pods: Those that its selector finds.
    """
    status, seen = document.get("status") or {}, document.get("status", {}).get("observedGeneration", 0)
    if seen < document["metadata"]["generation"]:
        return "its controller to see the change"
    wanted, updated, available = _counts(document)
    if updated < wanted:
        return f"new pods ({updated} of {wanted})"
    if (status.get("replicas") or 0) > wanted and document["kind"] != "DaemonSet":
        return f"old pods to end ({status['replicas'] - wanted})"
    if available < wanted:
        return f"new pods to be available ({available} of {wanted})"
    ending = sum(1 for pod in pods if pod["metadata"].get("deletionTimestamp"))
    return f"old pods to end ({ending})" if ending else ""


def unavailable(document: Document) -> str:
    """Which of its pods are waited for, whatever template they are of; empty when all are available."""
    wanted, _updated, available = _counts(document)
    return f"its pods to be available ({available} of {wanted})" if available < wanted else ""


def _counts(document: Document) -> tuple[int, int, int]:
    """How many pods are wanted, are of the new template, and are available."""
    spec, status = document["spec"], document.get("status") or {}
    if document["kind"] == "DaemonSet":
        wanted = status.get("desiredNumberScheduled") or 0
        return wanted, status.get("updatedNumberScheduled") or 0, status.get("numberAvailable") or 0
    wanted = spec.get("replicas", 1)
    updated = status.get("updatedReplicas") or 0
    if document["kind"] == "StatefulSet" and status.get("currentRevision") == status.get("updateRevision"):
        updated = status.get("replicas") or 0
    return wanted, updated, status.get("availableReplicas") or 0


def restarts(pods: Sequence[Document]) -> int:
    """How many times containers of some pods were started again."""
    return sum(one.get("restartCount", 0) for pod in pods for one in (pod.get("status") or {}).get("containerStatuses") or ())


def is_probed(document: Document) -> bool:
    """Whether the cluster asks its pods if they are ready, or waits a while after their start."""
    spec = document["spec"]
    containers = (spec["template"].get("spec") or {}).get("containers") or ()
    return bool(spec.get("minReadySeconds")) or any(container.get("readinessProbe") for container in containers)


def exceeded(document: Document) -> bool:
    """Whether a Deployment has given up on its rollout."""
    status = document.get("status") or {}
    if status.get("observedGeneration", 0) < document["metadata"].get("generation", 0):
        return False
    conditions = status.get("conditions") or ()
    return any(one["type"] == "Progressing" and one.get("reason") == _DEADLINE for one in conditions)


def troubles(pods: Sequence[Document], annotation: str, value: str) -> Iterator[Trouble]:
    """The pods of the new template that don't come up: those that carry an annotation with this value."""
    for pod in pods:
        metadata, status = pod["metadata"], pod.get("status") or {}
        if (metadata.get("annotations") or {}).get(annotation) != value or metadata.get("deletionTimestamp"):
            continue
        for container in (*(status.get("initContainerStatuses") or ()), *(status.get("containerStatuses") or ())):
            waiting = (container.get("state") or {}).get("waiting") or {}
            reason = waiting.get("reason") or ""
            if reason and reason not in ("ContainerCreating", "PodInitializing"):
                final = reason == "CrashLoopBackOff" and container.get("restartCount", 0) >= _CRASHES
                yield Trouble(metadata["name"], f"{reason}{_ended(container)}", final)
        for condition in status.get("conditions") or ():
            if condition["type"] == "PodScheduled" and condition.get("reason") == "Unschedulable":
                yield Trouble(metadata["name"], f"Unschedulable: {condition.get('message', '')}".rstrip(": "))


def _ended(container: Document) -> str:
    ended = (container.get("lastState") or {}).get("terminated") or {}
    return f" (its container {container['name']} ended with {ended['exitCode']})" if "exitCode" in ended else ""
