# SPDX-License-Identifier: GPL-3.0-or-later
"""Manifests of what runs in the lab: SeaweedFS, and consumers that write to it all the time."""

from __future__ import annotations

import dataclasses
from pathlib import Path
from typing import Any

from .images import CLIENT, SEAWEEDFS

S3_PORT = 8333
FILER_PORT = 8888
GRPC_OFFSET = 10000
SEAWEEDFS_NAMESPACE = "seaweedfs"
S3 = "seaweedfs-s3"
FILER = "seaweedfs-filer"
CONFIG_SECRET = "seaweedfs-s3-config"
CONFIG_KEY = "seaweedfs_s3_config"

Manifest = dict[str, Any]


@dataclasses.dataclass(frozen=True)
class Addresses:
    """The fixed addresses of SeaweedFS's two Services. There is no DNS in the lab: pods get the names from ``/etc/hosts``."""

    s3: str
    filer: str

    @property
    def endpoint(self) -> str:
        """Where S3 is, for the pods and for this machine."""
        return f"http://{self.s3}:{S3_PORT}"


def seaweedfs(addresses: Addresses, data: Path) -> list[Manifest]:
    """Master, volume and filer in one pod, and two S3 gateways behind a Service, as the helm chart has them.

    Args:
        data: A folder of this machine for the data, so that they outlive the pod.
    """
    weed = {
        "name": "weed",
        "image": SEAWEEDFS,
        "args": [
            "server",
            "-filer",
            "-ip=$(ADDRESS)",
            "-ip.bind=0.0.0.0",
            "-dir=/data",
            f"-filer.port={FILER_PORT}",
            "-master.peers=none",
            "-master.telemetry=false",
            "-master.volumeSizeLimitMB=64",
            "-volume.max=100",
            "-volume.preStopSeconds=0",
        ],
        "env": [{"name": "ADDRESS", "valueFrom": {"fieldRef": {"fieldPath": "status.podIP"}}}],
        "volumeMounts": [{"name": "data", "mountPath": "/data"}],
        "readinessProbe": {"httpGet": {"path": "/", "port": FILER_PORT}, "periodSeconds": 1},
    }
    gateway = {
        "name": "s3",
        "image": SEAWEEDFS,
        "args": ["s3", f"-filer={FILER}:{FILER_PORT}", f"-port={S3_PORT}", "-ip.bind=0.0.0.0", f"-config=/etc/sw/{CONFIG_KEY}"],
        "ports": [{"containerPort": S3_PORT}],
        "volumeMounts": [{"name": "config", "mountPath": "/etc/sw", "readOnly": True}],
        "readinessProbe": {"httpGet": {"path": "/status", "port": S3_PORT}, "periodSeconds": 1},
        # a Service goes on sending requests until every node has heard that the pod ends
        "lifecycle": {"preStop": {"sleep": {"seconds": 2}}},
    }
    config = {"name": "config", "secret": {"secretName": CONFIG_SECRET, "defaultMode": 0o400}}
    alias = {"hostAliases": [{"ip": addresses.filer, "hostnames": [FILER]}]}
    return [
        _namespace(SEAWEEDFS_NAMESPACE),
        deployment("seaweedfs", SEAWEEDFS_NAMESPACE, weed, volumes=[_folder("data", data)], strategy={"type": "Recreate"}),
        _service(FILER, "seaweedfs", addresses.filer, FILER_PORT, FILER_PORT + GRPC_OFFSET),
        deployment(
            S3,
            SEAWEEDFS_NAMESPACE,
            gateway,
            replicas=2,
            volumes=[config],
            strategy={"type": "RollingUpdate", "rollingUpdate": {"maxUnavailable": 0, "maxSurge": 1}},
            more=alias,
        ),
        _service(S3, S3, addresses.s3, S3_PORT),
    ]


@dataclasses.dataclass(frozen=True)
class Consumer:
    """A stand-in for a program that uses S3.

    Attributes:
        secret: The Secret with its key.
        access_key: Which of its entries is the access key id.
        secret_key: Which is the secret key.
        mounted: Whether it reads them from files; else from its environment.
    """

    name: str
    namespace: str
    bucket: str
    secret: str
    access_key: str
    secret_key: str
    mounted: bool = False


def consumer(declared: Consumer, endpoint: str, counts: Path) -> Manifest:
    """A Deployment of one pod, which counts in a folder of this machine: what it counted is there when the pod is gone."""
    plain = {"ENDPOINT": endpoint, "BUCKET": declared.bucket, "COUNTS": "/counts"}
    volumes, mounts = [_folder("counts", counts)], [{"name": "counts", "mountPath": "/counts"}]
    env: list[dict[str, Any]] = [{"name": name, "value": value} for name, value in plain.items()]
    env.append({"name": "NAME", "valueFrom": {"fieldRef": {"fieldPath": "metadata.name"}}})
    keys = {"ACCESS_KEY_ID": declared.access_key, "SECRET_ACCESS_KEY": declared.secret_key}
    if declared.mounted:
        files = {"ACCESS_KEY_FILE": declared.access_key, "SECRET_KEY_FILE": declared.secret_key}
        env += [{"name": name, "value": f"/key/{key}"} for name, key in files.items()]
        volumes.append({"name": "key", "secret": {"secretName": declared.secret}})
        mounts.append({"name": "key", "mountPath": "/key"})
    else:
        env += [
            {"name": name, "valueFrom": {"secretKeyRef": {"name": declared.secret, "key": key}}} for name, key in keys.items()
        ]
    container = {"name": "client", "image": CLIENT, "env": env, "volumeMounts": mounts}
    return deployment(declared.name, declared.namespace, container, volumes=volumes)


def namespaces_of(consumers: list[Consumer]) -> list[Manifest]:
    """The namespaces that consumers are in."""
    return [_namespace(name) for name in sorted({one.namespace for one in consumers})]


def _namespace(name: str) -> Manifest:
    return {"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": name}}


def deployment(
    name: str,
    namespace: str,
    container: dict[str, Any],
    *,
    volumes: list[dict[str, Any]],
    replicas: int = 1,
    strategy: dict[str, Any] | None = None,
    more: dict[str, Any] | None = None,
) -> Manifest:
    """A Deployment whose pods have one container.

    Args:
        more: Fields of the pods' spec besides.
    """
    labels = {"app": name}
    pod = {
        "containers": [{"imagePullPolicy": "Never", **container}],
        "volumes": volumes,
        "terminationGracePeriodSeconds": 5,
        "enableServiceLinks": False,
        "dnsPolicy": "Default",
        **(more or {}),
    }
    return {
        "apiVersion": "apps/v1",
        "kind": "Deployment",
        "metadata": {"name": name, "namespace": namespace},
        "spec": {
            "replicas": replicas,
            "selector": {"matchLabels": labels},
            "strategy": strategy or {"type": "RollingUpdate"},
            "template": {"metadata": {"labels": labels}, "spec": pod},
        },
    }


def _service(name: str, app: str, address: str, *ports: int) -> Manifest:
    return {
        "apiVersion": "v1",
        "kind": "Service",
        "metadata": {"name": name, "namespace": SEAWEEDFS_NAMESPACE},
        "spec": {
            "clusterIP": address,
            "selector": {"app": app},
            "ports": [{"name": f"port-{port}", "port": port, "targetPort": port} for port in ports],
        },
    }


def _folder(name: str, path: Path) -> dict[str, Any]:
    return {"name": name, "hostPath": {"path": str(path), "type": "DirectoryOrCreate"}}
