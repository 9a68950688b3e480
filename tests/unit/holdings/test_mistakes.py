# SPDX-License-Identifier: GPL-3.0-or-later
"""Mistakes between the declaration and the files, found at once, and what estate_info says of a sound estate."""

from __future__ import annotations

import datetime
import json
import re
from pathlib import Path
from typing import Any

import pytest
from ansible_collections.lotus_lake.secrets.plugins.module_utils.operations.credential import OPERATION as CREDENTIAL
from ansible_collections.lotus_lake.secrets.plugins.module_utils.operations.estate_info import OPERATION as ESTATE_INFO
from ansible_collections.lotus_lake.secrets.plugins.module_utils.operations.s3_verify import OPERATION as S3_VERIFY
from ansible_collections.lotus_lake.secrets.tests.fixtures.holdings_lab import START, STEP, HoldingsLab
from ansible_collections.lotus_lake.secrets.tests.fixtures.lake_estate import FIRST, document, lake_estate, rewrite_master

HOUR = datetime.timedelta(hours=1)
DAGGY = "estate.identities[0] (daggy).copies[0]"


@pytest.fixture
def lab(tmp_path: Path) -> HoldingsLab:
    return lake_estate(tmp_path)


def mistakes(lab: HoldingsLab) -> list[str]:
    result = lab.perform(ESTATE_INFO)
    assert result["failed"]
    assert "Nothing was changed. Correct these places, and run again." in result["msg"]
    return [line.removeprefix("  - ") for line in result["msg"].splitlines() if line.startswith("  - ")]


def test_all_mistakes_are_found_at_once(lab: HoldingsLab) -> None:
    daggy, etl, lake = lab.declared["identities"]
    daggy["copies"][0]["secret_key"] = "stringData.SECERT"
    daggy["copies"][1]["file"] = "daggy.evn"
    etl["copies"][0]["colour"] = "x"
    lake["copies"][0]["secret_key"] = {"key": "settings", "json": "s3.1.secret"}
    lab.declared["operator_made"] = [{"name": "s3", "namespace": "any", "made_by": "CloudNativePG"}]
    found = mistakes(lab)
    assert [line.split(":")[0] for line in found] == [
        "estate.identities[1] (etl).copies[0]",
        f"{DAGGY}.secret_key",
        "estate.identities[0] (daggy).copies[1].access_key",
        "estate.identities[2] (lake).copies[0].secret_key",
    ]
    assert "stringData.SECERT: the key isn't there (there: kind, stringData.ID, stringData.SECRET, stringData.other)" in found[1]
    assert "h-kube:daggy.evn is not there" in found[2]
    assert "the JSON text there: s3.1 isn't there" in found[3]
    assert not [secret for secret in FIRST.values() if secret in str(found)]


@pytest.mark.parametrize("drifted", [False, True], ids=["as in the master", "drifted"])
def test_key_paths_that_are_swapped_are_a_mistake_before_a_secret_is_shown_as_an_id(lab: HoldingsLab, drifted: bool) -> None:
    copy = lab.declared["identities"][0]["copies"][1]
    copy["access_key"], copy["secret_key"] = copy["secret_key"], copy["access_key"]
    if drifted:
        lab.write("h-kube", "daggy.env", "ID=daggy\nSECRET=an-older-secret\n")
    (found,) = mistakes(lab)
    assert found == (
        "estate.identities[0] (daggy).copies[1]: access_key leads to a secret key, or secret_key to an access key id; "
        "they look swapped"
    )


def test_a_secret_key_that_is_an_access_key_id_is_no_mistake_of_key_paths(lab: HoldingsLab) -> None:
    rewrite_master(lab, lambda by_name: by_name["daggy"]["credentials"][0].update(secretKey="daggy"))
    lab.write("h-kube", "daggy.env", "ID=daggy\nSECRET=daggy\n")
    lab.write("lotus-lake", "daggy.yaml", "kind: Secret\nstringData:\n  ID: daggy\n  SECRET: daggy\n")
    assert not lab.perform(ESTATE_INFO).get("failed")


def test_a_key_path_that_leads_to_another_secret_does_not_show_it(lab: HoldingsLab) -> None:
    lab.write("lotus-lake", "daggy.yaml", f"kind: Secret\nstringData:\n  ID: a-password\n  SECRET: {FIRST['daggy']}\n")
    told = [lab.perform(ESTATE_INFO), lab.perform(CREDENTIAL, check=True, diff=True, step="sync", identities=["daggy"])]
    assert told[0]["identities"][0]["reasons"] == [
        "lotus-lake:daggy.yaml:stringData.ID holds an access key id, which the master does not have"
    ]
    assert re.search(r"stringData\.ID: fp:\w+\n", told[1]["diff"]["before"])
    assert "stringData.ID: daggy\n" in told[1]["diff"]["after"]
    told.append(lab.perform(S3_VERIFY, expect=["copies"], identities=["daggy"], wait=0))
    assert re.search(r"fp:\w+", told[2]["verified"][0]["access_key_id"])
    assert "a-password" not in str(told)


@pytest.mark.parametrize("target", ["lotus-lake/other.yaml", "elsewhere.yaml"], ids=["inside", "outside"])
def test_a_symbolic_link_is_a_mistake_since_the_commit_would_not_hold_the_change(lab: HoldingsLab, target: str) -> None:
    file = lab.path("lotus-lake", "daggy.yaml")
    file.symlink_to(file.rename(lab.folder / target))
    (found,) = mistakes(lab)
    assert found.startswith(f"{DAGGY}.access_key: lotus-lake:daggy.yaml is a symbolic link, or lies behind one.")


def test_a_secret_that_the_rules_leave_in_plain_text_is_a_mistake(lab: HoldingsLab) -> None:
    plain = f"kind: Secret\nstringData:\n  ID: daggy\n  SECRET: {FIRST['daggy']}\n  other_secret: x\n"
    lab.write("lotus-lake", "daggy.yaml", plain, "--encrypted-regex", "^other")
    (found,) = mistakes(lab)
    assert found == (
        f"{DAGGY}.secret_key: lotus-lake:daggy.yaml:stringData.SECRET is left in plain text by the rules in the file; "
        "it must be encrypted"
    )


@pytest.mark.parametrize("rule", ["^(data|stringData)$", "^accessKey$"])
@pytest.mark.parametrize(
    ("keep", "said"), [(1, "secretKey (and 5 more)"), (0, "secretKey (and 2 more)")], ids=["held", "to come"]
)
def test_a_master_of_its_own_whose_secrets_would_be_in_plain_text_is_a_mistake(
    rule: str, keep: int, said: str, tmp_path: Path
) -> None:
    lab = lake_estate(tmp_path, "a file of its own")
    held = document()
    for identity in held["identities"]:
        del identity["credentials"][keep:]
    lab.write("h-kube", "identities.json", json.dumps(held), "--encrypted-regex", rule)
    (found,) = mistakes(lab)
    assert found == (
        f"estate.master: h-kube:identities.json:identities.0.credentials.0.{said} is left in plain text by the rules "
        "in the file; it must be encrypted"
    )
    assert FIRST["daggy"] not in found


def test_a_master_of_its_own_whose_rules_encrypt_only_the_secrets_is_none(tmp_path: Path) -> None:
    lab = lake_estate(tmp_path, "a file of its own")
    lab.write("h-kube", "identities.json", json.dumps(document()), "--encrypted-regex", "^secretKey$")
    assert not lab.perform(ESTATE_INFO).get("failed")
    taken = lab.step(CREDENTIAL, "stage", "daggy")
    text = lab.path("h-kube", "identities.json").read_text()
    assert f'"accessKey": "{taken["identities"][0]["access_key_id"]}"' in text
    assert text.count('"secretKey": "ENC[') == text.count('"secretKey"') == len(FIRST) + 1


@pytest.mark.parametrize(
    ("held", "why"),
    [(None, "is not there"), ("no certificate", "holds no certificate in PEM format")],
    ids=["gone", "of no use"],
)
def test_a_ca_bundle_that_is_of_no_use_is_a_mistake(held: str | None, why: str, lab: HoldingsLab) -> None:
    bundle = lab.folder / "ca.pem"
    if held:
        bundle.write_text(held)
    lab.declared["s3"]["endpoints"].append({"url": "https://127.0.0.1:1", "ca_bundle": str(bundle)})
    assert mistakes(lab) == [f"estate.s3.endpoints[1].ca_bundle: {bundle} {why}"]


@pytest.mark.parametrize("document", [None, 1])
def test_a_copy_in_a_secret_that_an_operator_makes_is_a_mistake(document: int | None, lab: HoldingsLab) -> None:
    made = f"kind: Secret\nmetadata:\n  name: db-app\n  namespace: lake\nstringData:\n  ID: daggy\n  SECRET: {FIRST['daggy']}\n"
    other = "kind: Secret\nmetadata:\n  name: other\nstringData: {X: y}\n"
    lab.write("lotus-lake", "daggy.yaml", f"{other}---\n{made}" if document else made)
    if document:
        for key in ("access_key", "secret_key"):
            lab.declared["identities"][0]["copies"][0][key] = {
                "key": lab.declared["identities"][0]["copies"][0][key],
                "document": 1,
            }
    lab.declared["operator_made"] = [
        {"name": "db-app", "namespace": "elsewhere", "made_by": "nobody"},
        {"name": "db-app", "namespace": "lake", "made_by": "CloudNativePG"},
    ]
    assert mistakes(lab) == [f"{DAGGY}: the Secret db-app is made by CloudNativePG and must not be edited"]


def test_a_secret_without_a_namespace_is_a_mistake_where_a_cluster_is_declared(lab: HoldingsLab) -> None:
    """Nobody could tell which pods still have an old key."""
    lab.declared["cluster"] = {}
    said = mistakes(lab)
    assert [one.partition(":")[0] for one in said] == ["estate.master", DAGGY, DAGGY.replace("[0] (daggy)", "[1] (etl)")]
    assert "the Secret in h-kube:s3.yaml has no metadata.namespace" in said[0]


def test_a_key_in_two_documents_has_to_be_told_apart(lab: HoldingsLab) -> None:
    document = f"kind: Secret\nstringData:\n  ID: daggy\n  SECRET: {FIRST['daggy']}\n"
    lab.write("lotus-lake", "daggy.yaml", f"{document}---\n{document}")
    found = mistakes(lab)
    assert [line.split(":")[0] for line in found] == [f"{DAGGY}.access_key", f"{DAGGY}.secret_key"]


def test_a_repository_without_a_workspace_is_named(lab: HoldingsLab) -> None:
    result = lab.perform(ESTATE_INFO, workspaces={"h-kube": lab.workspaces["h-kube"]})
    assert "estate.repositories: there is no workspace of lotus-lake" in result["msg"]


def test_the_estate_is_described_without_a_secret(lab: HoldingsLab) -> None:
    lab.declared["identities"][0]["buckets"] = [{"name": "b", "actions": ["Write"]}]
    result = lab.perform(ESTATE_INFO)
    daggy = result["identities"][0]
    assert daggy["state"] == "current"
    assert (daggy["access_key_id"], daggy["outgoing"]) == ("daggy", None)
    assert daggy["born"] == f"{START:%Y-%m-%dT%H:%M:%SZ}"
    assert daggy["fingerprint"].startswith("fp:")
    assert daggy["copies"] == [
        {"place": "lotus-lake:daggy.yaml:stringData.ID", "holds": "current"},
        {"place": "h-kube:daggy.env:ID", "holds": "current"},
    ]
    assert result["findings"] == [
        "daggy may Read:b in the master, which the estate does not declare",
        "daggy may not Write:b in the master, which the estate declares",
    ]
    assert result["changed"] is False
    assert not [secret for secret in FIRST.values() if secret in json.dumps(result)]


def test_identities_that_the_estate_does_not_declare_are_found(lab: HoldingsLab) -> None:
    del lab.declared["identities"][1]
    assert lab.perform(ESTATE_INFO)["findings"] == ["etl is in the master and not in the estate"]


@pytest.mark.parametrize(
    ("asked", "plan"),
    [
        ({"identities": ["daggy", "lake"]}, [("stage", ["daggy", "lake"]), ("switch", ["daggy", "lake"])]),
        ({"identities": ["etl"], "strategy": "in_place"}, [("replace", ["etl"])]),
        ({"issued_before": f"{START + STEP:%Y-%m-%dT%H:%M:%SZ}"}, [("stage", list(FIRST)), ("switch", list(FIRST))]),
        ({"issued_before": f"{START + HOUR:%Y-%m-%dT%H:%M:%S}+01:00"}, []),
        ({"identities": ["daggy"], "begin": False}, []),
        ({"identities": ["daggy"], "min_age": "9999w", "strategy": "in_place"}, []),
        ({"identities": ["daggy"], "steps": ["sync"]}, []),
        ({"identities": ["daggy"], "retire": "force"}, [("stage", ["daggy"]), ("switch", ["daggy"]), ("retire", ["daggy"])]),
        ({"identities": ["daggy"], "rollback": True}, [("rollback", ["daggy"]), ("switch", ["daggy"])]),
    ],
)
def test_the_plan_lists_each_step_once_with_its_identities(asked: dict[str, Any], plan: list[Any], lab: HoldingsLab) -> None:
    lab.declared["policy"] = {"max_age": 0}
    result = lab.perform(ESTATE_INFO, **asked)
    assert [(one["step"], one["identities"]) for one in result["plan"]["steps"]] == plan
    assert result["plan"]["needs_person"] == []


@pytest.mark.parametrize(
    ("asked", "said"),
    [
        ({"issued_before": "yesterday"}, "issued_before: 'yesterday' is no time. Nothing was changed. Write it as"),
        ({"issued_before": "2999-01-01"}, "issued_before: 2999-01-01 is in the future"),
        ({"min_age": "5 days"}, "min_age: '5 days' is no length of time"),
        ({"identities": ["nobody"]}, "The estate has no identity nobody. Nothing was changed. It has daggy, etl, lake."),
    ],
)
def test_what_is_asked_for_wrongly_is_said(asked: dict[str, Any], said: str, lab: HoldingsLab) -> None:
    assert lab.perform(ESTATE_INFO, **asked)["msg"].startswith(said)


def test_the_table_is_made_from_the_state_before(lab: HoldingsLab) -> None:
    result = lab.perform(ESTATE_INFO, before=[{"name": "daggy", "state": "staged"}])
    assert result["table"][1].split()[:3] == ["daggy", "staged", "current"]
