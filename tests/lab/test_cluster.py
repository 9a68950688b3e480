# SPDX-License-Identifier: GPL-3.0-or-later
"""The lab's Kubernetes is a real one: pods run in it, and its API is guarded."""

from __future__ import annotations

import json
from typing import Any

import pytest
from ansible_collections.lotus_lake.secrets.lab.api import Api, condition_of, namespace
from ansible_collections.lotus_lake.secrets.lab.building import KUBERNETES
from ansible_collections.lotus_lake.secrets.lab.images import CLIENT
from ansible_collections.lotus_lake.secrets.lab.lab import Lab
from ansible_collections.lotus_lake.secrets.lab.node import NAME
from kubernetes.client.exceptions import ApiException


def pod(name: str, in_namespace: str) -> dict[str, Any]:
    """A pod whose only container ends by itself: nobody has given it a key."""
    container = {"name": "client", "image": CLIENT, "imagePullPolicy": "Never"}
    return {
        "apiVersion": "v1",
        "kind": "Pod",
        "metadata": {"name": name, "namespace": in_namespace},
        "spec": {"containers": [container], "restartPolicy": "Never", "dnsPolicy": "Default"},
    }


def test_its_node_is_ready_and_is_the_version_that_the_modules_pin(lab: Lab) -> None:
    node = lab.api.get("Node", NAME)
    assert condition_of(node, "Ready")["status"] == "True"
    assert node["status"]["nodeInfo"]["kubeletVersion"] == KUBERNETES
    assert node["status"]["nodeInfo"]["containerRuntimeVersion"].startswith("containerd://")


def test_a_pod_really_runs_and_its_log_and_exit_code_are_the_programs_own(lab: Lab) -> None:
    lab.api.apply(namespace("one-pod"))
    lab.api.wait("the service account", lambda: bool(lab.api.get("ServiceAccount", "default", "one-pod")))
    lab.api.apply(pod("keyless", "one-pod"))
    lab.api.wait("the pod to end", lambda: lab.api.get("Pod", "keyless", "one-pod")["status"]["phase"] == "Failed")
    status = lab.api.get("Pod", "keyless", "one-pod")["status"]
    assert status["containerStatuses"][0]["state"]["terminated"]["exitCode"] == 1
    assert status["podIP"].startswith(f"10.{lab.network.number}.1.")
    log = lab.api.core.read_namespaced_pod_log("keyless", "one-pod")
    assert log == "neither ACCESS_KEY_ID nor ACCESS_KEY_FILE is set\n"


def test_a_user_without_a_role_is_refused(lab: Lab) -> None:
    config = lab.control_plane.authority.kubeconfig("nobody", server=lab.control_plane.url)
    with pytest.raises(ApiException) as refused:
        Api(config).core.list_namespaced_secret("kube-system")
    assert refused.value.status == 403
    assert 'User "nobody" cannot list resource "secrets"' in json.loads(refused.value.body)["message"]


def test_an_api_server_that_was_killed_comes_back_with_all_that_it_knew(lab: Lab) -> None:
    lab.api.apply(namespace("before-the-kill"))
    lab.control_plane.stop_api()
    assert not lab.control_plane.is_ready()
    lab.control_plane.start_api()
    assert lab.api.get("Namespace", "before-the-kill")["status"]["phase"] == "Active"
