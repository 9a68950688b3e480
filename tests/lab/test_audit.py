# SPDX-License-Identifier: GPL-3.0-or-later
"""What an audit finds in a cluster: one fault is planted for every rule about it."""

from __future__ import annotations

import base64
import copy
import datetime
import json
import re
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from ansible_collections.lotus_lake.secrets.lab.estate import LAKE_NAMESPACE, LabEstate
from ansible_collections.lotus_lake.secrets.lab.flux import KUSTOMIZE, NAMESPACE
from ansible_collections.lotus_lake.secrets.lab.workloads import S3, S3_PORT, SEAWEEDFS_NAMESPACE
from ansible_collections.lotus_lake.secrets.plugins.module_utils.audit.reports.text import place
from ansible_collections.lotus_lake.secrets.plugins.module_utils.operations import estate_audit
from ansible_collections.lotus_lake.secrets.tests.lab.operations import performed
from ansible_collections.lotus_lake.secrets.tests.lab.operators import CLUSTER, Operators
from ansible_collections.lotus_lake.secrets.tests.lab.rotations import APPS, Rotations

SECRET = "dagster-db-backup-creds"
Audit = Callable[..., dict[str, list[str]]]


@pytest.fixture
def audit(lab_estate: LabEstate) -> Audit:
    """Audits, and returns what rules about the cluster and its gateways found, and where."""

    def audited(declared: dict[str, Any] | None = None) -> dict[str, list[str]]:
        params: dict[str, Any] = {"rules": None, "fail_on": "never", **({"estate": declared} if declared else {})}
        done = performed(lab_estate, estate_audit.OPERATION, **params)
        assert "failed" not in done, done
        about = ("cluster-", "access-gateways")
        assert not [one for one in done["not_checked"] if one["rule"].startswith(about)]
        found: dict[str, list[str]] = {}
        for one in done["findings"]:
            if one["rule"].startswith(about):
                found.setdefault(one["rule"], []).append(f"{place(one['where'])}: {one['what']}")
        return found

    return audited


@pytest.fixture
def suspended(rotations: Rotations) -> Iterator[None]:
    """The Kustomization of daggy's copy, so that Flux puts nothing right."""
    api = rotations.made.lab.api
    api.merge(KUSTOMIZE, "Kustomization", "dagster", NAMESPACE, {"spec": {"suspend": True}})
    yield
    api.merge(KUSTOMIZE, "Kustomization", "dagster", NAMESPACE, {"spec": {"suspend": False}})


def test_where_all_is_well_nothing_is_found(rotations: Rotations, audit: Audit) -> None:
    rotations.wait_until_settled()
    assert audit() == {}


def test_the_playbook_finds_no_error_and_leaves_no_rule_out(rotations: Rotations, tmp_path: Path) -> None:
    rotations.wait_until_settled()
    page = tmp_path / "audit.html"
    done = rotations.run("audit.yml", "-e", json.dumps({"reports": [{"format": "html", "path": str(page)}]}))
    assert done.code == 0, done.output
    assert done.stats["lotus-lake"]["changed"] == 0
    # its keys are as old as the shipped estate's, and typed by a person
    title = r"<title>Audit of lotus-lake: 0 errors, \d+ warnings, 0 notes, 0 not checked</title>"
    assert re.search(title, page.read_text())


@pytest.mark.usefixtures("suspended")
def test_a_changed_secret_and_a_pod_that_is_older_are_found_while_flux_is_suspended(rotations: Rotations, audit: Audit) -> None:
    api = rotations.made.lab.api
    held = api.get("Secret", SECRET, LAKE_NAMESPACE)["data"]["SECRET_ACCESS_KEY"]

    def write(value: str) -> None:
        api.merge("v1", "Secret", SECRET, LAKE_NAMESPACE, {"data": {"SECRET_ACCESS_KEY": value}})

    write(base64.b64encode(b"by hand").decode())
    found = audit()
    write(held)
    resumed = "Kustomization flux-system/dagster: Flux does nothing with it until it is resumed"
    assert found == {
        "cluster-flux-suspended": [resumed],
        "cluster-differs": [
            f"Secret {LAKE_NAMESPACE}/{SECRET} (daggy): SECRET_ACCESS_KEY: the cluster has something else than the file"
        ],
    }
    found = audit()
    assert found.pop("cluster-flux-suspended") == [resumed]
    assert set(found) == {"cluster-old-pod"}
    (said,) = found["cluster-old-pod"]
    assert said.startswith(f"Pod {LAKE_NAMESPACE}/dagster-db-")
    assert "it belongs to Deployment/dagster-db" in said
    api.merge(KUSTOMIZE, "Kustomization", "dagster", NAMESPACE, {"spec": {"suspend": False}})
    done = rotations.run("rotate.yml", "-e", "identity=daggy", "-e", "min_age=0")
    assert done.code == 0, done.output
    assert audit() == {}


def test_a_workload_that_nobody_declared_is_found(rotations: Rotations, audit: Audit) -> None:
    api = rotations.made.lab.api
    labels = {"app": "forgotten"}
    container = {"name": "main", "image": "none", "envFrom": [{"secretRef": {"name": SECRET}}]}
    template = {"metadata": {"labels": labels}, "spec": {"containers": [container]}}
    spec = {"replicas": 0, "selector": {"matchLabels": labels}, "template": template}
    api.apply(
        {"apiVersion": APPS, "kind": "Deployment", "metadata": {"name": "forgotten", "namespace": LAKE_NAMESPACE}, "spec": spec}
    )
    found = audit()
    declared = copy.deepcopy(rotations.made.estate.declaration)
    (daggy,) = (identity for identity in declared["identities"] if identity["name"] == "daggy")
    daggy["consumers"].append({"kind": "Deployment", "name": "forgotten", "namespace": LAKE_NAMESPACE})
    once_declared = audit(declared)
    api.delete(APPS, "Deployment", "forgotten", LAKE_NAMESPACE)
    assert once_declared == {}
    what = "it uses a Secret of the estate, and no identity has it among its consumers"
    assert found == {"cluster-undeclared-consumer": [f"Deployment {LAKE_NAMESPACE}/forgotten: {what}"]}


def test_somebody_who_may_read_a_secret_and_is_not_declared_is_found(rotations: Rotations, audit: Audit) -> None:
    api = rotations.made.lab.api
    group = "rbac.authorization.k8s.io"
    subject = {"kind": "ServiceAccount", "name": "curious", "namespace": "default"}
    # Kubernetes' own role, which gives a namespace's Secrets with all else
    about = {"apiGroup": group, "kind": "ClusterRole", "name": "edit"}
    metadata = {"name": "curious", "namespace": LAKE_NAMESPACE}
    version = f"{group}/v1"
    api.apply({"apiVersion": version, "kind": "RoleBinding", "metadata": metadata, "roleRef": about, "subjects": [subject]})
    found = audit()
    api.delete(version, "RoleBinding", "curious", LAKE_NAMESPACE)
    assert audit() == {}
    assert set(found) == {"cluster-secret-reader"}
    (said,) = found["cluster-secret-reader"]
    assert said.startswith(f"RoleBinding {LAKE_NAMESPACE}/curious: ServiceAccount default/curious may read {LAKE_NAMESPACE}/")
    assert said.endswith(" by ClusterRole edit")
    assert f"{LAKE_NAMESPACE}/{SECRET}" in said


def test_a_kustomization_that_fails_is_found_with_its_message(rotations: Rotations, audit: Audit) -> None:
    api = rotations.made.lab.api
    like = api.get("Kustomization", "dagster", NAMESPACE, version=KUSTOMIZE)["spec"]
    broken = {"apiVersion": KUSTOMIZE, "kind": "Kustomization", "metadata": {"name": "broken", "namespace": NAMESPACE}}
    api.apply({**broken, "spec": {**like, "path": "./nowhere"}})

    def has_failed() -> bool:
        status = api.get("Kustomization", "broken", NAMESPACE, version=KUSTOMIZE).get("status", {})
        return any(one["type"] == "Ready" and one["status"] == "False" for one in status.get("conditions", []))

    api.wait("the Kustomization to fail", has_failed)
    found = audit()
    api.delete(KUSTOMIZE, "Kustomization", "broken", NAMESPACE)
    api.wait("the Kustomization to go", lambda: audit() == {})
    assert set(found) == {"cluster-flux-failing"}
    (said,) = found["cluster-flux-failing"]
    assert said.startswith("Kustomization flux-system/broken: ArtifactFailed: ")
    assert "nowhere" in said


def test_databases_without_backups_are_found(lab_estate: LabEstate, audit: Audit) -> None:
    """CloudNativePG's objects are real, their status is written by this test."""
    operators = Operators(lab_estate.lab.api)
    operators.install()
    declared = copy.deepcopy(lab_estate.estate.declaration)
    (daggy,) = (identity for identity in declared["identities"] if identity["name"] == "daggy")
    names = ("audited-db", "audited-gone")
    daggy["consumers"] += [{"kind": "Cluster", "name": name, "namespace": LAKE_NAMESPACE} for name in names]
    metadata = {"name": "audited-db", "namespace": LAKE_NAMESPACE}
    lab_estate.lab.api.apply({"apiVersion": "postgresql.cnpg.io/v1", "kind": "Cluster", "metadata": metadata, "spec": {}})
    old = datetime.datetime.now(datetime.UTC) - datetime.timedelta(days=9, hours=1)
    condition = {"type": "ContinuousArchiving", "status": "False", "reason": "ContinuousArchivingFailing", "message": "403"}
    status: dict[str, Any] = {"lastSuccessfulBackup": old.strftime("%Y-%m-%dT%H:%M:%SZ"), "conditions": [condition]}
    operators.set_status(CLUSTER, LAKE_NAMESPACE, "audited-db", status)
    found = audit(declared)
    status["conditions"] = [{**condition, "status": "True"}]
    status["lastSuccessfulBackup"] = datetime.datetime.now(datetime.UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
    operators.set_status(CLUSTER, LAKE_NAMESPACE, "audited-db", status)
    daggy["consumers"].pop()
    once_mended = audit(declared)
    lab_estate.lab.api.delete("postgresql.cnpg.io/v1", "Cluster", "audited-db", LAKE_NAMESPACE)
    assert set(once_mended) == {"cluster-waits"}
    where = f"Cluster {LAKE_NAMESPACE}"
    assert found == {
        "cluster-archiving": [
            f"{where}/audited-db (daggy): ContinuousArchivingFailing: 403",
            f"{where}/audited-gone (daggy): it is declared as a consumer and not in the cluster",
        ],
        "cluster-old-backup": [f"{where}/audited-db (daggy): its last backup is 9d 1h old"],
        "cluster-waits": [
            f"Secret {LAKE_NAMESPACE}/{SECRET} (daggy): Cluster/audited-gone in {LAKE_NAMESPACE} learns of its change late"
        ],
    }


def test_gateways_that_disagree_are_found(rotations: Rotations, audit: Audit) -> None:
    """One of two has a configuration of its own."""
    api = rotations.made.lab.api
    name = "with-an-old-master"
    config = '{"identities": []}'
    api.apply(
        {
            "apiVersion": "v1",
            "kind": "ConfigMap",
            "metadata": {"name": name, "namespace": SEAWEEDFS_NAMESPACE},
            "data": {"c": config},
        }
    )
    pod = copy.deepcopy(api.get("Deployment", S3, SEAWEEDFS_NAMESPACE, version=APPS)["spec"]["template"]["spec"])
    pod["volumes"] = [{"name": "config", "configMap": {"name": name}}]
    (container,) = pod["containers"]
    container["args"] = [
        one.partition("-config=")[0] + "-config=/etc/sw/c" if "-config=" in one else one for one in container["args"]
    ]
    labels = {"app": name}
    spec = {"replicas": 1, "selector": {"matchLabels": labels}, "template": {"metadata": {"labels": labels}, "spec": pod}}
    api.apply(
        {"apiVersion": APPS, "kind": "Deployment", "metadata": {"name": name, "namespace": SEAWEEDFS_NAMESPACE}, "spec": spec}
    )
    api.wait(
        "the other gateway",
        lambda: api.get("Deployment", name, SEAWEEDFS_NAMESPACE, version=APPS).get("status", {}).get("availableReplicas") == 1,
    )
    declared = copy.deepcopy(rotations.made.estate.declaration)
    declared["cluster"]["gateways"].append({"name": name, "namespace": SEAWEEDFS_NAMESPACE, "port": S3_PORT})
    found = audit(declared)
    api.delete(APPS, "Deployment", name, SEAWEEDFS_NAMESPACE)
    assert audit() == {}
    assert set(found) == {"access-gateways-disagree"}
    assert len(found["access-gateways-disagree"]) == 3
    assert f"is refused by pod {SEAWEEDFS_NAMESPACE}/{name}-" in found["access-gateways-disagree"][0]
