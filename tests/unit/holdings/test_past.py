# SPDX-License-Identifier: GPL-3.0-or-later
"""What the Git history tells: ages, when copies took a credential, what is gone, what was before."""

from __future__ import annotations

import datetime
import json
from pathlib import Path

import pytest
from ansible_collections.lotus_lake.secrets.plugins.module_utils.holdings import past
from ansible_collections.lotus_lake.secrets.plugins.module_utils.holdings.past import Birth, Pair
from ansible_collections.lotus_lake.secrets.plugins.module_utils.operations.credential import OPERATION as CREDENTIAL
from ansible_collections.lotus_lake.secrets.plugins.module_utils.operations.estate_checks import of_estate
from ansible_collections.lotus_lake.secrets.plugins.module_utils.operations.estate_info import OPERATION as ESTATE_INFO
from ansible_collections.lotus_lake.secrets.plugins.module_utils.s3.credential import S3Credential
from ansible_collections.lotus_lake.secrets.tests.fixtures.holdings_lab import START, STEP, HoldingsLab
from ansible_collections.lotus_lake.secrets.tests.fixtures.lake_estate import FIRST, document, lake_estate, master_of
from ansible_collections.lotus_lake.secrets.tests.fixtures.sops_lab import SopsLab

DAGGY: Pair = ("daggy", FIRST["daggy"])


@pytest.fixture(params=["stringData", "a file of its own"])
def lab(request: pytest.FixtureRequest, tmp_path: Path) -> HoldingsLab:
    return lake_estate(tmp_path, request.param)


def touch(lab: HoldingsLab) -> None:
    """Somebody else changes the same files, and not our values."""
    lab.git("h-kube", "commit", "-q", "--allow-empty", "-m", "nothing")
    lab.write("h-kube", "daggy.env", f"ID=daggy\nSECRET={FIRST['daggy']}\nMORE={lab.time}\n")
    lab.commit("another value of the same file")


def test_a_value_is_as_old_as_the_commit_in_which_it_last_changed(lab: HoldingsLab) -> None:
    touch(lab)
    lab.step(CREDENTIAL, "replace", "etl")
    touch(lab)
    lab.step(CREDENTIAL, "stage", "lake")
    pairs = {pair for held in master_of(lab).values() for pair in held}
    with lab.opened() as opened:
        births = opened.past.births(opened.estate.master, pairs)
        nowhere = opened.past.births(opened.estate.master, {("not", "there")})
    assert {access_key_id: (birth.time - START) // STEP for (access_key_id, _), birth in births.items()} == {
        "daggy": 0,
        "etl": 2,
        "lake": 0,
        master_of(lab)["lake"][1][0]: 4,
    }
    assert nowhere == {}


def test_what_no_commit_holds_has_no_age(lab: HoldingsLab) -> None:
    lab.perform(CREDENTIAL, step="replace", identities=["etl"])
    with lab.opened() as opened:
        assert opened.past.births(opened.estate.master, set(master_of(lab)["etl"])) == {}


def test_a_copy_took_its_credential_with_the_commit_that_brought_it(lab: HoldingsLab) -> None:
    lab.step(CREDENTIAL, "stage", "daggy")
    lab.step(CREDENTIAL, "switch", "daggy")
    lab.write("lotus-lake", "other.env", "A=b\n")
    lab.commit()
    with lab.opened() as opened:
        in_yaml, in_dotenv = opened.estate.identity("daggy").copies
        new = master_of(lab)["daggy"][1]
        assert opened.past.switched_at(in_yaml, new) == opened.past.switched_at(in_dotenv, new) == START + 2 * STEP
        assert opened.past.switched_at(in_yaml, DAGGY) is None
        assert opened.observe()["daggy"].candidate.switched_at == START + 2 * STEP


def test_the_last_copy_counts_for_the_grace(lab: HoldingsLab) -> None:
    lab.step(CREDENTIAL, "stage", "daggy")
    (_, (new, secret)) = master_of(lab)["daggy"]
    lab.write("h-kube", "daggy.env", f"ID={new}\nSECRET={secret}\n")
    lab.commit()
    lab.step(CREDENTIAL, "switch", "daggy")
    with lab.opened() as opened:
        in_yaml, in_dotenv = opened.estate.identity("daggy").copies
        assert opened.past.switched_at(in_dotenv, (new, secret)) == START + 2 * STEP
        assert opened.past.switched_at(in_yaml, (new, secret)) == START + 3 * STEP
        assert opened.observe()["daggy"].candidate.switched_at == START + 3 * STEP


def gone_from(lab: HoldingsLab, base: str, back_to: datetime.datetime) -> dict[str, set[Pair]]:
    present = {pair for held in master_of(lab).values() for pair in held}
    with lab.opened() as opened:
        return opened.past.removed_since(opened.estate.master, base, present, back_to)


def test_what_is_gone_since_a_commit_and_in_the_change_before_it_is_found(tmp_path: Path) -> None:
    lab = lake_estate(tmp_path)
    lab.step(CREDENTIAL, "replace", "lake")
    lab.step(CREDENTIAL, "replace", "etl")
    base = lab.tip("h-kube")
    lab.step(CREDENTIAL, "stage", "daggy")
    lab.step(CREDENTIAL, "switch", "daggy")
    lab.step(CREDENTIAL, "retire", "daggy", retire="force")
    assert gone_from(lab, base, lab.time) == {"daggy": {DAGGY}, "etl": {("etl", FIRST["etl"])}}
    assert gone_from(lab, lab.tip("h-kube"), lab.time) == {"daggy": {DAGGY}}


def test_what_went_in_the_last_time_is_found_whatever_was_committed_after_it(tmp_path: Path) -> None:
    lab = lake_estate(tmp_path)
    lab.step(CREDENTIAL, "replace", "lake")
    went = lab.time
    for _ in range(3):
        lab.step(CREDENTIAL, "replace", "etl")
    gone = gone_from(lab, lab.tip("h-kube"), went - STEP / 2)
    assert gone["lake"] == {("lake", FIRST["lake"])}
    assert len(gone["etl"]) == 3
    later = gone_from(lab, lab.tip("h-kube"), went + STEP / 2)
    assert later.keys() == {"etl"}
    assert len(later["etl"]) == 3


def test_a_key_that_a_killed_run_retired_is_to_be_refused_after_others_have_changed_the_master_too(tmp_path: Path) -> None:
    lab = lake_estate(tmp_path)
    for step in ("stage", "switch", "retire"):
        lab.step(CREDENTIAL, step, "daggy", retire="force")
    for _ in range(3):
        lab.step(CREDENTIAL, "replace", "etl")
    with lab.opened() as opened:
        checks = of_estate(opened, ["daggy"], ["retired"], lab.workspaces)
    assert [(check.name, check.credential, check.accepted) for check in checks] == [("daggy", S3Credential(*DAGGY), False)]


def test_no_more_than_so_many_that_went_long_ago_are_found(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    lab = lake_estate(tmp_path)
    lab.step(CREDENTIAL, "replace", "lake")
    for _ in range(4):
        lab.step(CREDENTIAL, "replace", "etl")
    monkeypatch.setattr(past, "MANY_GONE", 2)
    before, gone = master_of(lab), gone_from(lab, lab.tip("h-kube"), START)
    assert {name: len(pairs) for name, pairs in gone.items()} == {"etl": 2, "lake": 1}
    assert ("etl", FIRST["etl"]) not in gone["etl"] | set(before["etl"])


def test_the_credential_before_is_found_but_for_what_is_kept(tmp_path: Path) -> None:
    lab = lake_estate(tmp_path)
    lab.step(CREDENTIAL, "replace", "daggy")
    (middle,) = master_of(lab)["daggy"]
    lab.step(CREDENTIAL, "replace", "daggy")
    (last,) = master_of(lab)["daggy"]
    with lab.opened() as opened:
        place = opened.estate.master
        assert opened.past.before(place, "daggy", last, ()) == middle
        assert opened.past.before(place, "daggy", last, {"daggy"}) is None
        assert opened.past.before(place, "etl", ("etl", FIRST["etl"]), ()) is None
        assert opened.past.before(place, "nobody", last, ()) is None


def test_what_can_not_be_opened_any_more_ends_the_history(tmp_path: Path) -> None:
    lab = lake_estate(tmp_path)
    encrypted = lab.path("h-kube", "s3.yaml").read_text()
    lab.path("h-kube", "s3.yaml").write_text(
        encrypted.replace(lab.sops.recipient, lab.sops.recipient[:-3] + "xxx").replace("age1", "age2")
    )
    tampered = encrypted.replace("ENC[AES256_GCM,data:", "ENC[AES256_GCM,data:AAAA")
    lab.path("h-kube", "s3.yaml").write_text(tampered)
    lab.commit("broken")
    lab.path("h-kube", "s3.yaml").write_text(encrypted)
    lab.commit("mended")
    with lab.opened() as opened:
        assert len(list(opened.past.masters(opened.estate.master))) == 1
        assert opened.past.births(opened.estate.master, {DAGGY}) == {DAGGY: Birth(START)}


def test_a_credential_that_went_and_came_back_is_as_old_as_it_ever_was(tmp_path: Path) -> None:
    lab = lake_estate(tmp_path)
    encrypted = lab.path("h-kube", "s3.yaml").read_text()
    lab.step(CREDENTIAL, "replace", "daggy")
    lab.path("h-kube", "s3.yaml").write_text(encrypted)
    lab.commit("brought back")
    with lab.opened() as opened:
        assert opened.past.births(opened.estate.master, {DAGGY}) == {DAGGY: Birth(START)}


def with_ids_of_long_ago(lab: HoldingsLab) -> None:
    """Each access key id says that it was made a hundred days ago."""
    born = f"-{START - datetime.timedelta(days=100):%Y%m%dT%H%M%SZ}"
    held = document()
    for identity in held["identities"]:
        identity["credentials"][0]["accessKey"] += born
    lab.write("h-kube", "s3.yaml", json.dumps({"kind": "Secret", "stringData": {"config": json.dumps(held)}}))
    lab.commit("with births")
    for name in held["identities"]:
        lab.step(CREDENTIAL, "sync", name["name"])


def ages(lab: HoldingsLab) -> dict[str, datetime.datetime | None]:
    with lab.opened() as opened:
        held = opened.observe()
    return {name: one.candidate.assessment.target.born for name, one in held.items() if one.candidate.assessment.target}


def test_a_secret_that_was_replaced_under_an_id_of_long_ago_is_as_young_as_it_is(tmp_path: Path) -> None:
    lab = lake_estate(tmp_path)
    with_ids_of_long_ago(lab)
    lab.step(CREDENTIAL, "replace", "etl")
    replaced = lab.time
    touch(lab)
    long_ago = START - datetime.timedelta(days=100)
    assert ages(lab) == {"daggy": long_ago, "etl": replaced, "lake": long_ago}
    shown = lab.perform(ESTATE_INFO, issued_before=(replaced - STEP / 2).isoformat())
    assert shown["plan"]["outdated"] == ["daggy", "lake"]
    lab.step(CREDENTIAL, "rollback", "etl")
    assert ages(lab)["etl"] == START + STEP


def test_a_replaced_secret_is_as_old_as_its_id_where_the_history_begins_too_late(tmp_path: Path) -> None:
    lab = lake_estate(tmp_path)
    with_ids_of_long_ago(lab)
    lab.git("h-kube", "rm", "-q", "--cached", "s3.yaml")
    lab.git("h-kube", "commit", "-qm", "elsewhere for a while")
    lab.step(CREDENTIAL, "replace", "etl")
    assert lab.git("h-kube", "show", "--format=", "--name-status", "HEAD", "--", "s3.yaml").startswith("A")
    long_ago = START - datetime.timedelta(days=100)
    assert ages(lab) == dict.fromkeys(FIRST, long_ago)
    for incident, outdated in ((long_ago, []), (long_ago + STEP, list(FIRST))):
        assert lab.perform(ESTATE_INFO, issued_before=incident.isoformat())["plan"]["outdated"] == outdated


def test_a_sync_costs_no_look_into_the_history(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    lab = lake_estate(tmp_path)
    with_ids_of_long_ago(lab)
    with lab.opened() as opened:
        assert opened.past.trailers(past.CHANGED) == set(FIRST)
        monkeypatch.setattr(opened.past, "births", None)
        assert opened.observe().keys() == FIRST.keys()


def test_a_credential_is_not_too_young_for_an_incident_where_older_versions_need_another_age_key(tmp_path: Path) -> None:
    lab = lake_estate(tmp_path)
    files = [("h-kube", "s3.yaml"), ("h-kube", "etl.yaml"), ("lotus-lake", "daggy.yaml"), ("lotus-lake", "lake.json")]
    plain = {file: json.dumps(lab.values(*file)) for file in files}
    plain["h-kube", "daggy.env"] = f"ID=daggy\nSECRET={FIRST['daggy']}\n"
    incident = lab.time + STEP / 2
    (tmp_path / "new").mkdir()
    lab.sops = SopsLab(tmp_path / "new")
    for (repository, file), text in plain.items():
        lab.write(repository, file, text)
    lab.commit("Another age key")
    lab.step(CREDENTIAL, "replace", "etl")

    result = lab.perform(ESTATE_INFO, issued_before=incident.isoformat())

    steps = {one["name"]: one["steps"] for one in result["identities"]}
    assert steps == {"daggy": ["stage", "switch"], "etl": [], "lake": ["stage", "switch"]}
    assert result["plan"]["outdated"] == ["daggy", "lake"]
    assert [one["steps"] for one in lab.perform(ESTATE_INFO)["identities"]] == [[], [], []]


def test_an_earlier_document_that_is_invalid_is_passed_over(tmp_path: Path) -> None:
    lab = lake_estate(tmp_path)
    encrypted = lab.path("h-kube", "s3.yaml").read_text()
    lab.write("h-kube", "s3.yaml", json.dumps({"kind": "Secret", "stringData": {"config": "{"}}))
    lab.commit("broken")
    lab.path("h-kube", "s3.yaml").write_text(encrypted)
    lab.commit("mended")
    with lab.opened() as opened:
        assert len(list(opened.past.masters(opened.estate.master))) == 2
        assert opened.past.births(opened.estate.master, {DAGGY}) == {DAGGY: Birth(START)}


def test_trailers_are_read_from_every_repository(tmp_path: Path) -> None:
    lab = lake_estate(tmp_path)
    lab.write("lotus-lake", "x.env", "A=b\n")
    lab.commit("one", {"Withdrawn-Access-Key": ["a", "b"]})
    lab.write("h-kube", "x.env", "A=b\n")
    lab.commit("two", {"Withdrawn-Access-Key": ["c"], "Revoked-Access-Key": ["d"]})
    with lab.opened() as opened:
        assert opened.past.trailers("Withdrawn-Access-Key") == {"a", "b", "c"}
        assert opened.past.trailers("Revoked-Access-Key") == {"d"}
        assert opened.past.trailers("Withdrawn-Access-Key", START + 2 * STEP) == {"c"}
