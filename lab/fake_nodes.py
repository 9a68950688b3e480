# SPDX-License-Identifier: GPL-3.0-or-later
"""Nodes on which no pod really runs, by KWOK, for tests in which numbers count."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from .api import Api, condition_of
from .sandbox import Program, Sandbox
from .workloads import Manifest, deployment

LABEL = {"type": "kwok"}
TAINT = {"key": "kwok.x-k8s.io/node", "value": "fake", "effect": "NoSchedule"}
PLACED = {
    "nodeSelector": LABEL,
    "tolerations": [{"key": TAINT["key"], "operator": "Exists", "effect": TAINT["effect"]}],
}
"""What a pod's spec needs to be put on one of them: no other pod is."""


class FakeNodes:
    """KWOK, started with the first of its nodes: it says that their pods run as soon as they are there."""

    def __init__(self, sandbox: Sandbox, api: Api, kubeconfig: Path, programs: Path) -> None:
        self._sandbox, self._api, self._kubeconfig, self._built = sandbox, api, kubeconfig, programs
        self._running: Program | None = None
        self._count = 0

    def add(self, count: int) -> None:
        """Add nodes, and wait until they are ready."""
        if self._running is None:
            self._running = self._sandbox.run(
                "kwok",
                str(self._built / "kwok"),
                f"--kubeconfig={self._kubeconfig}",
                *(f"--config={file}" for file in sorted((self._built / "stages").glob("*.yaml"))),
                "--manage-nodes-with-label-selector=type=kwok",
                f"--node-ip={self._sandbox.network.node}",
                "--node-lease-duration-seconds=40",
            )
        names = [f"fake-{number}" for number in range(self._count, self._count + count)]
        self._api.apply(*(_node(name) for name in names))
        self._count += count
        self._running.wait("the fake nodes to be ready", lambda: all(self._is_ready(name) for name in names))

    def _is_ready(self, name: str) -> bool:
        return condition_of(self._api.get("Node", name), "Ready").get("status") == "True"


def played(name: str, namespace: str, pods: int) -> Manifest:
    """A Deployment whose pods are on these nodes. They have a probe, so that they count as working as soon as they are ready."""
    container = {"name": "main", "image": "fake", "readinessProbe": {"httpGet": {"path": "/", "port": 80}}}
    return deployment(name, namespace, container, volumes=[], replicas=pods, more=PLACED)


def _node(name: str) -> dict[str, Any]:
    room = {"cpu": "32", "memory": "256Gi", "pods": "110"}
    return {
        "apiVersion": "v1",
        "kind": "Node",
        "metadata": {
            "name": name,
            "labels": {**LABEL, "kubernetes.io/hostname": name},
            "annotations": {TAINT["key"]: TAINT["value"]},
        },
        "spec": {"taints": [TAINT]},
        "status": {"allocatable": room, "capacity": room},
    }
