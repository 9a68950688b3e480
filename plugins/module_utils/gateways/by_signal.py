# SPDX-License-Identifier: GPL-3.0-or-later
"""SIGHUP to each of its pods, once the file that they have mounted is the delivered one. No connection is cut."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from ..cluster import evidence, workload
from ..cluster.api import Document
from ..cluster.workload import KINDS, MASTER
from .reload import Reload, ReloadFailed


class BySignal(Reload):
    """A pod that was made after the Secret had changed has read it at its start."""

    def hindrance(self) -> str:
        document = self._read()
        if document is None:
            return "it is not there"
        if not self._master.secret:
            return "the master is in no Secret, so that no pod has it mounted (reload: rollout)"
        spec = document["spec"]["template"]["spec"]
        if mounted(spec, self._container(spec), self._master.secret, self._master.key) is None:
            what = f"{self._master.key} of the Secret {self._master.secret} mounted nowhere, or by subPath"
            return f"its container {self._container(spec)} has {what} (reload: rollout)"
        return ""

    def is_begun(self) -> bool:
        return not self._waiting_for()

    def begin(self) -> None:
        """Nothing: each pod is signalled when its file has changed."""

    def left(self, passed: float) -> str:
        left = []
        for pod in self._waiting_for():
            if not self._is_told(pod):
                left.append(pod["metadata"]["name"])
        return f"the mounted master to change in {', '.join(left)}" if left else ""

    def _is_told(self, pod: Document) -> bool:
        name, namespace = pod["metadata"]["name"], self.gateway.namespace
        if evidence.started_at(pod) <= self._master.changed:
            container = self._container(pod["spec"])
            path = mounted(pod["spec"], container, self._master.secret, self._master.key)
            code, said = self._cluster.run_in(namespace, name, container, ["sha256sum", str(path)])
            self._check(code, "sha256sum", name)
            if said.split()[:1] != [self._master.digest]:
                return False
            code, _said = self._cluster.run_in(namespace, name, container, ["kill", "-HUP", "1"])
            self._check(code, "kill", name)
        self._cluster.annotate_pod(namespace, name, {MASTER: self._master.fingerprint})
        return True

    @staticmethod
    def _check(code: int, program: str, pod: str) -> None:
        if code:
            raise ReloadFailed(
                f"{program} in its pod {pod} ended with {code}: where the image has no such program, use reload: rollout"
            )

    def _waiting_for(self) -> Sequence[Document]:
        """The pods that run and have not loaded this master."""
        document = self._read()
        if document is None:
            return ()
        pods = self._cluster.pods(self.gateway.namespace, workload.selector(document))
        return [
            pod
            for pod in pods
            if not pod["metadata"].get("deletionTimestamp")
            and not evidence.has_ended(pod)
            and (pod["metadata"].get("annotations") or {}).get(MASTER) != self._master.fingerprint
        ]

    def _read(self) -> Document | None:
        found = self._cluster.get(KINDS[self.gateway.kind], self.gateway.namespace, self.gateway.name)
        return {**found, "kind": self.gateway.kind} if found else None

    def _container(self, spec: Document) -> str:
        return self.gateway.container or str(spec["containers"][0]["name"])


def mounted(spec: Any, container: str, secret: str, key: str) -> str | None:
    """The path at which a container has a key of a Secret mounted so that it follows the Secret; None where it hasn't."""
    names: dict[str, str] = {}
    for volume in spec.get("volumes") or ():
        held = volume.get("secret") or {}
        if held.get("secretName") == secret:
            paths = {item["key"]: item["path"] for item in held.get("items") or ()}
            if not paths or key in paths:
                names[volume["name"]] = paths.get(key, key)
    for one in spec["containers"]:
        for mount in one.get("volumeMounts") or () if one["name"] == container else ():
            if mount["name"] in names and not mount.get("subPath") and not mount.get("subPathExpr"):
                return f"{mount['mountPath'].rstrip('/')}/{names[mount['name']]}"
    return None
