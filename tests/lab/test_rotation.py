# SPDX-License-Identifier: GPL-3.0-or-later
"""Whole rotations through Flux, with SeaweedFS and its consumers in pods, and what goes wrong on the way."""

from __future__ import annotations

import dataclasses
import os
import re
import signal
import time
from pathlib import Path
from typing import Any

import pytest
from ansible_collections.lotus_lake.secrets.lab.estate import CONSUMERS, LAKE_NAMESPACE
from ansible_collections.lotus_lake.secrets.lab.flux import KUSTOMIZE, NAMESPACE
from ansible_collections.lotus_lake.secrets.lab.workloads import S3, Manifest, consumer
from ansible_collections.lotus_lake.secrets.tests.fixtures.quick_estate import Running
from ansible_collections.lotus_lake.secrets.tests.fixtures.races import Bot, Gates
from ansible_collections.lotus_lake.secrets.tests.lab.rotations import APPS, Rotations
from ansible_collections.lotus_lake.secrets.tests.lab.test_delivery import held

NAMES = ("lotus-lake-s3", "rubberducky", "daggy")
EACH = {"lotus-lake-s3": ["airbyte-server", "dagster-webserver"], "rubberducky": ["ducklake-db"], "daggy": ["dagster-db"]}
AGAIN = ("-e", "min_age=0")


def pairs(rotations: Rotations, *names: str) -> dict[str, Any]:
    master = rotations.made.estate.master()
    return {name: master[name] for name in names}


def assert_rotated(rotations: Rotations, before: dict[str, Any]) -> None:
    """One key each, which every gateway takes and every consumer has, and the old one is refused by every gateway."""
    estate = rotations.made.estate
    for name, ((old_id, old_secret),) in before.items():
        ((new_id, new_secret),) = estate.master()[name]
        assert new_id != old_id
        assert set(estate.copies(name)) == {(new_id, new_secret)}
        assert rotations.answers((new_id, new_secret)) == {"accepted"}
        assert rotations.answers((old_id, old_secret)) == {"InvalidAccessKeyId"}
    rotations.wait_until_all_write()


def test_one_identity_is_rotated_with_one_rollout_of_its_consumer_and_no_failed_request(rotations: Rotations) -> None:
    failed, rolled, before = rotations.failures(), rotations.rollouts(), pairs(rotations, "daggy")
    done = rotations.run("rotate.yml", "-e", "identity=daggy", *AGAIN)
    assert done.code == 0, done.output
    assert_rotated(rotations, before)
    assert (
        held(rotations.made, "dagster-db-backup-creds", LAKE_NAMESPACE, "SECRET_ACCESS_KEY")
        in (rotations.made.estate.master()["daggy"][0][1])
    )
    # stage and retire deliver a master each
    assert rotations.rolled_since(rolled) == {S3: 2, "dagster-db": 1}
    assert rotations.failures() == failed
    rolled = rotations.rollouts()
    again = rotations.run("rotate.yml", "-e", "identity=daggy")
    assert again.code == 0, again.output
    assert rotations.rolled_since(rolled) == {}
    assert again.stats[rotations.made.estate.name]["changed"] == 0, again.output


def test_all_identities_are_rotated_together_while_a_bot_pushes(rotations: Rotations, tmp_path: Path) -> None:
    failed, rolled, before = rotations.failures(), rotations.rollouts(), pairs(rotations, *NAMES)
    bot = Bot(rotations.made.estate, tmp_path / "bot")
    with bot.pushing(limit=200):
        done = rotations.run("rotate.yml", "-e", f"identity={','.join(NAMES)}", *AGAIN)
    assert done.code == 0, done.output
    assert bot.pushed > 3
    assert_rotated(rotations, before)
    assert rotations.rolled_since(rolled) == {S3: 2, **{one: 1 for names in EACH.values() for one in names}}
    assert rotations.failures() == failed


def test_check_mode_changes_nothing_in_the_cluster_and_says_what_would_be_restarted(rotations: Rotations) -> None:
    before = rotations.versions()
    done = rotations.run("rotate.yml", "-e", "identity=daggy", *AGAIN, "--check", "--diff")
    assert done.code == 0, done.output
    assert "Deployment/dagster-db in lotus-lake" in done.output
    assert f"Deployment/{S3} in seaweedfs" in done.output
    after = rotations.versions()
    # a lease-like heartbeat of Flux's own is no change of ours: it reconciles by itself every now and then
    assert {name for name in before if before[name] != after.get(name) and "flux-system" not in name} == set()


def job(name: str) -> Manifest:
    """A run of Dagster's, say: it takes its key when it starts, and goes on for hours."""
    (like,) = CONSUMERS["daggy"]
    made = consumer(like, "http://127.0.0.1:9", Path("/tmp"))
    pod = {**made["spec"]["template"]["spec"], "restartPolicy": "Never"}
    pod["volumes"] = [volume for volume in pod["volumes"] if "secret" in volume]
    for container in pod["containers"]:
        container["volumeMounts"] = [mount for mount in container["volumeMounts"] if mount["name"] == "key"]
        container["env"] = [one for one in container["env"] if one["name"] != "COUNTS"] + [{"name": "COUNTS", "value": "/tmp"}]
    template = {"metadata": {"labels": {"app": name}}, "spec": pod}
    return {
        "apiVersion": "batch/v1",
        "kind": "Job",
        "metadata": {"name": name, "namespace": LAKE_NAMESPACE},
        "spec": {"template": template, "backoffLimit": 0},
    }


def is_ready(rotations: Rotations, name: str) -> bool:
    found = rotations.made.lab.api.get("Job", name, LAKE_NAMESPACE, version="batch/v1")
    return bool(found.get("status", {}).get("ready"))


def test_a_job_that_started_before_the_switch_keeps_the_old_key_alive_until_it_ends(rotations: Rotations) -> None:
    estate, api = rotations.made.estate, rotations.made.lab.api
    ((old_id, old_secret),) = estate.master()["daggy"]
    api.apply(job("dagster-run-1"))
    try:
        api.wait("the job's pod", lambda: is_ready(rotations, "dagster-run-1"))
        done = rotations.run("rotate.yml", "-e", "identity=daggy", *AGAIN)
        assert done.code == 0, done.output
        row = re.search(r"^ *daggy .*$", done.output, re.MULTILINE)
        assert row, done.output
        assert "switched" in row[0]
        assert f"retires {old_id} when nobody holds it: Job/dagster-run-1 since 20" in row[0]
        assert rotations.answers((old_id, old_secret)) == {"accepted"}
    finally:
        api.delete("batch/v1", "Job", "dagster-run-1", LAKE_NAMESPACE)
    done = rotations.run("rotate.yml", "-e", "identity=daggy")
    assert done.code == 0, done.output
    assert len(estate.master()["daggy"]) == 1
    assert rotations.answers((old_id, old_secret)) == {"InvalidAccessKeyId"}


def test_a_consumer_that_crashes_leaves_the_old_key_alive_and_a_rollback_helps(rotations: Rotations) -> None:
    estate, api = rotations.made.estate, rotations.made.lab.api
    (old,) = estate.master()["daggy"]
    name = "crashes-when-restarted"
    (like,) = CONSUMERS["daggy"]
    made = consumer(dataclasses.replace(like, name=name), rotations.made.addresses.endpoint, rotations.made.counts)
    made["spec"]["template"]["spec"]["containers"][0]["envFrom"] = [{"configMapRef": {"name": name}}]
    settings = {"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": name, "namespace": LAKE_NAMESPACE}}
    api.apply({**settings, "data": {"EACH": "1s"}}, made)

    def is_available() -> bool:
        return bool(api.get("Deployment", name, LAKE_NAMESPACE, version=APPS).get("status", {}).get("availableReplicas") == 1)

    api.wait("the new consumer", is_available)
    # what runs has read it already
    api.apply({**settings, "data": {"EACH": "never"}})
    rotations.declare_consumer("daggy", name)
    failed = rotations.run("rotate.yml", "-e", "identity=daggy", *AGAIN)
    assert failed.code == 2, failed.output
    assert f"Deployment/{name} in lotus-lake" in failed.output
    assert "CrashLoopBackOff" in failed.output
    assert "rollback.yml -e identity=daggy" in failed.output
    assert rotations.answers(old) == {"accepted"}
    assert old in estate.master()["daggy"]

    api.apply({**settings, "data": {"EACH": "1s"}})
    back = rotations.run("rollback.yml", "-e", "identity=daggy")
    assert back.code == 0, back.output
    assert set(estate.copies("daggy")) == {old}
    assert estate.master()["daggy"] == [old]
    api.wait("the consumer to run again", is_available)
    rotations.wait_until_all_write()

    # in an incident the key has to go all the same
    api.apply({**settings, "data": {"EACH": "never"}})
    forced = rotations.run("rotate.yml", "-e", "identity=daggy", "-e", "retire=force", *AGAIN)
    assert forced.code == 2, forced.output
    assert f"These consumers do not come up with the new key: Deployment/{name} in lotus-lake: pod {name}-" in forced.output
    assert rotations.answers(old) == {"InvalidAccessKeyId"}
    assert old not in estate.master()["daggy"]
    assert set(estate.copies("daggy")) == set(estate.master()["daggy"])
    api.apply({**settings, "data": {"EACH": "1s"}})
    api.wait("the consumer to run with the new key", is_available)
    rotations.wait_until_all_write()
    api.delete(APPS, "Deployment", name, LAKE_NAMESPACE)


POINTS = (
    "Have Flux apply what was pushed: h-kube",
    "Have SeaweedFS load the delivered master",
    "Commit and push: switch",
    "Restart the consumers of what changed",
    "Ask the cluster who may still hold an old key",
    "Commit and push: retire",
)


@pytest.mark.parametrize("point", POINTS)
def test_a_run_that_is_killed_is_finished_by_the_next(rotations: Rotations, tmp_path: Path, point: str) -> None:
    failed, rolled, before = rotations.failures(), rotations.rollouts(), pairs(rotations, "rubberducky")
    gates = Gates(tmp_path / "gates", point)
    run = rotations.start("rotate.yml", "-e", "identity=rubberducky", *AGAIN, environ=gates.environ)
    gates.wait_for(point, run)
    os.killpg(run.process.pid, signal.SIGKILL)
    run.process.wait()
    done = rotations.run("rotate.yml")
    assert done.code == 0, done.output
    if len(rotations.made.estate.master()["rubberducky"]) == 1 and pairs(rotations, "rubberducky") == before:
        pytest.fail(f"nothing was begun before {point}")
    assert_rotated(rotations, before)
    assert rotations.rolled_since(rolled) == {S3: 2, "ducklake-db": 1}
    assert rotations.failures() == failed


def test_while_flux_is_suspended_the_run_ends_and_the_next_one_goes_on_from_there(rotations: Rotations) -> None:
    estate, api = rotations.made.estate, rotations.made.lab.api
    before = pairs(rotations, "lotus-lake-s3")
    ((old_id, _old_secret),) = before["lotus-lake-s3"]
    api.merge(KUSTOMIZE, "Kustomization", "seaweedfs", NAMESPACE, {"spec": {"suspend": True}})
    try:
        stopped = rotations.run("rotate.yml", "-e", "identity=lotus-lake-s3", *AGAIN)
        staged = estate.master()["lotus-lake-s3"]
    finally:
        api.merge(KUSTOMIZE, "Kustomization", "seaweedfs", NAMESPACE, {"spec": {"suspend": False}})
    assert stopped.code == 2
    assert "Kustomization flux-system/seaweedfs is suspended" in stopped.output
    assert "flux resume kustomization seaweedfs -n flux-system" in stopped.output
    assert staged[0][0] == old_id
    done = rotations.run("rotate.yml", "-e", "identity=lotus-lake-s3")
    assert done.code == 0, done.output
    assert estate.master()["lotus-lake-s3"] == [staged[1]]
    assert_rotated(rotations, before)


def test_an_api_server_that_is_killed_while_consumers_restart_is_waited_for(rotations: Rotations, tmp_path: Path) -> None:
    before = pairs(rotations, "rubberducky")
    gates = Gates(tmp_path / "gates", POINTS[3])
    run = rotations.start("rotate.yml", "-e", "identity=rubberducky", *AGAIN, environ=gates.environ)
    gates.wait_for(POINTS[3], run)
    control_plane = rotations.made.lab.control_plane
    control_plane.stop_api()
    gates.open(POINTS[3])
    until_said(run, "does not answer")
    control_plane.start_api()
    assert run.code == 0, run.output
    assert_rotated(rotations, before)


def until_said(run: Running, words: str) -> None:
    """Wait until a run says something."""
    until = time.monotonic() + 120
    while words not in run.output:
        assert run.process.poll() is None, run.output
        assert time.monotonic() < until, run.output
        time.sleep(0.05)
