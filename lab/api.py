# SPDX-License-Identifier: GPL-3.0-or-later
"""The lab's Kubernetes API, by its Python client: documents are applied and read, and conditions waited for."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from typing import Any

import yaml
from kubernetes import client, config, dynamic
from kubernetes.dynamic.exceptions import NotFoundError

MANAGER = "lab"
Document = Mapping[str, Any]


class Api:
    """The API as the user of a kubeconfig sees it."""

    def __init__(self, kubeconfig: Path) -> None:
        settings = client.Configuration()
        config.load_kube_config(str(kubeconfig), client_configuration=settings)
        # it is on this machine, whatever proxy leads to others
        settings.proxy = None
        self.client = client.ApiClient(settings)
        self.core = client.CoreV1Api(self.client)
        self._dynamic: Any = None

    def apply(self, *documents: Document) -> None:
        """Server-side apply."""
        for document in documents:
            self._resource(document).patch(
                body=dict(document),
                name=document["metadata"]["name"],
                namespace=document["metadata"].get("namespace"),
                content_type="application/apply-patch+yaml",
                field_manager=MANAGER,
                force_conflicts=True,
            )

    def apply_files(self, files: Iterable[Path]) -> None:
        """Apply all documents of some YAML files."""
        for file in files:
            self.apply(*(document for document in yaml.safe_load_all(file.read_text()) if document))

    def merge(self, version: str, kind: str, name: str, namespace: str, part: Document) -> None:
        """Change fields of an object."""
        self._resource({"apiVersion": version, "kind": kind}).patch(
            body=dict(part), name=name, namespace=namespace, content_type="application/merge-patch+json"
        )

    def delete(self, version: str, kind: str, name: str, namespace: str) -> None:
        """Delete an object, and what it made."""
        self._resource({"apiVersion": version, "kind": kind}).delete(
            name=name, namespace=namespace, propagation_policy="Foreground"
        )

    def get(self, kind: str, name: str, namespace: str | None = None, *, version: str = "v1") -> dict[str, Any]:
        """An object as it is now; empty where there is none."""
        try:
            found = self._resource({"apiVersion": version, "kind": kind}).get(name=name, namespace=namespace)
        except NotFoundError:
            return {}
        document: dict[str, Any] = found.to_dict()
        return document

    def list(self, kind: str, namespace: str | None = None, *, version: str = "v1", labels: str = "") -> list[dict[str, Any]]:
        """All objects of a kind, of one namespace or all."""
        found = self._resource({"apiVersion": version, "kind": kind}).get(namespace=namespace, label_selector=labels)
        return [item.to_dict() for item in found.items]

    def wait(self, what: str, condition: Callable[[], bool], *, within: float = 60.0, trouble: Callable[[], str] = str) -> None:
        """Wait for a condition.

        Args:
            trouble: What to say of the state of things where it takes too long.

        Raises:
            TimeoutError: It took longer than ``within`` seconds.
        """
        until = time.monotonic() + within
        while not condition():
            if time.monotonic() > until:
                raise TimeoutError(f"Waited {within:.0f} s for {what}. {trouble()}".strip())
            time.sleep(0.1)

    def _resource(self, document: Document) -> Any:
        if self._dynamic is None:
            self._dynamic = dynamic.DynamicClient(self.client)
        return self._dynamic.resources.get(api_version=document["apiVersion"], kind=document["kind"])


def condition_of(document: Document, kind: str) -> dict[str, str]:
    """A condition in an object's status; empty where it hasn't one."""
    for condition in document.get("status", {}).get("conditions") or []:
        if condition["type"] == kind:
            return dict(condition)
    return {}


def secret(name: str, namespace: str, values: Mapping[str, str]) -> dict[str, Any]:
    return {
        "apiVersion": "v1",
        "kind": "Secret",
        "metadata": {"name": name, "namespace": namespace},
        "stringData": dict(values),
    }


def namespace(name: str) -> dict[str, Any]:
    return {"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": name}}
