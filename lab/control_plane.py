# SPDX-License-Identifier: GPL-3.0-or-later
"""etcd, the API server, the controller manager and the scheduler, with TLS and RBAC."""

from __future__ import annotations

import contextlib
import http.client
import ssl
from pathlib import Path

from .certificates import Authority
from .sandbox import Program, Sandbox

PORT = 6443
ETCD = "http://127.0.0.1:2379"
USERS = {
    "controller-manager": "system:kube-controller-manager",
    "scheduler": "system:kube-scheduler",
}


class ControlPlane:
    """The control plane of a lab.

    Args:
        programs: The folder with the built programs.

    Attributes:
        kubeconfig: The file with which a person is the cluster's admin.
        authority: Who signs certificates for the cluster.
    """

    def __init__(self, sandbox: Sandbox, programs: Path) -> None:
        self._sandbox, self._built = sandbox, programs
        self._folder = sandbox.folder / "control-plane"
        self._folder.mkdir()
        self.kubeconfig = sandbox.folder / "kubeconfig"
        self.authority = Authority(self._folder / "certificates")
        self._tls = ssl.create_default_context(cafile=str(self.authority.certificate))
        network = sandbox.network
        self.url = f"https://{network.node}:{PORT}"
        names = (
            "kubernetes",
            "kubernetes.default",
            "kubernetes.default.svc",
            "kubernetes.default.svc.cluster.local",
            "localhost",
        )
        self._server = self.authority.server("apiserver", *names, network.node, network.service(1), "127.0.0.1")
        self._to_kubelet = self.authority.user("apiserver-to-kubelet", "system:masters")
        self._accounts = self.authority.service_account_keys()
        self.authority.kubeconfig("admin", "system:masters", server=self.url, file=self.kubeconfig)
        self._configs = {name: self.authority.kubeconfig(user, server=self.url) for name, user in USERS.items()}
        self.running: dict[str, Program] = {}

    def start(self) -> None:
        """Start all of it and wait until the API is ready."""
        self._start(
            "etcd",
            f"--data-dir={self._folder / 'etcd'}",
            f"--listen-client-urls={ETCD}",
            f"--advertise-client-urls={ETCD}",
            "--listen-peer-urls=http://127.0.0.1:2380",
            # what a power cut would lose is of no interest
            "--unsafe-no-fsync",
        )
        self.start_api()
        common = ("--leader-elect=false", "--authentication-skip-lookup", "--bind-address=127.0.0.1")
        config = self._configs["controller-manager"]
        self._start(
            "kube-controller-manager",
            *common,
            f"--kubeconfig={config}",
            "--use-service-account-credentials",
            # hundreds of pods in seconds
            "--kube-api-qps=200",
            "--kube-api-burst=400",
            f"--service-account-private-key-file={self._accounts.key}",
            f"--root-ca-file={self.authority.certificate}",
        )
        self._start("kube-scheduler", *common, f"--kubeconfig={self._configs['scheduler']}")

    def start_api(self) -> None:
        """Start the API server and wait until it is ready."""
        network = self._sandbox.network
        server = self._start(
            "kube-apiserver",
            f"--etcd-servers={ETCD}",
            f"--bind-address={network.node}",
            f"--advertise-address={network.node}",
            f"--secure-port={PORT}",
            "--authorization-mode=Node,RBAC",
            "--enable-admission-plugins=NodeRestriction",
            "--allow-privileged",
            f"--service-cluster-ip-range={network.services}",
            f"--client-ca-file={self.authority.certificate}",
            f"--tls-cert-file={self._server.certificate}",
            f"--tls-private-key-file={self._server.key}",
            "--service-account-issuer=https://kubernetes.default.svc.cluster.local",
            f"--service-account-key-file={self._accounts.certificate}",
            f"--service-account-signing-key-file={self._accounts.key}",
            f"--kubelet-certificate-authority={self.authority.certificate}",
            f"--kubelet-client-certificate={self._to_kubelet.certificate}",
            f"--kubelet-client-key={self._to_kubelet.key}",
            "--kubelet-preferred-address-types=InternalIP",
        )
        server.wait("the API to be ready", self.is_ready)

    def stop_api(self) -> None:
        """Kill the API server. ``start_api`` brings it back with all that it knew."""
        self.running["kube-apiserver"].end(at_once=True)

    def is_ready(self) -> bool:
        """Whether the API says that it is ready."""
        with contextlib.suppress(OSError, http.client.HTTPException):
            connection = http.client.HTTPSConnection(self._sandbox.network.node, PORT, timeout=5, context=self._tls)
            with contextlib.closing(connection):
                connection.request("GET", "/readyz")
                return connection.getresponse().status == http.HTTPStatus.OK
        return False

    def _start(self, name: str, *arguments: str) -> Program:
        program = self._sandbox.run(name, str(self._built / name), *arguments)
        self.running[name] = program
        return program
