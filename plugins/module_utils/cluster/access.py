# SPDX-License-Identifier: GPL-3.0-or-later
"""What an estate needs to be allowed to do in its cluster, as Kubernetes' RBAC says it. Pure functions."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from ..estate.model import Consumer, Estate, Gateway
from .flux import namespaced
from .secret_readers import CLUSTER_ROLE, CLUSTER_ROLE_BINDING, ROLE, ROLE_BINDING

Document = dict[str, Any]
Rule = tuple[str, str, tuple[str, ...], tuple[str, ...]]
"""Group, resource, names of the objects that it is about (all where there are none), and verbs."""

_FLUX = {
    "GitRepository": ("source.toolkit.fluxcd.io", "gitrepositories"),
    "Kustomization": ("kustomize.toolkit.fluxcd.io", "kustomizations"),
}
_APPS = {"Deployment": "deployments", "StatefulSet": "statefulsets", "DaemonSet": "daemonsets"}
_OPERATORS = {
    "HelmRelease": ("helm.toolkit.fluxcd.io", "helmreleases"),
    "Terraform": ("infra.contrib.fluxcd.io", "terraforms"),
    "Cluster": ("postgresql.cnpg.io", "clusters"),
}
_USING_SECRETS = (
    ("apps", "deployments"),
    ("apps", "statefulsets"),
    ("apps", "daemonsets"),
    ("batch", "cronjobs"),
    ("batch", "jobs"),
)
# a websocket begins as a GET, and newer API servers want the right to create as well
_CONNECT = ("create", "get")


@dataclasses.dataclass(frozen=True)
class SecretNames:
    """The Secrets of an estate, as namespace and name.

    Attributes:
        copies, master: Those that hold copies, and the master.
        applied: Those that a delivery ``apply`` writes.
    """

    copies: frozenset[tuple[str, str]]
    master: frozenset[tuple[str, str]]
    applied: frozenset[tuple[str, str]]


def rules(estate: Estate, secrets: SecretNames) -> dict[str, list[Rule]]:
    """The rules by namespace; under an empty name those of the whole cluster."""
    found: dict[str, set[Rule]] = {}

    def add(namespace: str, group: str, resource: str, verbs: Iterable[str], *names: str) -> None:
        found.setdefault(namespace, set()).add((group, resource, names, tuple(sorted(verbs))))

    for namespace, name in secrets.copies | secrets.master | secrets.applied:
        add(namespace, "", "secrets", ("get",), name)
    for namespace, name in secrets.applied:
        add(namespace, "", "secrets", ("patch",), name)
        # who makes an object has no name yet
        add(namespace, "", "secrets", ("create",))
    _of_flux(estate, add)
    if estate.cluster is not None:
        for gateway in estate.cluster.gateways:
            _of_gateway(gateway, add)
        if estate.cluster.secret_readers is not None:
            _of_readers({namespace for namespace, _name in secrets.copies | secrets.master}, add)
        consumers = {consumer for identity in estate.identities for consumer in identity.consumers}
        for consumer in consumers:
            _of_consumer(consumer, add)
        for namespace in {namespace for namespace, _name in secrets.copies}:
            add(namespace, "", "pods", ("list",))
            for group, resource in _USING_SECRETS:
                add(namespace, group, resource, ("list",))
            for resource in _APPS.values() if estate.cluster.undeclared == "restart" else ():
                add(namespace, "apps", resource, ("get", "patch"))
        if any(consumer.backup for identity in estate.identities for consumer in identity.consumers):
            for consumer in consumers:
                if consumer.kind == "Cluster":
                    add(consumer.namespace, "postgresql.cnpg.io", "backups", ("create", "get"))
    return {namespace: _merged(sorted(listed)) for namespace, listed in sorted(found.items())}


def _of_flux(estate: Estate, add: Any) -> None:
    for repository in estate.repositories:
        delivery = repository.delivery
        if delivery.method != "flux":
            continue
        source = [delivery.git_repository] if delivery.git_repository else []
        declared = {"GitRepository": source, "Kustomization": [*delivery.kustomizations]}
        for kind, names in declared.items():
            group, resource = _FLUX[kind]
            for name in names:
                namespace, called = namespaced(name)
                add(namespace, group, resource, ("get", "patch"), called)
            if not names and not (kind == "GitRepository" and delivery.kustomizations):
                add("", group, resource, ("get", "list", "patch"))
            elif not names:
                # a Kustomization names its source, which may be in any namespace
                add("", group, resource, ("get", "patch"))


def _of_gateway(gateway: Gateway, add: Any) -> None:
    verbs = ("get", "patch") if gateway.reload == "rollout" else ("get",)
    add(gateway.namespace, "apps", _APPS[gateway.kind], verbs, gateway.name)
    add(gateway.namespace, "", "pods", ("list",))
    add(gateway.namespace, "", "pods/portforward", _CONNECT)
    if gateway.reload == "signal":
        add(gateway.namespace, "", "pods", ("patch",))
        add(gateway.namespace, "", "pods/exec", _CONNECT)


def _of_consumer(consumer: Consumer, add: Any) -> None:
    if consumer.kind in _APPS:
        add(consumer.namespace, "apps", _APPS[consumer.kind], ("get", "patch"), consumer.name)
        add(consumer.namespace, "", "pods", ("list",))
        return
    group, resource = _OPERATORS[consumer.kind]
    add(consumer.namespace, group, resource, ("get", "patch"), consumer.name)
    if consumer.kind == "Cluster":
        add(consumer.namespace, "", "pods/proxy", ("get",))


def _of_readers(namespaces: Iterable[str], add: Any) -> None:
    """Of who may read the Secrets."""
    for group, _version, resource, _kind in (CLUSTER_ROLE, CLUSTER_ROLE_BINDING):
        add("", group, resource, ("list",))
    for namespace in namespaces:
        for group, _version, resource, _kind in (ROLE, ROLE_BINDING):
            add(namespace, group, resource, ("list",))


def _merged(listed: Sequence[Rule]) -> list[Rule]:
    """The same with as few rules as say it: verbs about the same names together, then names with the same verbs."""
    by_names: dict[tuple[str, str, tuple[str, ...]], set[str]] = {}
    for group, resource, about, verbs in listed:
        by_names.setdefault((group, resource, about), set()).update(verbs)
    by_verbs: dict[tuple[str, str, tuple[str, ...], bool], set[str]] = {}
    for (group, resource, about), allowed in by_names.items():
        by_verbs.setdefault((group, resource, tuple(sorted(allowed)), bool(about)), set()).update(about)
    return [(group, resource, tuple(sorted(names)), verbs) for (group, resource, verbs, _named), names in by_verbs.items()]


def manifests(wanted: Mapping[str, Sequence[Rule]], namespace: str, name: str) -> list[Document]:
    """A ServiceAccount, and what it may do.

    Args:
        wanted: As ``rules`` returns them.
        namespace, name: Of the ServiceAccount. The roles have its name.
    """
    account = {"kind": "ServiceAccount", "name": name, "namespace": namespace}
    made: list[Document] = [
        {"apiVersion": "v1", "kind": "ServiceAccount", "metadata": {"name": name, "namespace": namespace}},
    ]
    for where, listed in wanted.items():
        kind = "Role" if where else "ClusterRole"
        metadata = {"name": name, **({"namespace": where} if where else {})}
        made.append(_rbac(kind, metadata, rules=[_rule(rule) for rule in listed]))
        about = {"apiGroup": "rbac.authorization.k8s.io", "kind": kind, "name": name}
        made.append(_rbac(f"{kind}Binding", metadata, roleRef=about, subjects=[account]))
    return made


def _rbac(kind: str, metadata: Mapping[str, str], **more: Any) -> Document:
    return {"apiVersion": "rbac.authorization.k8s.io/v1", "kind": kind, "metadata": dict(metadata), **more}


def _rule(rule: Rule) -> Document:
    group, resource, names, verbs = rule
    named = {"resourceNames": list(names)} if names else {}
    return {"apiGroups": [group], "resources": [resource], **named, "verbs": list(verbs)}
