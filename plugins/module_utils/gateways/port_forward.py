# SPDX-License-Identifier: GPL-3.0-or-later
"""A port of this machine that leads to a port of a pod, through the API server."""

from __future__ import annotations

import contextlib
import socket
import socketserver
import threading
from collections.abc import Iterator
from typing import Any

from ..cluster.api import Cluster, Unreachable
from ..failure import Failure
from .pods import GatewayPod

_CHUNK = 65536


@contextlib.contextmanager
def forwarded(cluster: Cluster, pod: GatewayPod) -> Iterator[int]:
    """Listen on a free port of the loopback address for as long as this lasts; each connection gets one of its own."""

    class Connection(socketserver.BaseRequestHandler):
        def handle(self) -> None:
            with contextlib.suppress(Unreachable, Failure, OSError):
                there = cluster.connection_to(pod.namespace, pod.name, pod.gateway.port)
                with contextlib.closing(there):
                    _both_ways(self.request, there)

    with _Listener(("127.0.0.1", 0), Connection) as listener:
        thread = threading.Thread(target=listener.serve_forever, args=(0.05,), daemon=True)
        thread.start()
        try:
            yield int(listener.server_address[1])
        finally:
            listener.shutdown()
            thread.join()


class _Listener(socketserver.ThreadingTCPServer):
    daemon_threads = True
    # the pod's end of a connection that is kept open ends with the process
    block_on_close = False

    def handle_error(self, request: Any, client_address: Any) -> None:
        """A connection that is cut is the caller's to see."""


def _both_ways(here: socket.socket, there: socket.socket) -> None:
    back = threading.Thread(target=_copy, args=(there, here), daemon=True)
    back.start()
    _copy(here, there)
    back.join()


def _copy(source: socket.socket, target: socket.socket) -> None:
    with contextlib.suppress(OSError):
        while chunk := source.recv(_CHUNK):
            target.sendall(chunk)
    for one in (source, target):
        with contextlib.suppress(OSError):
            one.shutdown(socket.SHUT_RDWR)
