# SPDX-License-Identifier: GPL-3.0-or-later
"""The lab as a whole: started, and removed with all that it left on the machine."""

from __future__ import annotations

import contextlib
import shutil
import socket
import sys
import threading
from collections.abc import Callable, Iterator
from pathlib import Path

from ..demo.seaweedfs import weed
from . import registry, sandbox
from .api import Api, condition_of
from .building import build
from .control_plane import ControlPlane
from .fake_nodes import FakeNodes
from .flux import Flux
from .images import CLIENT, PAUSE, SEAWEEDFS, Image
from .machine import program
from .node import NAME, Node
from .sandbox import MARK, LabFailed, Network, Sandbox

GIT_PORT = 8080
Step = Callable[[str], contextlib.AbstractContextManager[None]]


class Lab:
    """A cluster of one node with Flux, and a Git server. A context manager: ``with Lab(folder) as lab``.

    Args:
        folder: Where all its files go; it must not exist, and is removed with the lab.
        step: Is entered around each step with what is going on.

    Attributes:
        api: The cluster's API, as its admin.
        flux: The lab's Flux.
        control_plane: To stop and start the API server.
    """

    api: Api
    flux: Flux
    control_plane: ControlPlane
    node: Node

    def __init__(self, folder: Path, *, step: Step | None = None) -> None:
        self.folder = folder.resolve()
        self._step = step or _silent
        self._sandbox: Sandbox | None = None

    @property
    def sandbox(self) -> Sandbox:
        if self._sandbox is None:
            raise LabFailed("The lab isn't started.")
        return self._sandbox

    @property
    def network(self) -> Network:
        return self.sandbox.network

    @property
    def kubeconfig(self) -> Path:
        return self.control_plane.kubeconfig

    def url(self, repository: Path) -> str:
        """The address at the Git server of a bare repository that is somewhere in the lab's folder."""
        return f"http://{self.network.node}:{GIT_PORT}/{repository.relative_to(self.folder)}"

    def start(self) -> Lab:
        """Start everything and wait until the node is ready. Labs whose owners were killed are removed before.

        Raises:
            BuildFailed: A program can't be built.
            LabFailed: Something doesn't start; nothing is left of it but the logs.
        """
        built = build()
        with registry.alone():
            sandbox.clear()
            if self.folder.exists():
                raise LabFailed(f"{self.folder} is there already, and nothing was started. Remove it, or name another folder.")
            entry = registry.claim(self.folder)
        try:
            self.folder.mkdir(parents=True)
            self._sandbox = Sandbox(entry)
            with self._step("Namespaces of its own for processes, mounts and network"):
                self._sandbox.start()
            server = str(Path(__file__).with_name("git_server.py"))
            git = self._sandbox.run(
                "git-server", sys.executable, "-I", server, self.network.node, str(GIT_PORT), str(self.folder)
            )
            git.wait("Git's server to listen", self._git_listens)
            self.control_plane = ControlPlane(self._sandbox, built.cluster)
            self.node = Node(self._sandbox, self.control_plane, built.cluster)
            wanted = [
                Image(PAUSE, built.pods / "pause"),
                Image(CLIENT, built.pods / "client"),
                Image(SEAWEEDFS, Path(weed()).resolve(), Path(program("busybox"))),
            ]
            with (
                self._step("containerd with three images, and etcd with Kubernetes' API and its controllers"),
                _beside(lambda: self.node.start_containers(wanted)),
            ):
                self.control_plane.start()
            self.api = Api(self.kubeconfig)
            self.fake_nodes = FakeNodes(self._sandbox, self.api, self.kubeconfig, built.cluster)
            with self._step("Flux, the kubelet and kube-proxy: a node that is ready"):
                self.node.start()
                self.flux = Flux(self._sandbox, self.control_plane, self.api, built.flux)
                self.flux.start()
                self.flux.wait_until_ready()
                self.node.running["kubelet"].wait("the node to be ready", self._node_is_ready)
                controllers = self.control_plane.running["kube-controller-manager"]
                controllers.wait(
                    "the service account of pods", lambda: bool(self.api.get("ServiceAccount", "default", "default"))
                )
        except BaseException:
            remove_from(self.folder, keep_logs=True)
            raise
        return self

    def keep(self) -> None:
        """Let it go on when this process or the ``with`` ends; ``remove_from`` removes it then."""
        self.sandbox.keep()

    def remove(self) -> None:
        """End everything and remove the folder."""
        remove_from(self.folder)

    def __enter__(self) -> Lab:
        return self.start()

    def __exit__(self, kind: type[BaseException] | None, *exception: object) -> None:
        # the owner of one that is kept is gone on purpose
        if self.sandbox.entry.owner is not None or kind is not None:
            remove_from(self.folder, keep_logs=kind is not None)

    def _git_listens(self) -> bool:
        with contextlib.suppress(OSError), socket.create_connection((self.network.node, GIT_PORT), timeout=1):
            return True
        return False

    def _node_is_ready(self) -> bool:
        node = self.api.get("Node", NAME)
        # the controller manager takes the taint away when it has seen that the node is ready
        return condition_of(node, "Ready").get("status") == "True" and not node["spec"].get("taints")


def remove_from(folder: Path, *, keep_logs: bool = False) -> bool:
    """Remove the lab in a folder, whoever started it, or what is left of one.

    Args:
        keep_logs: Leave the folder with the logs in it.

    Returns:
        Whether there was one.
    """
    found = [entry for entry in registry.entries() if entry.folder == folder.resolve()]
    for entry in found:
        sandbox.remove(entry, keep_logs=keep_logs)
    left = (folder / MARK).exists() and not keep_logs
    if left:
        shutil.rmtree(folder)
    return bool(found) or left


@contextlib.contextmanager
def _silent(_what: str) -> Iterator[None]:
    yield


@contextlib.contextmanager
def _beside(work: Callable[[], None]) -> Iterator[None]:
    """Do something in a thread meanwhile; it is done at the end, and its failure is raised there."""
    failures: list[BaseException] = []

    def run() -> None:
        try:
            work()
        except BaseException as failure:
            failures.append(failure)

    thread = threading.Thread(target=run)
    thread.start()
    try:
        yield
    finally:
        thread.join()
    if failures:
        raise failures[0]
