# SPDX-License-Identifier: GPL-3.0-or-later
"""The one node: containerd, the kubelet and kube-proxy, with images of ours and pods that are reached by their addresses."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from . import images
from .control_plane import ControlPlane
from .images import Image
from .machine import CNI, program
from .sandbox import Program, Sandbox

NAME = "lab"
SOCKET = "/run/containerd/containerd.sock"
NEVER_SCARCE = ("nodefs.available", "nodefs.inodesFree", "imagefs.available", "imagefs.inodesFree")
"""The machine's disk may be as full as it likes."""
CONTAINERD = """\
version = 2
root = "{folder}/containerd"
state = "/run/containerd"
[grpc]
  address = "{socket}"
[plugins."io.containerd.internal.v1.opt"]
  path = "{folder}/opt"
[plugins."io.containerd.grpc.v1.cri"]
  sandbox_image = "{pause}"
  # in a sandbox, root may not lower it: runc fails without this
  restrict_oom_score_adj = true
  [plugins."io.containerd.grpc.v1.cri".cni]
    bin_dir = "{cni}"
    conf_dir = "{folder}/cni"
"""


class Node:
    """A lab's node.

    Args:
        programs: The folder with Kubernetes' programs.
    """

    def __init__(self, sandbox: Sandbox, control_plane: ControlPlane, programs: Path) -> None:
        self._sandbox, self._control_plane, self._built = sandbox, control_plane, programs
        self._folder = sandbox.folder / "node"
        (self._folder / "cni").mkdir(parents=True)
        self.running: dict[str, Program] = {}

    def start_containers(self, listed: list[Image]) -> None:
        """Start containerd and give it images. It needs no control plane yet."""
        config = self._folder / "containerd.toml"
        config.write_text(CONTAINERD.format(folder=self._folder, socket=SOCKET, pause=images.PAUSE, cni=CNI))
        self._write(
            "cni/lab.conflist",
            {
                "cniVersion": "0.4.0",
                "name": "lab",
                "plugins": [
                    {
                        "type": "ptp",
                        "ipam": {
                            "type": "host-local",
                            "dataDir": "/run/cni-addresses",
                            "ranges": [[{"subnet": self._sandbox.network.pods}]],
                            "routes": [{"dst": "0.0.0.0/0"}],
                        },
                    }
                ],
            },
        )
        containerd = self._sandbox.run("containerd", program("containerd"), "--config", str(config))
        self.running["containerd"] = containerd
        containerd.wait("its socket", self._containerd_answers)
        for number, image in enumerate(listed):
            archive = self._folder / f"image-{number}.tar"
            images.pack(image, archive)
            self._sandbox.call(program("ctr"), f"--address={SOCKET}", "--namespace=k8s.io", "images", "import", str(archive))
            archive.unlink()

    def start(self) -> None:
        """Start the kubelet and kube-proxy; the API is there. Nothing is waited for."""
        network, authority = self._sandbox.network, self._control_plane.authority
        serving = authority.server("kubelet", NAME, network.node)
        kubelet = self._write(
            "kubelet.json",
            {
                "apiVersion": "kubelet.config.k8s.io/v1beta1",
                "kind": "KubeletConfiguration",
                "address": network.node,
                "authentication": {
                    "anonymous": {"enabled": False},
                    "webhook": {"enabled": True},
                    "x509": {"clientCAFile": str(authority.certificate)},
                },
                "authorization": {"mode": "Webhook"},
                "tlsCertFile": str(serving.certificate),
                "tlsPrivateKeyFile": str(serving.key),
                "containerRuntimeEndpoint": f"unix://{SOCKET}",
                "cgroupDriver": "cgroupfs",
                "cgroupRoot": f"/{self._sandbox.cgroup}",
                "failCgroupV1": False,
                "enforceNodeAllocatable": [],
                "failSwapOn": False,
                "podLogsDir": str(self._folder / "pod-logs"),
                "volumePluginDir": str(self._folder / "volume-plugins"),
                "resolvConf": "",
                "maxPods": 200,
                "configMapAndSecretChangeDetectionStrategy": "Watch",
                # how long a mounted file may lag behind its Secret: a minute by default
                "syncFrequency": "2s",
                "evictionHard": dict.fromkeys(NEVER_SCARCE, "0%"),
                "imageGCHighThresholdPercent": 100,
                "imageGCLowThresholdPercent": 99,
            },
        )
        self.running["kubelet"] = self._sandbox.run(
            "kubelet",
            str(self._built / "kubelet"),
            f"--config={kubelet}",
            f"--kubeconfig={authority.kubeconfig(f'system:node:{NAME}', 'system:nodes', server=self._control_plane.url)}",
            f"--root-dir={self._folder / 'kubelet'}",
            f"--node-ip={network.node}",
            f"--hostname-override={NAME}",
        )
        user = authority.kubeconfig("system:kube-proxy", server=self._control_plane.url)
        proxy = self._write(
            "kube-proxy.json",
            {
                "apiVersion": "kubeproxy.config.k8s.io/v1alpha1",
                "kind": "KubeProxyConfiguration",
                "mode": "nftables",
                "bindAddress": network.node,
                "clusterCIDR": network.pods,
                "hostnameOverride": NAME,
                "clientConnection": {"kubeconfig": str(user)},
                "healthzBindAddress": "127.0.0.1:10256",
                "metricsBindAddress": "127.0.0.1:10249",
                # the connection tracker's size is the whole machine's
                "conntrack": {"maxPerCore": 0, "min": 0, "tcpEstablishedTimeout": "0s", "tcpCloseWaitTimeout": "0s"},
            },
        )
        self.running["kube-proxy"] = self._sandbox.run("kube-proxy", str(self._built / "kube-proxy"), f"--config={proxy}")

    def _containerd_answers(self) -> bool:
        first = self._sandbox.entry.first
        # the socket is in the lab's own /run
        return first is not None and Path(f"/proc/{first.pid}/root{SOCKET}").exists()

    def _write(self, name: str, document: dict[str, Any]) -> Path:
        file = self._folder / name
        file.write_text(json.dumps(document, indent=2) + "\n")
        return file
