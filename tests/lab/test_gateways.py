# SPDX-License-Identifier: GPL-3.0-or-later
"""SeaweedFS's gateways: they load a delivered master, and each pod is asked by itself."""

from __future__ import annotations

import copy
from typing import Any

import pytest
from ansible_collections.lotus_lake.secrets.lab.estate import LabEstate
from ansible_collections.lotus_lake.secrets.lab.workloads import S3, SEAWEEDFS_NAMESPACE
from ansible_collections.lotus_lake.secrets.plugins.module_utils.operations import gateway_reload, s3_verify
from ansible_collections.lotus_lake.secrets.tests.lab.operations import performed
from ansible_collections.lotus_lake.secrets.tests.lab.rotations import APPS, Rotations

MASTER = "lotus-lake.secrets/master"
GATEWAY = {"name": S3, "namespace": SEAWEEDFS_NAMESPACE}


def declared(made: LabEstate, **more: Any) -> dict[str, Any]:
    estate = copy.deepcopy(made.estate.declaration)
    estate["cluster"]["gateways"] = [{**GATEWAY, **more}]
    return estate


def reload(made: LabEstate, *, check: bool = False, **more: Any) -> dict[str, Any]:
    return performed(made, gateway_reload.OPERATION, estate=declared(made, **more), check=check, diff=True)


def verify(made: LabEstate, **more: Any) -> dict[str, Any]:
    about = {"identities": [], "expect": ["target"], "since": {}, "prove": "authentication", "pods": True, "wait": 0.0}
    return performed(made, s3_verify.OPERATION, **{**about, "credentials": None, "endpoints": None, **more})


def pods(made: LabEstate) -> dict[str, dict[str, Any]]:
    found = made.lab.api.list("Pod", SEAWEEDFS_NAMESPACE, labels=f"app={S3}")
    return {pod["metadata"]["name"]: pod for pod in found if not pod["metadata"].get("deletionTimestamp")}


def test_a_master_is_loaded_by_one_rollout_and_not_again(rotations: Rotations) -> None:
    made = rotations.made
    made.lab.api.merge(
        APPS, "Deployment", S3, SEAWEEDFS_NAMESPACE, {"spec": {"template": {"metadata": {"annotations": {MASTER: "x"}}}}}
    )
    rotations.wait_until_settled()
    before = rotations.rollouts()
    predicted = reload(made, check=True)
    assert predicted["diff"] == {"prepared": f"rollout of Deployment/{S3} in {SEAWEEDFS_NAMESPACE}\n"}
    assert rotations.rolled_since(before) == {}
    done = reload(made)
    assert done["gateways"] == [{"name": f"Deployment/{S3} in {SEAWEEDFS_NAMESPACE}", "reload": "rollout", "changed": True}]
    assert rotations.rolled_since(before) == {S3: 1}
    assert not reload(made)["changed"]
    assert rotations.rolled_since(before) == {S3: 1}


def test_a_signal_makes_pods_load_the_master_without_a_rollout_or_a_cut_connection(rotations: Rotations) -> None:
    made, estate = rotations.made, rotations.made.estate
    estate.declare(declared(made, reload="signal"))
    before, cuts, failed = rotations.rollouts(), rotations.cuts(), rotations.failures()
    names = set(pods(made))
    ((old_id, old_secret),) = estate.master()["daggy"]
    done = rotations.run("rotate.yml", "-e", "identity=daggy", "-e", "min_age=0")
    assert done.code == 0, done.output
    (new,) = estate.master()["daggy"]
    assert rotations.answers(new) == {"accepted"}
    assert rotations.answers((old_id, old_secret)) == {"InvalidAccessKeyId"}
    assert set(pods(made)) == names
    assert rotations.rolled_since(before) == {"dagster-db": 1}
    assert (rotations.cuts(), rotations.failures()) == (cuts, failed)
    assert not reload(made, reload="signal")["changed"]


def test_a_pod_that_does_not_take_the_key_is_named(rotations: Rotations) -> None:
    """Two gateways: one reloads, one is left alone, and a new key is staged."""
    estate, api = rotations.made.estate, rotations.made.lab.api
    gateway = api.get("Deployment", S3, SEAWEEDFS_NAMESPACE, version=APPS)
    labels = {"app": "left-alone"}
    pod = copy.deepcopy(gateway["spec"]["template"]["spec"])
    lonely = {
        "apiVersion": APPS,
        "kind": "Deployment",
        "metadata": {"name": "left-alone", "namespace": SEAWEEDFS_NAMESPACE},
        "spec": {
            "replicas": 1,
            "selector": {"matchLabels": labels},
            "template": {"metadata": {"labels": labels}, "spec": pod},
        },
    }
    api.apply(lonely)
    api.wait(
        "the other gateway",
        lambda: api.get("Deployment", "left-alone", SEAWEEDFS_NAMESPACE, version=APPS)["status"].get("availableReplicas") == 1,
    )
    ((old_id, old_secret),) = estate.master()["rubberducky"]
    other = {"name": "left-alone", "namespace": SEAWEEDFS_NAMESPACE, "reload": "none"}
    changed = copy.deepcopy(estate.declaration)
    changed["cluster"]["gateways"].append(other)
    changed["s3"]["wait"] = "3s"
    estate.declare(changed)
    stopped = rotations.run("rotate.yml", "-e", "identity=rubberducky", "-e", "min_age=0")
    assert stopped.code == 2, stopped.output
    assert f"pod {SEAWEEDFS_NAMESPACE}/left-alone-" in stopped.output
    assert estate.copies("rubberducky") == [(old_id, old_secret)]
    changed["cluster"]["gateways"][1] |= {"reload": "rollout"}
    estate.declare(changed)
    done = rotations.run("rotate.yml", "-e", "identity=rubberducky")
    assert done.code == 0, done.output
    assert rotations.answers((old_id, old_secret)) == {"InvalidAccessKeyId"}
    api.delete(APPS, "Deployment", "left-alone", SEAWEEDFS_NAMESPACE)


@pytest.mark.parametrize("inside", [False, True], ids=["through the API server", "as from inside the cluster"])
def test_each_pod_is_proven_by_name(lab_estate: LabEstate, monkeypatch: pytest.MonkeyPatch, inside: bool) -> None:
    if inside:
        monkeypatch.setenv("KUBERNETES_SERVICE_HOST", "10.0.0.1")
    done = verify(lab_estate)
    assert done["ok"], done
    asked = {row["endpoint"] for row in done["verified"]}
    assert asked == {lab_estate.addresses.endpoint, *(f"pod {SEAWEEDFS_NAMESPACE}/{name}" for name in pods(lab_estate))}
    alone = verify(lab_estate, pods=False)
    assert {row["endpoint"] for row in alone["verified"]} == {lab_estate.addresses.endpoint}
