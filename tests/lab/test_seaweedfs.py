# SPDX-License-Identifier: GPL-3.0-or-later
"""SeaweedFS in the lab's pods takes its identities from the master's Secret, and its consumers work all the time."""

from __future__ import annotations

import dataclasses
from typing import Any

from ansible_collections.lotus_lake.secrets.demo.showing import answer
from ansible_collections.lotus_lake.secrets.lab.api import secret
from ansible_collections.lotus_lake.secrets.lab.estate import CONSUMERS, LAKE_NAMESPACE, LabEstate
from ansible_collections.lotus_lake.secrets.lab.workloads import (
    S3,
    S3_PORT,
    SEAWEEDFS_NAMESPACE,
    Consumer,
    consumer,
    namespaces_of,
)


def test_it_accepts_every_identitys_key_and_refuses_another_secret(lab_estate: LabEstate) -> None:
    master = lab_estate.estate.master()
    for ((access_key_id, secret_key),) in master.values():
        assert answer(lab_estate.addresses.endpoint, (access_key_id, secret_key)) == "accepted"
        assert answer(lab_estate.addresses.endpoint, (access_key_id, "another")) == "SignatureDoesNotMatch"


def test_each_of_its_two_gateways_answers_by_itself(lab_estate: LabEstate) -> None:
    pods = lab_estate.lab.api.list("Pod", SEAWEEDFS_NAMESPACE, labels=f"app={S3}")
    ((access_key_id, secret_key),) = lab_estate.estate.master()["daggy"]
    answers = [answer(f"http://{pod['status']['podIP']}:{S3_PORT}", (access_key_id, secret_key)) for pod in pods]
    assert answers == ["accepted", "accepted"]


def counts_of_today(made: LabEstate) -> dict[str, dict[str, Any]]:
    """What the pods that are there have counted, by pod; a rotation before has left the counts of others."""
    there = {pod["metadata"]["name"] for pod in made.lab.api.list("Pod", LAKE_NAMESPACE)}
    return {counted["name"]: counted for counted in made.count() if counted["name"] in there}


def test_each_consumer_writes_with_the_key_of_its_secret_and_none_of_its_requests_fails(lab_estate: LabEstate) -> None:
    before = {name: counted["requests"] for name, counted in counts_of_today(lab_estate).items()}
    lab_estate.lab.api.wait(
        "every consumer to write on",
        lambda: all(counts_of_today(lab_estate)[name]["requests"] > requests for name, requests in before.items()),
    )
    consumers = {one.name: identity for identity, listed in CONSUMERS.items() for one in listed}
    master = lab_estate.estate.master()
    counts = list(counts_of_today(lab_estate).values())
    assert len(counts) == len(consumers)
    for counted in counts:
        (identity,) = (identity for name, identity in consumers.items() if counted["name"].startswith(f"{name}-"))
        assert counted["access_key_id"] == master[identity][0][0]
        assert counted["failures"] == {}, counted["last_failure"]


def test_a_rollout_of_the_gateways_fails_no_request(lab_estate: LabEstate) -> None:
    api = lab_estate.lab.api

    def gateways() -> set[str]:
        return {pod["metadata"]["name"] for pod in api.list("Pod", SEAWEEDFS_NAMESPACE, labels=f"app={S3}")}

    before = gateways()
    annotated = {"spec": {"template": {"metadata": {"annotations": {"lab/rolled": "once"}}}}}
    api.merge("apps/v1", "Deployment", S3, SEAWEEDFS_NAMESPACE, annotated)
    api.wait("two other pods", lambda: len(gateways()) == 2 and not gateways() & before)
    before_it = {name: counted["requests"] for name, counted in counts_of_today(lab_estate).items()}
    api.wait(
        "every consumer to write on",
        lambda: all(counts_of_today(lab_estate)[name]["requests"] > requests + 5 for name, requests in before_it.items()),
    )
    assert [counted["last_failure"] for counted in counts_of_today(lab_estate).values()] == [""] * len(before_it)


def test_a_consumer_counts_what_fails_and_the_count_is_there_when_its_pod_is_gone(lab_estate: LabEstate) -> None:
    api = lab_estate.lab.api
    wrong = Consumer("wrong-key", "wrong-key", "cnpg-backups", "key", "id", "secret")
    made = dataclasses.replace(lab_estate, counts=lab_estate.lab.folder / "counts-of-wrong-keys")
    api.apply(*namespaces_of([wrong]), secret("key", wrong.namespace, {"id": "nobodys", "secret": "nobodys"}))
    api.apply(consumer(wrong, lab_estate.addresses.endpoint, made.counts))
    api.wait("a failure", lambda: any(counted["failures"] for counted in made.count()))
    (name,) = (counted["name"] for counted in made.count())
    log = api.core.read_namespaced_pod_log(name, wrong.namespace)
    assert "InvalidAccessKeyId with nobodys at " in log
    api.merge("apps/v1", "Deployment", wrong.name, wrong.namespace, {"spec": {"replicas": 0}})
    api.wait("the pod to be gone", lambda: not api.list("Pod", wrong.namespace))
    (counted,) = made.count()
    assert set(counted["failures"]) == {"InvalidAccessKeyId"}
    assert counted["failures"]["InvalidAccessKeyId"] == counted["requests"]
