# SPDX-License-Identifier: GPL-3.0-or-later
"""Which Secrets pods use. Pure functions."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

Document = Mapping[str, Any]

_CONTAINERS = ("initContainers", "containers", "ephemeralContainers")


def secrets_of(spec: Document) -> frozenset[str]:
    """The names of the Secrets that a pod's containers get: by variables, by files, by all of a Secret or one key of it.

    Args:
        spec: The ``spec`` of a pod, or of a template.
    """
    return frozenset([*_of_containers(spec), *_of_volumes(spec)])


def _of_containers(spec: Document) -> Iterator[str]:
    for kind in _CONTAINERS:
        for container in spec.get(kind) or ():
            for variable in container.get("env") or ():
                yield from _named((variable.get("valueFrom") or {}).get("secretKeyRef"), "name")
            for source in container.get("envFrom") or ():
                yield from _named(source.get("secretRef"), "name")


def _of_volumes(spec: Document) -> Iterator[str]:
    for volume in spec.get("volumes") or ():
        yield from _named(volume.get("secret"), "secretName")
        for source in (volume.get("projected") or {}).get("sources") or ():
            yield from _named(source.get("secret"), "name")
        for driver in ("csi", "flexVolume", "cephfs", "rbd", "iscsi", "scaleIO", "storageos"):
            held = volume.get(driver) or {}
            yield from _named(held.get("nodePublishSecretRef") or held.get("secretRef"), "name")


def _named(held: Any, key: str) -> Iterator[str]:
    if isinstance(held, Mapping) and held.get(key):
        yield str(held[key])


def pod_spec(document: Document) -> Document:
    """The spec of the pods that an object makes, or of the pod that it is."""
    spec = document.get("spec") or {}
    if document.get("kind") == "CronJob":
        spec = (spec.get("jobTemplate") or {}).get("spec") or {}
    found: Document = spec if document.get("kind") == "Pod" else (spec.get("template") or {}).get("spec") or {}
    return found


def owner(pod: Document) -> str:
    """Who made a pod, as ``Deployment/web``; itself where nobody did."""
    metadata = pod["metadata"]
    for reference in metadata.get("ownerReferences") or ():
        if reference.get("controller"):
            kind, name = str(reference["kind"]), str(reference["name"])
            hashed = (metadata.get("labels") or {}).get("pod-template-hash")
            if kind == "ReplicaSet" and hashed and name.endswith(f"-{hashed}"):
                return f"Deployment/{name.removesuffix(f'-{hashed}')}"
            return f"{kind}/{name}"
    return f"Pod/{metadata['name']}"
