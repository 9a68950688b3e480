# SPDX-License-Identifier: GPL-3.0-or-later
"""What a real SeaweedFS lets the credentials of the estate do."""

from __future__ import annotations

import secrets
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from ansible_collections.lotus_lake.secrets.demo.seaweedfs import SeaweedFS
from ansible_collections.lotus_lake.secrets.plugins.module_utils.operations.estate_audit import OPERATION
from ansible_collections.lotus_lake.secrets.tests.fixtures.holdings_lab import HoldingsLab
from ansible_collections.lotus_lake.secrets.tests.fixtures.lake_estate import FIRST, document, rewrite_master
from ansible_collections.lotus_lake.secrets.tests.fixtures.seaweedfs import ADMIN, BUCKETS, s3_client

RIGHTS = ["Read:cnpg-backups", "Write:cnpg-backups"]
NEW = secrets.token_hex(20)


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[SeaweedFS]:
    with SeaweedFS(tmp_path_factory.mktemp("audited"), {"identities": [ADMIN]}, buckets=BUCKETS) as running:
        yield running


@pytest.fixture
def audited(lab: HoldingsLab, server: SeaweedFS) -> Callable[..., dict[str, Any]]:
    """Audits the estate once the server has the master with a change."""
    lab.declared["s3"] = {"endpoints": [{"url": server.endpoint}]}
    for identity in lab.declared["identities"]:
        identity["buckets"] = [{"name": "cnpg-backups", "actions": ["Read", "Write"]}]
    rewrite_master(lab, lambda by_name: [by_name[name].update(actions=RIGHTS) for name in ("daggy", "etl", "lake")])
    lab.commit()

    def audit(change: Callable[[dict[str, Any]], object] = lambda by_name: None) -> dict[str, Any]:
        served = document()
        by_name = {identity["name"]: identity for identity in served["identities"]}
        for identity in by_name.values():
            identity["actions"] = list(RIGHTS)
        change(by_name)
        server.reload({"identities": [ADMIN, *by_name.values()]})
        result = lab.perform(OPERATION)
        assert not result.get("failed"), result["msg"]
        return result

    return audit


def found(result: dict[str, Any]) -> list[tuple[str, str]]:
    return [(one["rule"], one["where"]["identity"]) for one in result["findings"]]


def test_where_all_is_as_declared_nothing_is_found_and_all_is_checked(
    audited: Callable[..., dict[str, Any]], everything_in: Callable[[SeaweedFS], object], server: SeaweedFS
) -> None:
    before = everything_in(server)
    result = audited()
    assert found(result) == []
    assert {one["reason"] for one in result["not_checked"]} == {"the estate declares no cluster"}
    assert not [one for one in result["not_checked"] if one["rule"].startswith("access-") and "gateways" not in one["rule"]]
    assert everything_in(server) == before


def test_a_credential_that_the_gateway_does_not_have_is_found(audited: Callable[..., dict[str, Any]]) -> None:
    result = audited(lambda by_name: by_name["etl"]["credentials"][0].update(secretKey="what-runs-there-is-older"))
    assert found(result) == [("access-refused", "etl")]
    assert found(audited()) == []


def test_a_right_that_does_not_work_is_found(audited: Callable[..., dict[str, Any]]) -> None:
    result = audited(lambda by_name: by_name["daggy"]["actions"].remove("Write:cnpg-backups"))
    assert found(result) == [("access-lacking", "daggy")]
    assert found(audited()) == []


def test_a_right_that_nobody_declared_is_found(audited: Callable[..., dict[str, Any]]) -> None:
    result = audited(lambda by_name: by_name["lake"]["actions"].append("List:cnpg-backups"))
    assert found(result) == [("access-too-much", "lake")]
    assert found(audited()) == []


def test_a_bucket_that_does_not_exist_is_found_until_it_is_made(
    audited: Callable[..., dict[str, Any]], lab: HoldingsLab, server: SeaweedFS
) -> None:
    lab.declared["identities"][2]["buckets"].append({"name": "nowhere", "actions": ["Read"]})
    lab.declared["identities"][0]["buckets"].append({"name": "nowhere", "actions": ["Read"]})

    def allow(by_name: dict[str, Any]) -> None:
        for name in ("daggy", "lake"):
            by_name[name]["actions"].append("Read:nowhere")

    assert set(found(audited(allow))) == {("access-missing-bucket", "daggy"), ("access-missing-bucket", "lake")}
    s3_client(server, "admin", "the-admins-secret").create_bucket(Bucket="nowhere")
    assert found(audited(allow)) == []


def test_a_bucket_that_needs_no_credential_is_found(
    audited: Callable[..., dict[str, Any]], everything_in: Callable[[SeaweedFS], object], server: SeaweedFS
) -> None:
    before = everything_in(server)
    anybody = {"name": "anonymous", "actions": ["Read:cnpg-backups", "List:cnpg-backups", "Write:cnpg-backups"]}
    result = audited(lambda by_name: by_name.update(anonymous=anybody))
    (finding,) = [one for one in result["findings"] if one["rule"] == "access-anonymous"]
    assert finding["what"] == (
        f"{server.endpoint} lets anybody List, Read, Write in the bucket cnpg-backups, without a credential"
    )
    assert everything_in(server) == before
    assert "no actions" in finding["mend"]
    assert found(audited(lambda by_name: None)) != []
    assert found(audited(lambda by_name: by_name.update(anonymous={"name": "anonymous", "actions": []}))) == []


def test_an_earlier_key_that_still_signs_in_is_found_however_old(
    audited: Callable[..., dict[str, Any]], lab: HoldingsLab
) -> None:
    def rotated(by_name: dict[str, Any]) -> None:
        by_name["etl"]["credentials"][0].update(accessKey="etl-2", secretKey=NEW)
        for name in ("daggy", "etl", "lake"):
            by_name[name]["actions"] = RIGHTS

    rewrite_master(lab, rotated)
    lab.commit()
    kept = {"accessKey": "etl", "secretKey": FIRST["etl"]}
    result = audited(lambda by_name: by_name["etl"].update(credentials=[{"accessKey": "etl-2", "secretKey": NEW}, kept]))
    assert ("access-old-key", "etl") in found(result)
    result = audited(lambda by_name: by_name["etl"].update(credentials=[{"accessKey": "etl-2", "secretKey": NEW}]))
    assert ("access-old-key", "etl") not in found(result)
