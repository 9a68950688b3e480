# SPDX-License-Identifier: GPL-3.0-or-later
"""The pods of the declared gateways, as endpoints of S3 that are proven one by one."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Mapping, Sequence

from ..cluster.api import Cluster, Unreachable
from ..gateways.pods import GatewayPod, serving
from ..gateways.port_forward import forwarded
from ..holdings.opened import OpenedEstate
from ..s3.check import Check, Finding
from ..s3.endpoint import Endpoint
from ..s3.verify import verify
from . import declared_cluster
from .operation import Context

_LOOKS = 5
"""How many times pods that came meanwhile are asked too."""


def prove_each(checks: Sequence[Check], estate: OpenedEstate, wait: float, context: Context) -> list[Finding]:
    """Prove at every pod of every gateway that credentials are accepted, or refused: replicas can disagree.

    A pod that ends meanwhile counts no more, and one that came instead of it is asked too.
    """
    declared = declared_cluster.declared(estate)
    findings: list[Finding] = []
    asked: set[str] = set()
    with declared_cluster.connected(estate, context) as cluster:
        for _look in range(_LOOKS):
            new = [pod for pod in serving(cluster, declared.gateways) if pod.name not in asked]
            if not new:
                break
            asked |= {pod.name for pod in new}
            with contextlib.ExitStack() as stack:
                endpoints = {_endpoint(cluster, pod, context.environ, stack): pod for pod in new}
                findings += verify(
                    checks,
                    list(endpoints),
                    wait=wait,
                    environ=context.environ,
                    progress=context.progress,
                    read_only=True,
                    only_authentication=True,
                    is_gone=_is_gone(cluster, endpoints),
                )
    return findings


def _endpoint(cluster: Cluster, pod: GatewayPod, environ: Mapping[str, str], stack: contextlib.ExitStack) -> Endpoint:
    """How a pod is reached: by its address from inside the cluster, else through the API server.

    From elsewhere its address may be somebody else's. The way through the API server is authenticated to the pod's node, so that
    the certificate, which is made for another name, is not checked.
    """
    scheme = pod.gateway.scheme
    inside = bool(environ.get("KUBERNETES_SERVICE_HOST"))
    host = f"[{pod.address}]" if ":" in pod.address else pod.address
    where = f"{host}:{pod.gateway.port}" if inside else f"127.0.0.1:{stack.enter_context(forwarded(cluster, pod))}"
    return Endpoint(f"{scheme}://{where}", verify=False, called=str(pod), direct=True)


def _is_gone(cluster: Cluster, endpoints: Mapping[Endpoint, GatewayPod]) -> Callable[[Endpoint], bool]:
    def is_gone(endpoint: Endpoint) -> bool:
        pod = endpoints[endpoint]
        try:
            return pod.name not in {one.name for one in serving(cluster, [pod.gateway])}
        except Unreachable:
            return False

    return is_gone
