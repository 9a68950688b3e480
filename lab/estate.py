# SPDX-License-Identifier: GPL-3.0-or-later
"""The demo's estate in a lab: its remotes at the Git server, applied by Flux, with SeaweedFS and consumers in pods."""

from __future__ import annotations

import dataclasses
import http.client
import json
from pathlib import Path
from typing import Any

import yaml

from ..demo.building import build
from ..demo.declarations import BUCKETS, Declaration, shipped
from ..demo.estate import EmbeddedEstate
from ..demo.programs import git
from .flux import USER
from .lab import Lab
from .workloads import FILER_PORT, S3, SEAWEEDFS_NAMESPACE, Addresses, Consumer, Manifest, consumer, namespaces_of, seaweedfs

LAKE_NAMESPACE = "lotus-lake"
SEAWEEDFS_PATH = "cluster/infrastructure/services/seaweedfs"
LAKE_PATH = "cluster/namespaces/lotus-lake"
DAGSTER_PATH = "deploy/dagster"
PATHS = {"seaweedfs": ("h-kube", SEAWEEDFS_PATH), "lake": ("h-kube", LAKE_PATH), "dagster": ("lotus-lake", DAGSTER_PATH)}
"""What Flux applies: the name of a Kustomization, its repository, and the folder in it."""

_TERRAFORM = ("lotus-lake-terraform-vars", "minio_user", "minio_password")
_KEYS = ("ACCESS_KEY_ID", "SECRET_ACCESS_KEY")
CONSUMERS = {
    "lotus-lake-s3": [
        Consumer("airbyte-server", LAKE_NAMESPACE, "airbyte-landing", *_TERRAFORM),
        Consumer("dagster-webserver", LAKE_NAMESPACE, "airbyte-landing", *_TERRAFORM),
    ],
    "rubberducky": [Consumer("ducklake-db", LAKE_NAMESPACE, "cnpg-backups", "ducklake-db-backup-creds", *_KEYS, mounted=True)],
    "daggy": [Consumer("dagster-db", LAKE_NAMESPACE, "cnpg-backups", "dagster-db-backup-creds", *_KEYS, mounted=True)],
}
"""Who uses each identity. Deployments stand in for CloudNativePG's clusters, whose sidecars use the key."""


@dataclasses.dataclass(frozen=True)
class LabEstate:
    """An estate in a lab.

    Attributes:
        estate: Its remotes, checkouts, key and inventory; a push to a checkout's ``origin`` goes to the Git server.
        counts: The folder with what the consumers counted, a file for each pod.
    """

    lab: Lab
    estate: EmbeddedEstate
    addresses: Addresses
    counts: Path

    def reconcile(self, repository: str) -> None:
        """Ask Flux to fetch a repository, and wait until it has applied its tip."""
        self.lab.flux.reconcile(repository)
        for name, (of, _path) in PATHS.items():
            if of == repository:
                self.lab.flux.wait_until_applied(name, self.estate.tip(repository))

    def count(self) -> list[dict[str, Any]]:
        """What each consumer's pod counted so far, of pods that are gone too.

        ``[{"name": POD, "access_key_id": …, "requests": 12, "failures": {"AccessDenied": 1}, "last_failure": …}]``
        """
        return [json.loads(file.read_text()) for file in sorted(self.counts.glob("*.json"))]


def furnish(lab: Lab) -> LabEstate:
    """Build the estate in a lab that runs, once, and wait until SeaweedFS and the consumers are available."""
    folder = lab.folder / "estate"
    addresses = Addresses(lab.network.service(10), lab.network.service(11))
    estate = build(folder, _declared(addresses))
    made = LabEstate(lab, estate, addresses, folder / "counts")
    made.counts.mkdir()
    _add_workloads(made, folder / "seaweedfs")
    lab.flux.give_key(estate.age_key.read_text())
    for repository in estate.repositories:
        url = lab.url(estate.remote(repository))
        git(estate.checkout(repository), "remote", "set-url", "origin", url)
        lab.flux.follow(repository, url)
    # one after the other, so that no consumer fails for want of a bucket
    _apply(made, "seaweedfs")
    _make_buckets(made)
    _wait_until_available(lab, SEAWEEDFS_NAMESPACE)
    _apply(made, "lake")
    _apply(made, "dagster")
    _wait_until_available(lab, LAKE_NAMESPACE)
    return made


def _declared(addresses: Addresses) -> Declaration:
    """The shipped estate with the lab's endpoint, workloads and Flux, and no grace, so that one run is a whole rotation."""
    declared = shipped()
    declared["delivery"] = {"method": "flux"}
    declared["cluster"] = {
        "gateways": [{"name": S3, "namespace": SEAWEEDFS_NAMESPACE}],
        "secret_readers": [f"User {USER}", "ServiceAccount lotus-lake-secrets/lotus-lake-secrets"],
    }
    declared["policy"]["grace"] = "0"
    declared["s3"] = {"endpoints": [{"url": addresses.endpoint}], "wait": "60s"}
    for identity in declared["identities"]:
        identity["consumers"] = [
            {"kind": "Deployment", "name": one.name, "namespace": one.namespace} for one in CONSUMERS[identity["name"]]
        ]
    return declared


def _add_workloads(made: LabEstate, data: Path) -> None:
    """Commit the manifests of what uses the Secrets beside them."""
    estate = made.estate

    def manifests(*consumers: Consumer) -> list[Manifest]:
        return [consumer(one, made.addresses.endpoint, made.counts) for one in consumers]

    lake = [*CONSUMERS["lotus-lake-s3"], *CONSUMERS["rubberducky"]]
    _write(estate, "h-kube", SEAWEEDFS_PATH, "seaweedfs.yaml", seaweedfs(made.addresses, data), "s3-auth-secret.yaml")
    _write(
        estate,
        "h-kube",
        LAKE_PATH,
        "consumers.yaml",
        [*namespaces_of(lake), *manifests(*lake)],
        "lotus-lake-secrets.yaml",
        "ducklake-db-backup-secret.yaml",
    )
    dagster = CONSUMERS["daggy"]
    _write(estate, "lotus-lake", DAGSTER_PATH, "consumers.yaml", manifests(*dagster), "backup-secret.yaml")
    for repository in estate.repositories:
        estate.commit(repository, "Add what runs in the cluster")


def _write(estate: EmbeddedEstate, repository: str, path: str, file: str, manifests: list[Manifest], *secrets: str) -> None:
    folder = estate.checkout(repository) / path
    (folder / file).write_text(yaml.safe_dump_all(manifests, sort_keys=False))
    kustomization = {
        "apiVersion": "kustomize.config.k8s.io/v1beta1",
        "kind": "Kustomization",
        "resources": [file, *secrets],
    }
    (folder / "kustomization.yaml").write_text(yaml.safe_dump(kustomization, sort_keys=False))


def _apply(made: LabEstate, kustomization: str) -> None:
    repository, path = PATHS[kustomization]
    made.lab.flux.apply_path(kustomization, repository, path)
    made.lab.flux.wait_until_applied(kustomization, made.estate.tip(repository))


def _make_buckets(made: LabEstate) -> None:
    """Write the buckets into the filer, which asks for no credential."""

    def made_all() -> bool:
        return all(_post(made.addresses.filer, f"/buckets/{bucket}/") for bucket in BUCKETS)

    made.lab.api.wait("SeaweedFS's filer to make the buckets", made_all, within=120)


def _post(host: str, path: str) -> bool:
    connection = http.client.HTTPConnection(host, FILER_PORT, timeout=5)
    try:
        connection.request("POST", path)
        return connection.getresponse().status < http.HTTPStatus.BAD_REQUEST
    except (OSError, http.client.HTTPException):
        return False
    finally:
        connection.close()


def _wait_until_available(lab: Lab, namespace: str) -> None:
    """Wait until all Deployments of a namespace are."""

    def is_available(deployment: Manifest) -> bool:
        wanted, status = deployment["spec"]["replicas"], deployment.get("status", {})
        return bool(status.get("availableReplicas", 0) == wanted == status.get("updatedReplicas", 0))

    def available() -> bool:
        return all(is_available(deployment) for deployment in lab.api.list("Deployment", namespace, version="apps/v1"))

    def trouble() -> str:
        return "; ".join(f"{pod['metadata']['name']}: {_said(pod)}" for pod in lab.api.list("Pod", namespace))

    lab.api.wait(f"the Deployments in {namespace} to be available", available, within=120, trouble=trouble)


def _said(pod: dict[str, Any]) -> str:
    """What a pod's containers wait for, or how they ended."""
    states = [container.get("state", {}) for container in pod.get("status", {}).get("containerStatuses", [])]
    said = [f"{held.get('reason', kind)} {held.get('message', '')}" for state in states for kind, held in state.items()]
    return ", ".join(said) or str(pod.get("status", {}).get("phase", ""))
