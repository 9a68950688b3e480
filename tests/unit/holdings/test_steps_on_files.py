# SPDX-License-Identifier: GPL-3.0-or-later
"""The steps of the module credential on encrypted files in real repositories, for one identity and for three."""

from __future__ import annotations

import datetime
import json
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from ansible_collections.lotus_lake.secrets.plugins.module_utils.operations.credential import OPERATION as CREDENTIAL
from ansible_collections.lotus_lake.secrets.plugins.module_utils.operations.estate_info import OPERATION as ESTATE_INFO
from ansible_collections.lotus_lake.secrets.tests.fixtures.holdings_lab import HoldingsLab
from ansible_collections.lotus_lake.secrets.tests.fixtures.lake_estate import (
    FIRST,
    MASTER_FORMS,
    copies_of,
    lake_estate,
    master_of,
)

NAMES = tuple(FIRST)
OWN_FILE = "a file of its own"
ONE_OR_ALL = [("daggy",), NAMES]


@pytest.fixture
def lab(tmp_path: Path) -> HoldingsLab:
    return lake_estate(tmp_path)


def states(lab: HoldingsLab) -> dict[str, str]:
    result = lab.perform(ESTATE_INFO)
    assert not result.get("failed"), result["msg"]
    return {one["name"]: one["state"] for one in result["identities"]}


def contents(lab: HoldingsLab) -> dict[str, str]:
    return {str(path): path.read_text() for path in lab.folder.rglob("*") if path.is_file() and ".git" not in path.parts}


def secrets_in(lab: HoldingsLab) -> set[str]:
    return {secret for pairs in (*master_of(lab).values(), *copies_of(lab).values()) for _, secret in pairs} | set(FIRST.values())


@pytest.mark.parametrize("names", ONE_OR_ALL, ids=["one", "three"])
@pytest.mark.parametrize("form", MASTER_FORMS)
def test_stage_adds_a_credential_and_switch_points_the_copies_to_it(form: str, names: tuple[str, ...], tmp_path: Path) -> None:
    lab = lake_estate(tmp_path, form)
    master_file = MASTER_FORMS[form]["file"]
    staged = lab.step(CREDENTIAL, "stage", *names)
    assert staged["changed"]
    assert [commit["paths"] for commit in staged["commits"]] == [[master_file]]
    held = master_of(lab)
    for name in NAMES:
        assert held[name][0] == (name, FIRST[name])
        assert len(held[name]) == (2 if name in names else 1)
    for one in staged["identities"]:
        access_key_id, secret_key = held[one["name"]][1]
        assert one["access_key_id"] == access_key_id
        assert re.fullmatch(rf"{one['name']}-\d{{8}}T\d{{6}}Z", access_key_id)
        assert re.fullmatch("[A-Za-z0-9]{40}", secret_key)
        assert one["done"] == f"{access_key_id} added beside {one['name']}"
    assert states(lab) == {name: "staged" if name in names else "current" for name in NAMES}
    assert not lab.perform(CREDENTIAL, step="stage", identities=list(names))["changed"]

    switched = lab.step(CREDENTIAL, "switch", *names)
    for name in NAMES:
        assert set(copies_of(lab)[name]) == {held[name][-1]}
    assert master_of(lab) == held
    files = {Path(commit["workspace"]).name: commit["paths"] for commit in switched["commits"]}
    expected = {"h-kube": ["daggy.env"], "lotus-lake": ["daggy.yaml"]}
    if names == NAMES:
        expected = {"h-kube": ["daggy.env", "etl.yaml"], "lotus-lake": ["daggy.yaml", "lake.json"]}
    assert {name: sorted(paths) for name, paths in files.items()} == expected
    assert list(files) == ["h-kube", "lotus-lake"]
    assert states(lab) == {name: "switched" if name in names else "current" for name in NAMES}
    assert not lab.perform(CREDENTIAL, step="switch", identities=list(names))["changed"]


def test_a_new_credential_is_the_newer_one_where_the_clock_of_the_old_one_was_ahead(lab: HoldingsLab) -> None:
    lab.time += datetime.timedelta(days=1)
    lab.step(CREDENTIAL, "replace", "daggy")
    staged = lab.step(CREDENTIAL, "stage", "daggy")
    assert staged["changed"]
    assert states(lab)["daggy"] == "staged"
    (daggy,) = [one for one in lab.perform(ESTATE_INFO)["identities"] if one["name"] == "daggy"]
    assert (daggy["access_key_id"], daggy["outgoing"]) == (master_of(lab)["daggy"][1][0], "daggy")


@pytest.mark.parametrize("names", ONE_OR_ALL, ids=["one", "three"])
@pytest.mark.parametrize("form", MASTER_FORMS)
def test_retire_removes_the_old_credential_once_its_grace_is_over(form: str, names: tuple[str, ...], tmp_path: Path) -> None:
    lab = lake_estate(tmp_path, form)
    lab.declared["policy"] = {"grace": "9999d"}
    lab.step(CREDENTIAL, "stage", *names)
    lab.step(CREDENTIAL, "switch", *names)
    held = master_of(lab)
    assert not lab.perform(CREDENTIAL, step="retire", identities=list(names))["changed"]
    lab.declared["policy"] = {"grace": "1h"}
    retired = lab.step(CREDENTIAL, "retire", *names)
    assert [one["done"] for one in retired["identities"]] == [f"{name} removed" for name in names]
    assert master_of(lab) == {name: held[name][-1:] for name in NAMES}
    assert states(lab) == dict.fromkeys(NAMES, "current")
    assert not lab.perform(CREDENTIAL, step="retire", identities=list(names))["changed"]


@pytest.mark.parametrize("names", ONE_OR_ALL, ids=["one", "three"])
@pytest.mark.parametrize("form", MASTER_FORMS)
def test_replace_gives_master_and_copies_another_secret_under_the_same_id(
    form: str, names: tuple[str, ...], tmp_path: Path
) -> None:
    lab = lake_estate(tmp_path, form)
    replaced = lab.step(CREDENTIAL, "replace", *names)
    held = master_of(lab)
    for name in NAMES:
        ((access_key_id, secret_key),) = held[name]
        assert access_key_id == name
        assert (secret_key == FIRST[name]) is (name not in names)
        assert set(copies_of(lab)[name]) == {held[name][0]}
    assert [Path(commit["workspace"]).name for commit in replaced["commits"]] == ["h-kube", "lotus-lake"]
    assert states(lab) == dict.fromkeys(NAMES, "current")


def test_sync_mends_the_drifted_copies_alone(lab: HoldingsLab) -> None:
    lab.write("h-kube", "daggy.env", "ID=daggy\nSECRET=something-else\n")
    lab.commit()
    lab.step(CREDENTIAL, "stage", "daggy")
    assert states(lab)["daggy"] == "drifted"
    before = lab.path("lotus-lake", "daggy.yaml").read_text()
    synced = lab.step(CREDENTIAL, "sync", "daggy")
    assert [commit["paths"] for commit in synced["commits"]] == [["daggy.env"]]
    assert set(copies_of(lab)["daggy"]) == {("daggy", FIRST["daggy"])}
    assert lab.path("lotus-lake", "daggy.yaml").read_text() == before
    assert not lab.perform(CREDENTIAL, step="sync", identities=list(NAMES))["changed"]


def test_a_rotation_is_rolled_back_before_and_after_its_retire_and_only_once(lab: HoldingsLab) -> None:
    lab.declared["policy"] = {"grace": "0"}
    for retired in (False, True):
        for step in ("stage", "switch", *(["retire"] if retired else [])):
            lab.step(CREDENTIAL, step, "daggy")
        new = master_of(lab)["daggy"][-1][0]
        back = lab.step(CREDENTIAL, "rollback", "daggy")
        assert all(commit["trailers"] == {"Withdrawn-Access-Key": [new]} for commit in back["commits"])
        assert back["identities"][0]["access_key_id"] == "daggy"
        lab.step(CREDENTIAL, "switch", "daggy")
        assert set(copies_of(lab)["daggy"]) == {("daggy", FIRST["daggy"])}
        assert not lab.step(CREDENTIAL, "rollback", "daggy")["changed"]
        lab.step(CREDENTIAL, "retire", "daggy")
        assert master_of(lab)["daggy"] == [("daggy", FIRST["daggy"])]
        assert not lab.step(CREDENTIAL, "rollback", "daggy")["changed"]
        assert states(lab)["daggy"] == "current"


def test_a_replaced_secret_is_rolled_back_once(lab: HoldingsLab) -> None:
    lab.step(CREDENTIAL, "replace", *NAMES)
    lab.step(CREDENTIAL, "rollback", "daggy", "etl")
    assert master_of(lab)["daggy"] == [("daggy", FIRST["daggy"])]
    assert copies_of(lab)["etl"] == [("etl", FIRST["etl"])]
    assert master_of(lab)["lake"] != [("lake", FIRST["lake"])]
    assert not lab.step(CREDENTIAL, "rollback", "daggy", "etl")["changed"]


def test_what_was_revoked_never_comes_back(lab: HoldingsLab) -> None:
    lab.declared["policy"] = {"grace": "0"}
    lab.step(CREDENTIAL, "stage", "daggy")
    lab.step(CREDENTIAL, "switch", "daggy")
    retired = lab.step(CREDENTIAL, "retire", "daggy", revoke=True)
    assert retired["commits"][0]["trailers"] == {"Revoked-Access-Key": ["daggy"]}
    before = contents(lab)
    result = lab.perform(CREDENTIAL, step="rollback", identities=["daggy"])
    assert result["failed"]
    assert result["msg"].startswith("daggy can't be rolled back: its earlier credential daggy was revoked. Nothing was changed.")
    assert "rotate.yml -e identity=daggy" in result["msg"]
    assert contents(lab) == before


def test_a_secret_that_was_revoked_in_place_never_comes_back_and_the_id_stays_usable(lab: HoldingsLab) -> None:
    replaced = lab.step(CREDENTIAL, "replace", "daggy", revoke=True)
    (trailer,) = replaced["commits"][0]["trailers"]["Revoked-Access-Key"]
    assert re.fullmatch("daggy [0-9a-f]{12}", trailer)
    result = lab.perform(CREDENTIAL, step="rollback", identities=["daggy"])
    assert result["msg"].startswith("daggy can't be rolled back: its earlier credential daggy was revoked.")
    second = master_of(lab)["daggy"]
    lab.step(CREDENTIAL, "replace", "daggy")
    lab.step(CREDENTIAL, "rollback", "daggy")
    assert master_of(lab)["daggy"] == second


def test_an_id_that_the_master_has_and_may_not_use_does_not_come_back(lab: HoldingsLab) -> None:
    lab.declared["policy"] = {"grace": "0"}
    for step in ("stage", "switch"):
        lab.step(CREDENTIAL, step, "daggy")
    document = json.loads(lab.values("h-kube", "s3.yaml")["stringData"]["config"])
    document["identities"][0]["credentials"][0]["status"] = "Inactive"
    lab.write("h-kube", "s3.yaml", json.dumps({"kind": "Secret", "stringData": {"config": json.dumps(document)}}))
    lab.commit()
    assert states(lab)["daggy"] == "current"
    result = lab.perform(CREDENTIAL, step="rollback", identities=["daggy"])
    assert "the master has its earlier credential daggy, which is not to be used" in result["msg"]


def test_the_commits_say_what_was_done_and_hold_no_secret(lab: HoldingsLab) -> None:
    one = lab.step(CREDENTIAL, "stage", "daggy")["commits"][0]
    (new,) = [access_key_id for access_key_id, _ in master_of(lab)["daggy"][1:]]
    assert one["text"] == f"chore: rotate S3 credentials, stage daggy\n\ndaggy: {new} added beside daggy"
    assert one["trailers"] == {}
    lab.step(CREDENTIAL, "switch", "daggy")
    log = "".join(lab.git(name, "log", "-p") for name in ("h-kube", "lotus-lake"))
    assert not [secret for secret in secrets_in(lab) if secret in log]


def test_many_names_are_counted_in_the_subject(lab: HoldingsLab) -> None:
    long = [f"a-name-that-is-rather-long-{number}" for number in range(3)]
    for declared, name in zip(lab.declared["identities"], long, strict=True):
        declared["name"] = name
    text = json.dumps(
        {
            "identities": [
                {"name": new, "credentials": [{"accessKey": old, "secretKey": FIRST[old]}]}
                for new, old in zip(long, NAMES, strict=True)
            ]
        }
    )
    lab.write("h-kube", "s3.yaml", json.dumps({"kind": "Secret", "stringData": {"config": text}}))
    lab.commit()
    (commit,) = lab.perform(CREDENTIAL, step="stage", identities=long)["commits"]
    assert commit["text"].splitlines()[0] == "chore: rotate S3 credentials, stage 3 identities"
    assert len(commit["text"].splitlines()) == 5


def test_the_diff_shows_fingerprints_by_place_and_no_secret(lab: HoldingsLab) -> None:
    lab.step(CREDENTIAL, "stage", "daggy")
    result = lab.perform(CREDENTIAL, step="switch", identities=["daggy"], diff=True)
    diff = result["diff"]
    new = master_of(lab)["daggy"][1][0]
    before, after = diff["before"].splitlines(), diff["after"].splitlines()
    assert before[0].startswith("h-kube:s3.yaml:stringData.config: daggy: daggy fp:")
    assert "lotus-lake:daggy.yaml:stringData.ID: daggy" in before
    assert f"lotus-lake:daggy.yaml:stringData.ID: {new}" in after
    assert [line for line in after if re.fullmatch(r"h-kube:daggy\.env:SECRET: fp:[0-9a-f]{10}", line)]
    # equal secrets look equal, over all files
    assert after[1].split()[-1] == after[-1].split()[-1] != before[-1].split()[-1]
    assert not [secret for secret in secrets_in(lab) if secret in json.dumps(result)]


@pytest.mark.parametrize("form", MASTER_FORMS)
@pytest.mark.parametrize("step", ["stage", "switch", "retire", "replace", "sync", "rollback"])
def test_check_mode_writes_nothing_and_predicts_the_change(step: str, form: str, tmp_path: Path) -> None:
    lab = lake_estate(tmp_path, form)
    prepared: dict[str, Callable[[], Any]] = {
        "switch": lambda: lab.step(CREDENTIAL, "stage", "daggy"),
        "retire": lambda: [lab.step(CREDENTIAL, one, "daggy") for one in ("stage", "switch")],
        "sync": lambda: lab.write("h-kube", "daggy.env", "ID=x\nSECRET=y\n"),
        "rollback": lambda: [lab.step(CREDENTIAL, one, "daggy") for one in ("stage", "switch")],
    }
    prepared.get(step, lambda: None)()
    before = contents(lab)
    asked: dict[str, Any] = {"step": step, "identities": ["daggy"], "retire": "force", "diff": True}
    predicted = lab.perform(CREDENTIAL, check=True, **asked)
    assert not predicted.get("failed"), predicted["msg"]
    assert contents(lab) == before
    real = lab.perform(CREDENTIAL, **asked)
    assert contents(lab) != before
    blurred = [re.sub(r"fp:\w+|\d{8}T\d{6}Z", "*", json.dumps(result)) for result in (predicted, real)]
    assert blurred[0] == blurred[1]
    assert predicted["changed"]


def test_no_identity_is_none_and_not_all(lab: HoldingsLab) -> None:
    result = lab.perform(CREDENTIAL, step="stage", identities=[])
    assert (result["changed"], result["identities"], result["commits"]) == (False, [], [])


def test_an_identity_that_the_plan_saw_otherwise_is_left_alone(lab: HoldingsLab) -> None:
    for step in ("stage", "replace"):
        seen = {"daggy": "daggy-20251231T000000Z", "etl": "etl"}
        result = lab.perform(CREDENTIAL, step=step, identities=["daggy", "etl"], seen=seen, check=True)
        assert [one["name"] for one in result["identities"] if one["done"]] == ["etl"]


def test_an_unknown_identity_is_named(lab: HoldingsLab) -> None:
    result = lab.perform(CREDENTIAL, step="stage", identities=["dagy"])
    assert result["msg"] == "The estate has no identity dagy. Nothing was changed. Did you mean daggy?"


def test_an_invalid_identity_stops_the_step_for_all(lab: HoldingsLab) -> None:
    document = {"identities": [{"name": "etl", "credentials": [{"accessKey": "etl", "secretKey": FIRST["etl"]}]}]}
    lab.write("h-kube", "s3.yaml", json.dumps({"kind": "Secret", "stringData": {"config": json.dumps(document)}}))
    before = contents(lab)
    result = lab.perform(CREDENTIAL, step="stage", identities=["etl", "daggy"])
    assert result["msg"].startswith("daggy is not in the master: add it there, or take it out of the estate")
    assert contents(lab) == before


@pytest.mark.parametrize(
    ("document", "said"),
    [
        ('{"identities": [', "it is no valid JSON (line 1, column 17: Expecting value)"),
        ('{"identities": []}', "it has no identities"),
        (
            '{"identities": [{"name": "a", "credentials": [{"accessKey": "k", "secretKey": "hunter2"}]}, '
            '{"name": "b", "credentials": [{"accessKey": "k", "secretKey": "hunter3"}]}]}',
            "the access key id k is under two identities, a and b",
        ),
    ],
)
@pytest.mark.parametrize("operation", [CREDENTIAL, ESTATE_INFO], ids=["credential", "estate_info"])
def test_a_master_that_seaweedfs_would_not_start_with_is_not_touched(
    operation: Any, document: str, said: str, lab: HoldingsLab
) -> None:
    lab.write("h-kube", "s3.yaml", json.dumps({"kind": "Secret", "stringData": {"config": document}}))
    before = contents(lab)
    more: dict[str, Any] = {"step": "stage", "identities": ["daggy"]} if operation is CREDENTIAL else {}
    result = lab.perform(operation, **more)
    assert result["failed"]
    place = "h-kube:s3.yaml:stringData.config"
    assert result["msg"].startswith(f"The master {place} holds no document that SeaweedFS would start with: {said}.")
    assert "sops edit s3.yaml" in result["msg"]
    assert "hunter" not in result["msg"]
    assert contents(lab) == before


def test_a_whole_file_with_an_empty_item_is_said_to_be_wrong(tmp_path: Path) -> None:
    lab = lake_estate(tmp_path, OWN_FILE)
    lab.write("h-kube", "identities.json", json.dumps({"identities": [{"name": "a", "actions": ["Read"]}, {}, {"name": "b"}]}))
    result = lab.perform(ESTATE_INFO)
    assert "identities[1] is empty" in result["msg"]
