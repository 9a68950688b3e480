# SPDX-License-Identifier: GPL-3.0-or-later
"""Who may read which Secrets."""

from __future__ import annotations

from typing import Any

import pytest
from ansible_collections.lotus_lake.secrets.plugins.module_utils.cluster.secret_readers import Reader, readers

SECRETS = [("apps", "keys"), ("apps", "more"), ("storage", "s3")]
ALL = ("apps/keys", "apps/more", "storage/s3")
OURS = {"kubernetes.io/bootstrapping": "rbac-defaults"}


def role(name: str = "reading", *rules: dict[str, Any], **rule: Any) -> dict[str, Any]:
    reading = {"apiGroups": [""], "resources": ["secrets"], "verbs": ["get"], **rule}
    return {"metadata": {"name": name}, "rules": [*rules, reading]}


def binding(subject: str, kind: str = "ClusterRole", name: str = "reading", labels: Any = None, **more: Any) -> dict[str, Any]:
    of_kind, _blank, called = subject.partition(" ")
    namespace, _slash, account = called.rpartition("/")
    who = {"kind": of_kind, "name": account, "namespace": namespace} if namespace else {"kind": of_kind, "name": called}
    return {
        "metadata": {"name": "who", **({"labels": labels} if labels else {})},
        "roleRef": {"kind": kind, "name": name},
        "subjects": [who],
        **more,
    }


def of_cluster(role: dict[str, Any], binding: dict[str, Any]) -> dict[str, tuple[str, ...]]:
    return {one.subject: one.secrets for one in readers(SECRETS, [role], [binding], {}, {})}


def test_a_binding_of_the_cluster_is_about_every_namespace_and_says_how() -> None:
    assert readers(SECRETS, [role()], [binding("User alice")], {}, {}) == [
        Reader("User alice", "ClusterRoleBinding who", "ClusterRole reading", ALL)
    ]


def test_a_binding_of_a_namespace_is_about_that_one_with_its_own_role_or_one_of_the_cluster() -> None:
    bound = {"apps": [binding("ServiceAccount deployer", "Role")], "storage": [binding("Group ops")]}
    roles = {"apps": [role("reading", resourceNames=["more"])], "storage": []}
    assert readers(SECRETS, [role()], [], roles, bound) == [
        Reader("ServiceAccount apps/deployer", "RoleBinding apps/who", "Role reading", ("apps/more",)),
        Reader("Group ops", "RoleBinding storage/who", "ClusterRole reading", ("storage/s3",)),
    ]


@pytest.mark.parametrize(
    ("rule", "reads"),
    [
        ({"verbs": ["list"]}, True),
        ({"verbs": ["watch"]}, True),
        ({"verbs": ["*"]}, True),
        ({"resources": ["*"], "apiGroups": ["*"]}, True),
        ({"resources": ["configmaps", "secrets"]}, True),
        ({"verbs": ["create", "update", "patch", "delete", "deletecollection"]}, False),
        ({"resources": ["configmaps"]}, False),
        ({"resources": ["secrets/status"]}, False),
        ({"apiGroups": ["apps"]}, False),
        ({"resourceNames": ["other"]}, False),
        ({"apiGroups": None, "resources": None, "nonResourceURLs": ["*"]}, False),
    ],
)
def test_what_reading_is(rule: dict[str, Any], reads: bool) -> None:
    assert of_cluster(role(**rule), binding("User alice")) == ({"User alice": ALL} if reads else {})


def test_all_rules_of_a_role_count() -> None:
    other = {"apiGroups": [""], "resources": ["pods"], "verbs": ["get"]}
    assert of_cluster(role("reading", other, resourceNames=["s3"]), binding("User alice")) == {"User alice": ("storage/s3",)}


@pytest.mark.parametrize(
    ("subject", "labels", "own"),
    [
        ("Group system:masters", None, True),
        ("User system:kube-controller-manager", OURS, True),
        ("User system:kube-controller-manager", None, False),
        ("ServiceAccount kube-system/namespace-controller", OURS, True),
        ("ServiceAccount kube-system/dashboard", None, False),
        ("ServiceAccount default/default", OURS, False),
        ("User alice", OURS, False),
        ("Group system:authenticated", OURS, False),
        ("Group system:unauthenticated", OURS, False),
        ("Group system:serviceaccounts", OURS, False),
        ("Group system:serviceaccounts:apps", OURS, False),
    ],
)
def test_what_kubernetes_binds_for_itself_is_left_out_and_nothing_that_was_added(subject: str, labels: Any, own: bool) -> None:
    assert list(of_cluster(role(), binding(subject, labels=labels))) == ([] if own else [subject])


def test_a_binding_to_nobody_and_to_a_role_that_is_gone_gives_nothing() -> None:
    assert of_cluster(role(), binding("User alice", subjects=None)) == {}
    assert of_cluster(role("another"), binding("User alice")) == {}
    assert of_cluster({"metadata": {"name": "reading"}, "rules": None}, binding("User alice")) == {}
