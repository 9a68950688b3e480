# SPDX-License-Identifier: GPL-3.0-or-later
"""The follower does what Flux and the pods would do."""

from __future__ import annotations

import json
import time
from collections.abc import Callable

import pytest
from ansible_collections.lotus_lake.secrets.demo.client import Count, Services, Writer, services_of
from ansible_collections.lotus_lake.secrets.demo.estate import EmbeddedEstate
from ansible_collections.lotus_lake.secrets.demo.follower import Follower
from ansible_collections.lotus_lake.secrets.demo.programs import ProgramFailed
from ansible_collections.lotus_lake.secrets.demo.seaweedfs import SeaweedFS

COPY = "deploy/dagster/backup-secret.yaml"


def until(condition: Callable[[], object], what: str, seconds: float = 20) -> None:
    end = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < end, f"not within {seconds:.0f} s: {what}"
        time.sleep(0.01)


def test_a_pushed_copy_is_mounted_and_its_commit_written_down(embedded_estate: EmbeddedEstate) -> None:
    embedded_estate.set("lotus-lake", COPY, ("stringData", "SECRET_ACCESS_KEY"), "another secret")
    commit = embedded_estate.commit("lotus-lake", "Change the copy", COPY)
    until(lambda: commit in embedded_estate.applied("lotus-lake").read_text().split(), "the commit is applied")
    held = json.loads(embedded_estate.mount("lotus-lake", COPY).read_text())
    assert held["stringData"]["SECRET_ACCESS_KEY"] == "another secret"


def test_what_is_under_a_later_commit_counts_as_applied(embedded_estate: EmbeddedEstate) -> None:
    commits = []
    for number in range(3):
        (embedded_estate.checkout("h-kube") / "README.md").write_text(f"{number}\n")
        commits.append(embedded_estate.commit("h-kube", "Write", push=number == 2))
    until(lambda: set(commits) <= set(embedded_estate.applied("h-kube").read_text().split()), "all three are applied")


def test_what_sops_cannot_decrypt_is_not_applied(unserved_estate: EmbeddedEstate, seaweedfs: SeaweedFS) -> None:
    follower = Follower(unserved_estate, seaweedfs.config, 0)
    follower.catch_up()
    mount = unserved_estate.mount("lotus-lake", COPY)
    before = mount.read_text()
    file = unserved_estate.checkout("lotus-lake") / COPY
    file.write_text(file.read_text().replace("dagster-db-backup-creds", "tampered"))
    commit = unserved_estate.commit("lotus-lake", "Tamper", COPY)
    with pytest.raises(ProgramFailed, match="MAC"):
        follower.catch_up()
    assert mount.read_text() == before
    assert commit not in unserved_estate.applied("lotus-lake").read_text()


def test_services_write_with_their_copies(embedded_estate: EmbeddedEstate, writing_services: Services) -> None:
    until(lambda: all(count["requests"] > 2 for count in writing_services.counts()), "every service writes")
    assert [count["identity"] for count in writing_services.counts()] == ["lotus-lake-s3", "rubberducky", "daggy"]
    assert all(not count["failures"] for count in writing_services.counts())


def test_a_broken_copy_is_counted_with_its_reason(embedded_estate: EmbeddedEstate, writing_services: Services) -> None:
    embedded_estate.set("lotus-lake", COPY, ("stringData", "SECRET_ACCESS_KEY"), "not what the master says")
    embedded_estate.commit("lotus-lake", "Break the copy", COPY)
    until(lambda: writing_services.counts()[2]["failures"], "a request fails")
    assert set(writing_services.counts()[2]["failures"]) == {"SignatureDoesNotMatch"}
    assert writing_services.counts()[0]["failures"] == {}


def test_a_service_without_a_server_counts_that(embedded_estate: EmbeddedEstate) -> None:
    count = Count()
    Writer("http://127.0.0.1:9", services_of(embedded_estate)[0], count).write()
    assert (count.requests, dict(count.failures)) == (1, {"EndpointConnectionError": 1})
