# SPDX-License-Identifier: GPL-3.0-or-later
"""Flux's source-controller and kustomize-controller, and the objects by which they apply a repository."""

from __future__ import annotations

import contextlib
import datetime
import functools
import http.client
from pathlib import Path
from typing import Any

from .api import Api, condition_of, namespace, secret
from .control_plane import ControlPlane
from .sandbox import Program, Sandbox

NAMESPACE = "flux-system"
USER = "flux"
SOURCE = "source.toolkit.fluxcd.io/v1"
KUSTOMIZE = "kustomize.toolkit.fluxcd.io/v1"
KEY_SECRET = "sops-age"
STORAGE = "127.0.0.1:9790"
HEALTH = {"source-controller": 9792, "kustomize-controller": 9794}


class Flux:
    """The two controllers of a lab, as the cluster's admin.

    Args:
        programs: The folder with the controllers and, in ``crds``, their CRDs.
    """

    def __init__(self, sandbox: Sandbox, control_plane: ControlPlane, api: Api, programs: Path) -> None:
        self._sandbox, self._control_plane, self._api, self._built = sandbox, control_plane, api, programs
        self._folder = sandbox.folder / "flux"
        self.running: dict[str, Program] = {}

    def start(self) -> None:
        """Start them. Nothing is waited for."""
        self._api.apply_files(sorted((self._built / "crds").glob("*.yaml")))
        self._api.wait("the kinds of Flux's objects to be served", self._kinds_are_served)
        self._api.apply(namespace(NAMESPACE), _admin(USER))
        config = self._control_plane.authority.kubeconfig(USER, server=self._control_plane.url)
        self._start(
            "source-controller",
            config,
            f"--storage-path={self._folder / 'artifacts'}",
            f"--storage-addr={STORAGE}",
            f"--storage-adv-addr={STORAGE}",
            "--metrics-addr=127.0.0.1:9791",
            f"--health-addr={self._sandbox.network.node}:{HEALTH['source-controller']}",
        )
        self._start(
            "kustomize-controller",
            config,
            "--metrics-addr=127.0.0.1:9793",
            f"--health-addr={self._sandbox.network.node}:{HEALTH['kustomize-controller']}",
            "--requeue-dependency=2s",
            "--http-retry=2",
        )

    def wait_until_ready(self) -> None:
        """Wait until both work; before, they would end for want of the API, and nothing here starts them again."""
        for name, port in HEALTH.items():
            self.running[name].wait("it to be ready", functools.partial(self._is_ready, port))

    def give_key(self, age_key: str) -> None:
        """Let Flux decrypt with an age key, as ``spec.decryption`` of the Kustomizations says."""
        self._api.apply(secret(KEY_SECRET, NAMESPACE, {"keys.agekey": age_key}))

    def follow(self, repository: str, url: str) -> None:
        """Have Flux fetch a repository, once a minute and when it is asked to."""
        spec = {"url": url, "ref": {"branch": "main"}, "interval": "1m", "timeout": "20s"}
        self._api.apply(_object(SOURCE, "GitRepository", repository, spec))

    def apply_path(self, name: str, repository: str, path: str, **more: Any) -> None:
        """Have Flux apply a folder of a repository, with the files decrypted.

        Args:
            more: Further fields of the Kustomization's ``spec``.
        """
        spec = {
            "sourceRef": {"kind": "GitRepository", "name": repository},
            "path": f"./{path}",
            "prune": True,
            "interval": "10m",
            "retryInterval": "5s",
            "decryption": {"provider": "sops", "secretRef": {"name": KEY_SECRET}},
            **more,
        }
        self._api.apply(_object(KUSTOMIZE, "Kustomization", name, spec))

    def reconcile(self, repository: str) -> None:
        """Ask Flux to fetch a repository now. What it applies of it follows by itself."""
        now = datetime.datetime.now(datetime.UTC).isoformat()
        annotated = {"metadata": {"annotations": {"reconcile.fluxcd.io/requestedAt": now}}}
        self._api.merge(SOURCE, "GitRepository", repository, NAMESPACE, annotated)

    def wait_until_applied(self, name: str, commit: str, *, within: float = 60.0) -> None:
        """Wait until a Kustomization has applied a commit.

        Raises:
            TimeoutError: With what Flux says of the Kustomization and of its repository.
        """

        def applied() -> bool:
            found = self._api.get("Kustomization", name, NAMESPACE, version=KUSTOMIZE)
            return str(found.get("status", {}).get("lastAppliedRevision", "")).endswith(f":{commit}")

        self._api.wait(f"Flux to apply {commit[:12]} in {name}", applied, within=within, trouble=lambda: self.said(name))

    def said(self, name: str) -> str:
        """What Flux says of a Kustomization and of the repository that it is from, or that it doesn't run."""
        ended = [program for program in self.running.values() if not program.runs]
        if ended:
            return "\n".join(f"{program.name} has ended: {program.end_of_log()}" for program in ended)
        found = self._api.get("Kustomization", name, NAMESPACE, version=KUSTOMIZE)
        source = found.get("spec", {}).get("sourceRef", {}).get("name", "")
        repository = self._api.get("GitRepository", source, NAMESPACE, version=SOURCE) if source else {}
        return "; ".join(
            f"{kind}: {condition_of(document, 'Ready').get('message', 'says nothing')}"
            for kind, document in ((f"Kustomization {name}", found), (f"GitRepository {source}", repository))
        )

    def _kinds_are_served(self) -> bool:
        """A controller that doesn't find one of its kinds ends."""
        version = "apiextensions.k8s.io/v1"
        kinds = self._api.list("CustomResourceDefinition", version=version)
        return bool(kinds) and all(condition_of(kind, "Established").get("status") == "True" for kind in kinds)

    def _is_ready(self, port: int) -> bool:
        connection = http.client.HTTPConnection(self._sandbox.network.node, port, timeout=5)
        with contextlib.suppress(OSError, http.client.HTTPException), contextlib.closing(connection):
            connection.request("GET", "/readyz")
            return connection.getresponse().status == http.HTTPStatus.OK
        return False

    def _start(self, name: str, config: Path, *arguments: str) -> None:
        home, scratch, artifacts = (self._folder / folder for folder in ("home", "tmp", "artifacts"))
        for folder in (home, scratch, artifacts):
            folder.mkdir(parents=True, exist_ok=True)
        self.running[name] = self._sandbox.run(
            name,
            str(self._built / name),
            *("--events-addr=", "--enable-leader-election=false", "--watch-all-namespaces", *arguments),
            # The home is empty: they would use a person's own age and SSH keys
            environ={"KUBECONFIG": str(config), "RUNTIME_NAMESPACE": NAMESPACE, "TMPDIR": str(scratch), "HOME": str(home)},
        )


def _object(version: str, kind: str, name: str, spec: dict[str, Any]) -> dict[str, Any]:
    return {"apiVersion": version, "kind": kind, "metadata": {"name": name, "namespace": NAMESPACE}, "spec": spec}


def _admin(user: str) -> dict[str, Any]:
    group = "rbac.authorization.k8s.io"
    return {
        "apiVersion": f"{group}/v1",
        "kind": "ClusterRoleBinding",
        "metadata": {"name": user},
        "roleRef": {"apiGroup": group, "kind": "ClusterRole", "name": "cluster-admin"},
        "subjects": [{"apiGroup": group, "kind": "User", "name": user}],
    }
