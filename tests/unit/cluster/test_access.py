# SPDX-License-Identifier: GPL-3.0-or-later
"""What an estate needs to be allowed to do in its cluster."""

from __future__ import annotations

from typing import Any

from ansible_collections.lotus_lake.secrets.plugins.module_utils.cluster import access
from ansible_collections.lotus_lake.secrets.plugins.module_utils.cluster.access import SecretNames
from ansible_collections.lotus_lake.secrets.tests.fixtures.declared_estate import estate, small

SECRETS = SecretNames(frozenset({("apps", "web-keys")}), frozenset({("storage", "s3-config")}), frozenset())
GATEWAY = {"name": "s3", "namespace": "storage"}


def allowed(declared: dict[str, Any], secrets: SecretNames = SECRETS) -> set[str]:
    """Each right as ``namespace: verb resource name``, with ``*`` where it is about all names."""
    return {
        f"{namespace or 'cluster'}: {verb} {resource} {name}"
        for namespace, listed in access.rules(estate(declared), secrets).items()
        for _group, resource, names, verbs in listed
        for verb in verbs
        for name in names or ("*",)
    }


def of_secrets(rights: set[str]) -> set[str]:
    return {right for right in rights if " secrets " in right}


def test_without_a_cluster_and_flux_only_the_declared_secrets_are_read() -> None:
    assert allowed(small()) == {"apps: get secrets web-keys", "storage: get secrets s3-config"}


def test_secrets_are_never_listed_and_only_those_that_are_applied_are_written() -> None:
    declared = {**small(), "delivery": {"method": "apply"}, "cluster": {"gateways": [GATEWAY]}}
    applied = SecretNames(SECRETS.copies, SECRETS.master, frozenset({("apps", "web-keys")}))
    assert of_secrets(allowed(declared, applied)) == {
        "apps: get secrets web-keys",
        "apps: patch secrets web-keys",
        "apps: create secrets *",
        "storage: get secrets s3-config",
    }


def test_a_gateway_is_patched_by_name_and_a_signal_needs_no_patch_but_a_program_in_its_pods() -> None:
    rolled = allowed({**small(), "cluster": {"gateways": [GATEWAY]}})
    assert "storage: patch deployments s3" in rolled
    assert not [right for right in rolled if "pods/exec" in right]
    signalled = allowed({**small(), "cluster": {"gateways": [{**GATEWAY, "reload": "signal"}]}})
    assert "storage: patch deployments s3" not in signalled
    assert {"storage: create pods/exec *", "storage: get deployments s3"} <= signalled


def test_who_may_read_secrets_is_listed_only_where_the_audit_compares_it() -> None:
    def listing(declared: dict[str, Any]) -> set[str]:
        return {right for right in allowed({**small(), "cluster": declared}) if "role" in right}

    assert listing({}) == set()
    assert listing({"secret_readers": []}) == {
        "cluster: list clusterroles *",
        "cluster: list clusterrolebindings *",
        *(f"{namespace}: list {kind} *" for namespace in ("apps", "storage") for kind in ("roles", "rolebindings")),
    }


def test_a_consumer_is_patched_by_name_and_all_of_a_namespace_only_where_the_undeclared_are_restarted() -> None:
    declared = {**small(), "cluster": {}}
    declared["identities"][0]["consumers"] = [{"kind": "StatefulSet", "name": "web", "namespace": "apps"}]
    rights = allowed(declared)
    assert "apps: patch statefulsets web" in rights
    assert not [right for right in rights if "patch" in right and right.endswith("*")]
    declared["cluster"] = {"undeclared": "restart"}
    assert {f"apps: patch {kind} *" for kind in ("deployments", "statefulsets", "daemonsets")} <= allowed(declared)


def test_a_backup_is_made_only_where_one_is_asked_for() -> None:
    consumer = {"kind": "Cluster", "name": "db", "namespace": "apps"}
    for backup in (False, True):
        declared = {**small(), "cluster": {}}
        declared["identities"][0]["consumers"] = [{**consumer, "backup": backup}]
        assert ("apps: create backups *" in allowed(declared)) is backup


def test_flux_is_asked_by_name_where_its_objects_are_declared_and_looked_for_where_they_are_not() -> None:
    named = {"git_repository": "flux-system/git", "kustomizations": ["flux-system/apps"]}
    rights = allowed({**small(), "delivery": {"method": "flux", **named}})
    assert "flux-system: patch kustomizations apps" in rights
    assert not [right for right in rights if right.startswith("cluster:")]
    assert "cluster: list kustomizations *" in allowed({**small(), "delivery": {"method": "flux"}})


def test_the_manifests_bind_each_role_to_the_account_and_one_of_the_cluster_only_where_it_is_needed() -> None:
    rules = access.rules(estate({**small(), "cluster": {"gateways": [GATEWAY]}}), SECRETS)
    made = access.manifests(rules, "tools", "rotator")
    kinds = [(one["kind"], one["metadata"].get("namespace")) for one in made]
    assert kinds == [
        ("ServiceAccount", "tools"),
        ("Role", "apps"),
        ("RoleBinding", "apps"),
        ("Role", "storage"),
        ("RoleBinding", "storage"),
    ]
    for binding in (one for one in made if one["kind"] == "RoleBinding"):
        assert binding["subjects"] == [{"kind": "ServiceAccount", "name": "rotator", "namespace": "tools"}]
        assert binding["roleRef"]["name"] == "rotator"
    with_cluster = access.manifests({"": [("g", "things", (), ("list",))]}, "tools", "rotator")
    assert [one["kind"] for one in with_cluster] == ["ServiceAccount", "ClusterRole", "ClusterRoleBinding"]
