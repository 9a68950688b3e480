# SPDX-License-Identifier: GPL-3.0-or-later
"""Stand-ins for operators that are not to be had here: Flux's helm-controller, tofu-controller, and CloudNativePG.

They move the status of their objects as the real ones do, as far as we read it. What the real ones do besides is not shown here.
"""

from __future__ import annotations

import contextlib
import datetime
import json
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from ansible_collections.lotus_lake.secrets.lab.api import Api
from ansible_collections.lotus_lake.secrets.lab.images import SEAWEEDFS
from ansible_collections.lotus_lake.secrets.tests.fixtures.meanwhile import meanwhile
from kubernetes import client

REQUESTED = "reconcile.fluxcd.io/requestedAt"
RESET = "reconcile.fluxcd.io/resetAt"
HELM = ("helm.toolkit.fluxcd.io", "v2", "helmreleases", "HelmRelease")
TOFU = ("infra.contrib.fluxcd.io", "v1alpha2", "terraforms", "Terraform")
CLUSTER = ("postgresql.cnpg.io", "v1", "clusters", "Cluster")
BACKUP = ("postgresql.cnpg.io", "v1", "backups", "Backup")


class Operators:
    """All of them, in a thread.

    Attributes:
        ready: What the Ready condition says when an object was reconciled: status, reason and message, by the object's name.
        exhausted: The objects whose retries are used up: what is asked of them comes to nothing, unless they are reset too.
        backups: The phase that backups come to.
    """

    def __init__(self, api: Api) -> None:
        self.api = api
        self.ready: dict[str, tuple[str, str, str]] = {}
        self.pending: dict[str, str] = {}
        self.exhausted: set[str] = set()
        self.backups: tuple[str, str] = ("completed", "")
        self._objects = client.CustomObjectsApi(api.client)

    def install(self) -> None:
        """Their kinds."""
        self.api.apply_files([Path(__file__).with_name("crds") / "operators.yaml"])
        kinds = (HELM, TOFU, CLUSTER, BACKUP)
        self.api.wait("the operators' kinds to be served", lambda: all(self._is_served(*kind) for kind in kinds))

    @contextlib.contextmanager
    def at_work(self) -> Iterator[None]:
        with meanwhile(self._work):
            yield

    def set_status(self, kind: tuple[str, str, str, str], namespace: str, name: str, status: dict[str, Any]) -> None:
        group, version, plural, _kind = kind
        self._objects.patch_namespaced_custom_object_status(group, version, namespace, plural, name, {"status": status})

    def _is_served(self, group: str, version: str, plural: str, _kind: str) -> bool:
        try:
            self._objects.list_cluster_custom_object(group, version, plural)
        except client.ApiException:
            return False
        return True

    def _work(self, ended: threading.Event) -> None:
        while not ended.wait(0.2):
            for kind in (HELM, TOFU):
                for found in self._all(kind):
                    self._reconcile(kind, found)
            for found in self._all(BACKUP):
                if not found.get("status"):
                    phase, error = self.backups
                    self._set(BACKUP, found, {"phase": phase, "error": error})

    def _reconcile(self, kind: tuple[str, str, str, str], found: dict[str, Any]) -> None:
        asked = (found["metadata"].get("annotations") or {}).get(REQUESTED)
        name = found["metadata"]["name"]
        if not asked or found.get("status", {}).get("lastHandledReconcileAt") == asked:
            return
        status, reason, message = self.ready.get(name, ("True", "ReconciliationSucceeded", ""))
        if name in self.exhausted and found["metadata"]["annotations"].get(RESET) != asked:
            status, reason, message = "False", "RetriesExceeded", "terminal error: exceeded maximum retries"
        condition = {
            "type": "Ready",
            "status": status,
            "reason": reason,
            "message": message,
            "observedGeneration": found["metadata"]["generation"],
        }
        plan = {"plan": {"pending": self.pending[name]}} if name in self.pending else {}
        self._set(kind, found, {"lastHandledReconcileAt": asked, "conditions": [condition], **plan})

    def _all(self, kind: tuple[str, str, str, str]) -> list[dict[str, Any]]:
        group, version, plural, _kind = kind
        return list(self._objects.list_cluster_custom_object(group, version, plural)["items"])

    def _set(self, kind: tuple[str, str, str, str], found: dict[str, Any], status: dict[str, Any]) -> None:
        self.set_status(kind, found["metadata"]["namespace"], found["metadata"]["name"], status)


def instance(api: Api, namespace: str, cluster: str) -> str:
    """The primary's pod of a Cluster: it answers at 8000 with what ``archived`` writes. Returns its name."""
    name = f"{cluster}-1"
    archived(api, namespace, cluster, {})
    container = {
        "name": "postgres",
        "image": SEAWEEDFS,
        "imagePullPolicy": "Never",
        "command": ["/busybox", "httpd", "-f", "-p", "8000", "-h", "/www"],
        "volumeMounts": [{"name": "status", "mountPath": "/www/pg"}],
    }
    spec = {
        "containers": [container],
        "volumes": [{"name": "status", "configMap": {"name": name}}],
        "terminationGracePeriodSeconds": 0,
        "dnsPolicy": "Default",
    }
    api.apply(
        {
            "apiVersion": "v1",
            "kind": "Pod",
            "metadata": {"name": name, "namespace": namespace, "labels": {"cnpg.io/cluster": cluster}},
            "spec": spec,
        }
    )
    api.wait("the instance to run", lambda: api.get("Pod", name, namespace).get("status", {}).get("phase") == "Running")
    return name


def archived(api: Api, namespace: str, cluster: str, status: dict[str, str]) -> None:
    """What the instance says of its archiving from now on."""
    name = f"{cluster}-1"
    metadata = {"name": name, "namespace": namespace}
    api.apply({"apiVersion": "v1", "kind": "ConfigMap", "metadata": metadata, "data": {"status": json.dumps(status)}})

    def said() -> bool:
        try:
            answer = api.core.connect_get_namespaced_pod_proxy_with_path(
                f"{name}:8000", namespace, "pg/status", _preload_content=False
            )
            return bool(json.loads(answer.data) == status)
        except (client.ApiException, ValueError):
            return False

    if api.get("Pod", name, namespace):
        api.wait("the instance to say so", said, within=120)


def now(**ago: float) -> str:
    """A time as PostgreSQL writes it."""
    return (datetime.datetime.now(datetime.UTC) - datetime.timedelta(**ago)).isoformat()
