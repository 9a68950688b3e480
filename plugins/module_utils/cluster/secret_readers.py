# SPDX-License-Identifier: GPL-3.0-or-later
"""Who may read which Secrets, as Kubernetes' RBAC says it. Pure functions.

What Kubernetes itself binds to its own users, groups and controllers is left out, and so are indirect ways: whoever may make a
pod in a namespace can mount its Secrets. See https://kubernetes.io/docs/reference/access-authn-authz/rbac/.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

Document = Mapping[str, Any]
_GROUP = "rbac.authorization.k8s.io"
ROLE = (_GROUP, "v1", "roles", "Role")
ROLE_BINDING = (_GROUP, "v1", "rolebindings", "RoleBinding")
CLUSTER_ROLE = (_GROUP, "v1", "clusterroles", "ClusterRole")
CLUSTER_ROLE_BINDING = (_GROUP, "v1", "clusterrolebindings", "ClusterRoleBinding")

_READING = {"get", "list", "watch", "*"}
_OF_EVERYBODY = ("system:authenticated", "system:unauthenticated", "system:serviceaccounts")
_BOOTSTRAPPED = ("kubernetes.io/bootstrapping", "rbac-defaults")


@dataclasses.dataclass(frozen=True)
class Reader:
    """Somebody who may read Secrets.

    Attributes:
        subject: ``User NAME``, ``Group NAME`` or ``ServiceAccount NAMESPACE/NAME``.
        binding: By which it may, such as ``RoleBinding apps/deployers`` or ``ClusterRoleBinding deployers``.
        role: What the binding gives, such as ``ClusterRole edit``.
        secrets: Those that it may read, as ``namespace/name``.
    """

    subject: str
    binding: str
    role: str
    secrets: tuple[str, ...]


def readers(
    secrets: Sequence[tuple[str, str]],
    cluster_roles: Iterable[Document],
    cluster_bindings: Iterable[Document],
    roles: Mapping[str, Iterable[Document]],
    bindings: Mapping[str, Iterable[Document]],
) -> list[Reader]:
    """Who may get, list or watch one of some Secrets.

    Args:
        secrets: As namespace and name.
        cluster_roles, cluster_bindings: The ClusterRoles and ClusterRoleBindings.
        roles, bindings: The Roles and RoleBindings by namespace.
    """
    of_cluster = {_name(one): one for one in cluster_roles}
    of_namespace = {(namespace, _name(one)): one for namespace, listed in roles.items() for one in listed}
    found: list[Reader] = []
    for binding in cluster_bindings:
        readable = _readable(of_cluster.get(binding["roleRef"]["name"]), secrets)
        found += _of_binding(binding, f"ClusterRoleBinding {_name(binding)}", readable)
    for namespace, listed in bindings.items():
        here = [secret for secret in secrets if secret[0] == namespace]
        for binding in listed:
            reference = binding["roleRef"]
            in_cluster = reference["kind"] == CLUSTER_ROLE[3]
            role = of_cluster.get(reference["name"]) if in_cluster else of_namespace.get((namespace, reference["name"]))
            found += _of_binding(binding, f"RoleBinding {namespace}/{_name(binding)}", _readable(role, here), namespace)
    return found


def _of_binding(binding: Document, called: str, readable: tuple[str, ...], namespace: str = "") -> Iterator[Reader]:
    if readable:
        role = f"{binding['roleRef']['kind']} {binding['roleRef']['name']}"
        for subject in binding.get("subjects") or ():
            if not _is_of_kubernetes(subject, binding):
                yield Reader(_subject(subject, namespace), called, role, readable)


def _readable(role: Document | None, secrets: Sequence[tuple[str, str]]) -> tuple[str, ...]:
    rules = (role or {}).get("rules") or ()
    return tuple(f"{namespace}/{name}" for namespace, name in secrets if any(_reads(rule, name) for rule in rules))


def _reads(rule: Document, name: str) -> bool:
    return (
        bool({"", "*"} & set(rule.get("apiGroups") or ()))
        and bool({"secrets", "*"} & set(rule.get("resources") or ()))
        and bool(_READING & set(rule.get("verbs") or ()))
        and name in (rule.get("resourceNames") or (name,))
    )


def _is_of_kubernetes(subject: Document, binding: Document) -> bool:
    """Whether Kubernetes made it so for itself. A subject that somebody added to one of its bindings is not its own."""
    label, value = _BOOTSTRAPPED
    name = subject["name"]
    if subject["kind"] == "Group" and name == "system:masters":
        return True
    if (binding["metadata"].get("labels") or {}).get(label) != value:
        return False
    if subject["kind"] == "ServiceAccount":
        return bool(subject.get("namespace") == "kube-system")
    return name.startswith("system:") and not name.startswith(_OF_EVERYBODY)


def _subject(subject: Document, namespace: str) -> str:
    if subject["kind"] == "ServiceAccount":
        return f"ServiceAccount {subject.get('namespace') or namespace}/{subject['name']}"
    return f"{subject['kind']} {subject['name']}"


def _name(document: Document) -> str:
    return str(document["metadata"]["name"])
