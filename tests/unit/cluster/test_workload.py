# SPDX-License-Identifier: GPL-3.0-or-later
"""How far a rollout is, read off what the API says."""

from __future__ import annotations

import copy
from typing import Any

import pytest
from ansible_collections.lotus_lake.secrets.plugins.module_utils.cluster import workload
from ansible_collections.lotus_lake.secrets.plugins.module_utils.cluster.workload import CREDENTIALS, Trouble

DONE: dict[str, dict[str, Any]] = {
    "Deployment": {
        "kind": "Deployment",
        "metadata": {"generation": 3},
        "spec": {"replicas": 2, "selector": {"matchLabels": {"app": "web"}}, "template": {"metadata": {}}},
        "status": {"observedGeneration": 3, "replicas": 2, "updatedReplicas": 2, "availableReplicas": 2},
    },
    "StatefulSet": {
        "kind": "StatefulSet",
        "metadata": {"generation": 3},
        "spec": {"replicas": 2, "selector": {"matchLabels": {"app": "web"}}, "template": {}},
        "status": {
            "observedGeneration": 3,
            "replicas": 2,
            "availableReplicas": 2,
            "currentRevision": "web-2",
            "updateRevision": "web-2",
        },
    },
    "DaemonSet": {
        "kind": "DaemonSet",
        "metadata": {"generation": 3},
        "spec": {"selector": {"matchLabels": {"app": "web"}}, "template": {}},
        "status": {"observedGeneration": 3, "desiredNumberScheduled": 2, "updatedNumberScheduled": 2, "numberAvailable": 2},
    },
}


def changed(kind: str, **status: Any) -> dict[str, Any]:
    document = copy.deepcopy(DONE[kind])
    document["status"] |= status
    return document


def pod(name: str, stamp: str = "new", **status: Any) -> dict[str, Any]:
    return {"metadata": {"name": name, "annotations": {CREDENTIALS: stamp}}, "status": status}


def waiting(reason: str, restarts: int = 0, code: int | None = None) -> dict[str, Any]:
    last = {} if code is None else {"terminated": {"exitCode": code}}
    return {"name": "main", "restartCount": restarts, "state": {"waiting": {"reason": reason}}, "lastState": last}


@pytest.mark.parametrize("kind", DONE)
def test_it_is_done_when_only_new_pods_run_and_all_are_available(kind: str) -> None:
    assert workload.left(DONE[kind], [pod("web-1")]) == ""


@pytest.mark.parametrize(
    ("kind", "status", "left"),
    [
        ("Deployment", {"observedGeneration": 2}, "its controller to see the change"),
        ("Deployment", {"updatedReplicas": 1}, "new pods (1 of 2)"),
        ("Deployment", {"updatedReplicas": None}, "new pods (0 of 2)"),
        ("Deployment", {"replicas": 3}, "old pods to end (1)"),
        ("Deployment", {"availableReplicas": 1}, "new pods to be available (1 of 2)"),
        ("StatefulSet", {"currentRevision": "web-1", "updatedReplicas": 1}, "new pods (1 of 2)"),
        ("StatefulSet", {"availableReplicas": 0}, "new pods to be available (0 of 2)"),
        ("DaemonSet", {"updatedNumberScheduled": 1}, "new pods (1 of 2)"),
        ("DaemonSet", {"numberAvailable": 1}, "new pods to be available (1 of 2)"),
    ],
)
def test_what_is_left_is_said(kind: str, status: dict[str, Any], left: str) -> None:
    assert workload.left(changed(kind, **status), []) == left


def test_a_pod_that_still_ends_is_waited_for() -> None:
    ending = pod("web-1")
    ending["metadata"]["deletionTimestamp"] = "2026-11-26T10:00:00Z"
    assert workload.left(DONE["Deployment"], [ending, pod("web-2")]) == "old pods to end (1)"


def test_a_deployment_without_pods_is_done_at_once() -> None:
    document = changed("Deployment", replicas=None, updatedReplicas=None, availableReplicas=None)
    document["spec"]["replicas"] = 0
    assert workload.left(document, []) == ""


@pytest.mark.parametrize(
    ("spec", "why"),
    [
        ({}, ""),
        ({"paused": True}, "it is paused (kubectl rollout resume)"),
        ({"updateStrategy": {"type": "OnDelete"}}, "its updateStrategy is OnDelete"),
        ({"updateStrategy": {"type": "RollingUpdate", "rollingUpdate": {"partition": 1}}}, "its updateStrategy has a partition"),
    ],
)
def test_what_never_rolls_is_known_before(spec: dict[str, Any], why: str) -> None:
    assert workload.never_rolls({"spec": spec}).startswith(why)
    assert bool(workload.never_rolls({"spec": spec})) == bool(why)


def test_labels_are_asked_for_as_the_selector_says() -> None:
    expressions = [
        {"key": "tier", "operator": "In", "values": ["a", "b"]},
        {"key": "zone", "operator": "NotIn", "values": ["c"]},
        {"key": "team", "operator": "Exists"},
        {"key": "old", "operator": "DoesNotExist"},
    ]
    spec = {"selector": {"matchLabels": {"app": "web", "part": "x"}, "matchExpressions": expressions}}
    assert workload.selector({"spec": spec}) == "app=web,part=x,tier in (a,b),zone notin (c),team,!old"


def test_trouble_is_that_of_new_pods_and_names_its_reason() -> None:
    pods = [
        pod("old", "before", containerStatuses=[waiting("CrashLoopBackOff", 9, 1)]),
        pod("starting", containerStatuses=[waiting("ContainerCreating")]),
        pod("crashing", containerStatuses=[waiting("CrashLoopBackOff", 1, 2)]),
        pod("crashed", containerStatuses=[waiting("CrashLoopBackOff", 3, 2)]),
        pod("pulling", initContainerStatuses=[waiting("ImagePullBackOff")]),
        pod("homeless", conditions=[{"type": "PodScheduled", "reason": "Unschedulable", "message": "0 of 1 nodes"}]),
    ]
    assert list(workload.troubles(pods, CREDENTIALS, "new")) == [
        Trouble("crashing", "CrashLoopBackOff (its container main ended with 2)"),
        Trouble("crashed", "CrashLoopBackOff (its container main ended with 2)", final=True),
        Trouble("pulling", "ImagePullBackOff"),
        Trouble("homeless", "Unschedulable: 0 of 1 nodes"),
    ]


def test_a_deadline_that_is_over_is_seen() -> None:
    condition = {"type": "Progressing", "status": "False", "reason": "ProgressDeadlineExceeded"}
    assert workload.exceeded(changed("Deployment", conditions=[condition]))
    assert not workload.exceeded(changed("Deployment", conditions=[{**condition, "reason": "NewReplicaSetAvailable"}]))
