# SPDX-License-Identifier: GPL-3.0-or-later
"""Which Secrets pods use."""

from __future__ import annotations

from typing import Any

import pytest
from ansible_collections.lotus_lake.secrets.plugins.module_utils.cluster import references

BY_KEY = {"env": [{"name": "A", "value": "plain"}, {"name": "B", "valueFrom": {"secretKeyRef": {"name": "keys", "key": "b"}}}]}
KEYS = {"name": "keys"}
WHOLE = {"envFrom": [{"configMapRef": {"name": "settings"}}, {"secretRef": {"name": "keys"}}]}


@pytest.mark.parametrize(
    "spec",
    [
        {"containers": [BY_KEY]},
        {"containers": [WHOLE]},
        {"containers": [{}], "initContainers": [BY_KEY]},
        {"containers": [{}], "ephemeralContainers": [WHOLE]},
        {"containers": [{}], "volumes": [{"name": "v", "secret": {"secretName": "keys"}}]},
        {
            "containers": [{}],
            "volumes": [{"name": "v", "projected": {"sources": [{"configMap": {}}, {"secret": {"name": "keys"}}]}}],
        },
        {"containers": [{}], "volumes": [{"name": "v", "csi": {"driver": "d", "nodePublishSecretRef": {"name": "keys"}}}]},
    ],
)
def test_every_way_to_use_a_secret_is_found(spec: dict[str, Any]) -> None:
    assert references.secrets_of(spec) == {"keys"}


def test_what_is_no_secret_is_none() -> None:
    spec = {
        "containers": [{"env": [{"name": "A", "valueFrom": {"configMapKeyRef": {"name": "keys", "key": "a"}}}], "envFrom": None}],
        "volumes": [{"name": "v", "configMap": {"name": "keys"}}, {"name": "w", "emptyDir": {}}],
        "imagePullSecrets": [{"name": "keys"}],
    }
    assert references.secrets_of(spec) == frozenset()


def test_the_pods_of_an_object_are_found_in_its_template() -> None:
    pod = {"containers": [WHOLE]}
    template = {"template": {"spec": pod}}
    assert references.pod_spec({"kind": "Deployment", "spec": template}) == pod
    assert references.pod_spec({"kind": "CronJob", "spec": {"jobTemplate": {"spec": template}}}) == pod
    assert references.pod_spec({"kind": "Pod", "spec": pod}) == pod


def test_a_pods_owner_is_what_made_what_made_it() -> None:
    def pod(kind: str, name: str, **labels: str) -> dict[str, Any]:
        owner = {"kind": kind, "name": name, "controller": True}
        return {"metadata": {"name": "web-abc-x", "labels": labels, "ownerReferences": [{"kind": "Node", "name": "n"}, owner]}}

    assert references.owner(pod("ReplicaSet", "web-5d77", **{"pod-template-hash": "5d77"})) == "Deployment/web"
    assert references.owner(pod("ReplicaSet", "by-hand")) == "ReplicaSet/by-hand"
    assert references.owner(pod("Job", "run-1")) == "Job/run-1"
    assert references.owner(pod("Cluster", "dagster-db")) == "Cluster/dagster-db"
    assert references.owner({"metadata": {"name": "alone"}}) == "Pod/alone"
