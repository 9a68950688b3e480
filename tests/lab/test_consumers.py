# SPDX-License-Identifier: GPL-3.0-or-later
"""Consumers that take a changed key, each kind its own way."""

from __future__ import annotations

import base64
import copy
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from ansible_collections.lotus_lake.secrets.lab.api import namespace
from ansible_collections.lotus_lake.secrets.lab.estate import LAKE_NAMESPACE, LabEstate
from ansible_collections.lotus_lake.secrets.lab.images import CLIENT
from ansible_collections.lotus_lake.secrets.lab.workloads import Manifest
from ansible_collections.lotus_lake.secrets.plugins.module_utils.operations import consumer_restart
from ansible_collections.lotus_lake.secrets.tests.lab import operators
from ansible_collections.lotus_lake.secrets.tests.lab.operations import performed
from ansible_collections.lotus_lake.secrets.tests.lab.operators import CLUSTER, HELM, TOFU, Operators

APPS = "apps/v1"
APART = "consumers"
OURS = "lotus-lake-secrets"
SECRET = "dagster-db-backup-creds"
"""With daggy's key."""
NAMED = {"Deployment": APPS, "StatefulSet": APPS, "DaemonSet": APPS}
CREDENTIALS = "lotus-lake.secrets/credentials"
Restart = Callable[..., dict[str, Any]]


@pytest.fixture(scope="module")
def operating(lab_estate: LabEstate) -> Iterator[Operators]:
    """The stand-ins of operators, at work."""
    api = lab_estate.lab.api
    api.apply(namespace(APART))
    made = Operators(api)
    made.install()
    with made.at_work():
        yield made


@pytest.fixture
def restart(lab_estate: LabEstate) -> Restart:
    """Restarts daggy's consumers, which are those that are named: what the operation returns."""

    def restarted(*consumers: dict[str, Any], **more: Any) -> dict[str, Any]:
        declared = copy.deepcopy(lab_estate.estate.declaration)
        declared["cluster"] |= more.pop("cluster", {})
        for identity in declared["identities"]:
            identity["consumers"] = list(consumers) if identity["name"] == "daggy" else []
        said: list[str] = []
        done = performed(
            lab_estate, consumer_restart.OPERATION, estate=declared, identities=["daggy"], progress=said.append, **more
        )
        return {**done, "said": said}

    return restarted


def named(kind: str, name: str, **more: Any) -> dict[str, Any]:
    return {"kind": kind, "name": name, "namespace": APART, **more}


def workload(kind: str, name: str, *, command: list[str] | None = None, replicas: int = 1, image: str = CLIENT) -> Manifest:
    """One whose pods do nothing but run."""
    container: dict[str, Any] = {"name": "main", "image": image, "imagePullPolicy": "Never", "command": command or ["/client"]}
    container["env"] = [{"name": key, "value": "http://127.0.0.1:9"} for key in ("ENDPOINT", "BUCKET", "ACCESS_KEY_ID")]
    container["env"] += [{"name": "SECRET_ACCESS_KEY", "value": "none"}, {"name": "COUNTS", "value": "/tmp"}]
    container["env"] += [{"name": "NAME", "value": name}, {"name": "EACH", "value": "1h"}]
    pod = {"containers": [container], "terminationGracePeriodSeconds": 1, "dnsPolicy": "Default"}
    labels = {"app": name}
    spec: dict[str, Any] = {
        "selector": {"matchLabels": labels},
        "template": {"metadata": {"labels": labels}, "spec": pod},
    }
    if kind != "DaemonSet":
        spec["replicas"] = replicas
    if kind == "StatefulSet":
        spec["serviceName"] = name
    return {"apiVersion": APPS, "kind": kind, "metadata": {"name": name, "namespace": APART}, "spec": spec}


def pods(made: LabEstate, name: str) -> set[str]:
    return {pod["metadata"]["uid"] for pod in made.lab.api.list("Pod", APART, labels=f"app={name}")}


def wait_until_it_runs(made: LabEstate, name: str, count: int = 1) -> None:
    def running() -> bool:
        found = made.lab.api.list("Pod", APART, labels=f"app={name}")
        return [pod["status"]["phase"] for pod in found] == ["Running"] * count

    made.lab.api.wait(f"{name} to run", running)


def make_the_secret_newer(made: LabEstate) -> None:
    """Than all pods that run: it gets another value, and its own again."""
    api = made.lab.api
    data = api.get("Secret", SECRET, LAKE_NAMESPACE)["data"]
    for value in (base64.b64encode(b"another").decode(), data["ACCESS_KEY_ID"]):
        api.merge("v1", "Secret", SECRET, LAKE_NAMESPACE, {"data": {"ACCESS_KEY_ID": value}})


@pytest.mark.parametrize("kind", ["Deployment", "StatefulSet", "DaemonSet"])
def test_a_workload_is_rolled_once_and_not_again(
    lab_estate: LabEstate, operating: Operators, restart: Restart, kind: str
) -> None:
    api, name = lab_estate.lab.api, f"rolled-{kind.lower()}"
    api.apply(workload(kind, name))
    wait_until_it_runs(lab_estate, name)
    before, generation = pods(lab_estate, name), api.get(kind, name, APART, version=APPS)["metadata"]["generation"]
    predicted = restart(named(kind, name), check=True, diff=True)
    assert predicted["restarted"] == [f"{kind}/{name} in {APART}"]
    assert predicted["diff"] == {"prepared": f"restart {kind}/{name} in {APART}\n"}
    # not its version: the controller may still be writing down that its pods run
    untouched = api.get(kind, name, APART, version=APPS)["metadata"]
    assert untouched["generation"] == generation
    assert OURS not in {field["manager"] for field in untouched["managedFields"]}
    done = restart(named(kind, name))
    assert (done["changed"], done["restarted"]) == (True, [f"{kind}/{name} in {APART}"]), done
    assert not pods(lab_estate, name) & before
    after = pods(lab_estate, name)
    again = restart(named(kind, name))
    assert (again["changed"], again["restarted"], again["unchanged"]) == (False, [], [f"{kind}/{name} in {APART}"])
    assert pods(lab_estate, name) == after
    document = api.get(kind, name, APART, version=APPS)
    assert document["spec"]["template"]["metadata"]["annotations"][CREDENTIALS].startswith("daggy=fp:")
    managers = {field["manager"] for field in document["metadata"]["managedFields"] if "f:spec" in field.get("fieldsV1", {})}
    assert OURS in managers


def test_pods_that_do_not_come_up_are_named_with_their_reasons_and_no_more_are_restarted(
    lab_estate: LabEstate, operating: Operators, restart: Restart
) -> None:
    api = lab_estate.lab.api
    api.apply(workload("Deployment", "crashes"), workload("Deployment", "comes-later"))
    wait_until_it_runs(lab_estate, "crashes")
    wait_until_it_runs(lab_estate, "comes-later")
    make_the_secret_newer(lab_estate)
    broken = workload("Deployment", "crashes", command=["/client", "not-an-option"])
    broken["spec"]["template"]["spec"]["containers"][0]["env"] = []
    broken["spec"]["paused"] = True
    api.apply(broken)
    paused = restart(named("Deployment", "crashes"))
    assert "Deployment/crashes in consumers: it is paused (kubectl rollout resume)" in paused["msg"]
    later = pods(lab_estate, "comes-later")
    api.merge(APPS, "Deployment", "crashes", APART, {"spec": {"paused": False}})
    done = restart(named("Deployment", "crashes"), named("Deployment", "comes-later"), cluster={"at_once": 1})
    assert done["failed"]
    assert "Deployment/crashes in consumers: pod crashes-" in done["msg"]
    assert "CrashLoopBackOff (its container main ended with 1)" in done["msg"]
    assert "0 have it. 1 more were not restarted." in done["msg"]
    assert "The old key of daggy is still accepted" in done["msg"]
    assert "ansible-playbook rollback.yml -e identity=daggy" in done["msg"]
    assert pods(lab_estate, "comes-later") == later
    consumers = [named("Deployment", name) for name in ("crashes", "comes-later", "gone")]
    done = restart(*consumers, cluster={"at_once": 1}, keep_going=True)
    assert not pods(lab_estate, "comes-later") & later
    assert done["restarted"] == ["Deployment/comes-later in consumers"]
    gone, crashed = done["not_restarted"]
    assert gone == "Deployment/gone in consumers: it is not there"
    assert crashed.startswith("Deployment/crashes in consumers: pod crashes-")
    api.delete(APPS, "Deployment", "crashes", APART)
    api.delete(APPS, "Deployment", "comes-later", APART)


def test_pods_that_nobody_rolls_may_be_replaced_by_hand(lab_estate: LabEstate, operating: Operators, restart: Restart) -> None:
    api = lab_estate.lab.api
    by_hand = workload("StatefulSet", "by-hand")
    by_hand["spec"]["updateStrategy"] = {"type": "OnDelete"}
    api.apply(by_hand)
    wait_until_it_runs(lab_estate, "by-hand")
    make_the_secret_newer(lab_estate)
    late = restart(named("StatefulSet", "by-hand"))
    assert "its updateStrategy is OnDelete, so that its pods stay until somebody deletes them" in late["msg"]
    before = pods(lab_estate, "by-hand")
    api.delete("v1", "Pod", "by-hand-0", APART)
    api.wait("another pod", lambda: bool(pods(lab_estate, "by-hand") - before))
    wait_until_it_runs(lab_estate, "by-hand")
    done = restart(named("StatefulSet", "by-hand"))
    assert "failed" not in done, done
    assert (done["changed"], done["unchanged"]) == (False, [f"StatefulSet/by-hand in {APART}"])


def test_what_is_not_there_is_said_before_anything_is_restarted(
    lab_estate: LabEstate, operating: Operators, restart: Restart
) -> None:
    api = lab_estate.lab.api
    api.apply(workload("Deployment", "stays"))
    wait_until_it_runs(lab_estate, "stays")
    before = pods(lab_estate, "stays")
    done = restart(named("Deployment", "stays"), named("Deployment", "gone"), named("HelmRelease", "gone-too"))
    assert "Deployment/gone in consumers: it is not there" in done["msg"]
    assert "HelmRelease/gone-too in consumers: it is not there" in done["msg"]
    assert "Nothing was restarted." in done["msg"]
    assert pods(lab_estate, "stays") == before


def test_a_workload_that_is_not_declared_is_told_and_restarted_where_the_estate_says_so(
    lab_estate: LabEstate, operating: Operators, restart: Restart
) -> None:
    """The estate's own dagster-db uses daggy's Secret; here nobody declares it."""
    told = restart()
    assert told["undeclared"] == [f"Deployment/dagster-db in {LAKE_NAMESPACE}"]
    assert f"Deployment/dagster-db in {LAKE_NAMESPACE} uses a changed Secret and is not declared as a consumer" in told["said"]
    done = restart(cluster={"undeclared": "restart"})
    assert "failed" not in done, done
    assert f"Deployment/dagster-db in {LAKE_NAMESPACE}" in (*done["restarted"], *done["unchanged"])


def made_of(api: Any, kind: tuple[str, str, str, str], name: str, spec: dict[str, Any]) -> None:
    metadata = {"name": name, "namespace": APART}
    api.apply({"apiVersion": f"{kind[0]}/{kind[1]}", "kind": kind[3], "metadata": metadata, "spec": spec})


@pytest.mark.parametrize("kind", [HELM, TOFU], ids=["HelmRelease", "Terraform"])
def test_what_reconciles_is_asked_once_and_waited_for(
    lab_estate: LabEstate, operating: Operators, restart: Restart, kind: tuple[str, str, str, str]
) -> None:
    made_of(lab_estate.lab.api, kind, "asked", {"approvePlan": "auto"})
    assert restart(named(kind[3], "asked"))["changed"]
    again = restart(named(kind[3], "asked"))
    assert (again["changed"], again["unchanged"]) == (False, [f"{kind[3]}/asked in {APART}"])
    operating.ready["fails"] = ("False", "UpgradeFailed", "values.password: Invalid value: hidden")
    made_of(lab_estate.lab.api, kind, "fails", {})
    done = restart(named(kind[3], "fails"))
    assert f"{kind[3]}/fails in {APART}: UpgradeFailed: values.password: Invalid value: ***" in done["msg"]
    if kind is HELM:
        operating.exhausted.add("fails")
    del operating.ready["fails"]
    mended = restart(named(kind[3], "fails"))
    operating.exhausted.clear()
    assert mended.get("restarted") == [f"{kind[3]}/fails in {APART}"], mended
    made_of(lab_estate.lab.api, kind, "rests", {"suspend": True})
    assert "it is suspended (" in restart(named(kind[3], "rests"))["msg"]


def test_a_plan_that_waits_for_its_approval_is_said(lab_estate: LabEstate, operating: Operators, restart: Restart) -> None:
    operating.pending["planned"] = "plan-main-1a2b3c"
    operating.ready["planned"] = ("Unknown", "TerraformPlannedWithChanges", "Plan generated")
    made_of(lab_estate.lab.api, TOFU, "planned", {"approvePlan": ""})
    done = restart(named("Terraform", "planned"))
    (note,) = done["notes"]
    assert note.startswith(f"Terraform/planned in {APART}: its plan plan-main-1a2b3c waits for an approval")
    assert note in done["said"]


def test_a_wal_has_to_be_archived_with_the_new_key_and_an_old_failure_is_none(
    lab_estate: LabEstate, operating: Operators, restart: Restart
) -> None:
    api = lab_estate.lab.api
    made_of(api, CLUSTER, "db", {"instances": 1})
    primary = operators.instance(api, APART, "db")
    operating.set_status(CLUSTER, APART, "db", {"currentPrimary": primary})
    old = {"lastArchivedWALTime": operators.now(days=2), "lastFailedWAL": "0001", "lastFailedWALTime": operators.now(days=1)}
    operators.archived(api, APART, "db", old)
    late = restart(named("Cluster", "db"), cluster={"wait": "2s"})
    assert "waited 2 s in vain for a WAL to be archived with the new key" in late["msg"]
    operators.archived(api, APART, "db", {**old, "lastArchivedWALTime": operators.now(seconds=-60)})
    done = restart(named("Cluster", "db", backup=True))
    assert "failed" not in done, done
    (backup,) = [
        one for one in api.list("Backup", APART, version="postgresql.cnpg.io/v1") if one["spec"]["cluster"]["name"] == "db"
    ]
    assert backup["metadata"]["name"].startswith("db-rotated-")
    restart(named("Cluster", "db", backup=True))
    assert len(api.list("Backup", APART, version="postgresql.cnpg.io/v1")) == 1
    api.delete("postgresql.cnpg.io/v1", "Backup", backup["metadata"]["name"], APART)
    operating.backups = ("failed", "no such bucket")
    failed = restart(named("Cluster", "db", backup=True))
    assert "failed: no such bucket" in failed["msg"]
    operating.backups = ("completed", "")
    assert "failed" not in restart(named("Cluster", "db", backup=True))
    names = [one["metadata"]["name"] for one in api.list("Backup", APART, version="postgresql.cnpg.io/v1")]
    assert sorted(names) == [backup["metadata"]["name"], f"{backup['metadata']['name']}-2"]
    operators.archived(api, APART, "db", {"lastFailedWAL": "0002", "lastFailedWALTime": operators.now(seconds=-60)})
    failed = restart(named("Cluster", "db"))
    assert "the WAL 0002 could not be archived at " in failed["msg"]
