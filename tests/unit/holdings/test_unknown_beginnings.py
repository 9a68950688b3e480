# SPDX-License-Identifier: GPL-3.0-or-later
"""Where the history of the master's place doesn't reach back to when a credential was made, an incident counts it as older."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from ansible_collections.lotus_lake.secrets.plugins.module_utils.holdings.past import Birth, Pair
from ansible_collections.lotus_lake.secrets.plugins.module_utils.operations.credential import OPERATION as CREDENTIAL
from ansible_collections.lotus_lake.secrets.plugins.module_utils.operations.estate_info import OPERATION as ESTATE_INFO
from ansible_collections.lotus_lake.secrets.tests.fixtures.holdings_lab import STEP, HoldingsLab
from ansible_collections.lotus_lake.secrets.tests.fixtures.lake_estate import FIRST, document, lake_estate

DAGGY: Pair = ("daggy", FIRST["daggy"])
OLD, NEW = "s3.yaml", "gateway/identities.yaml"


@pytest.fixture
def lab(tmp_path: Path) -> HoldingsLab:
    lab = lake_estate(tmp_path)
    lab.path("h-kube", NEW).parent.mkdir()
    return lab


def master_text(**more: Any) -> str:
    return json.dumps({"kind": "Secret", "stringData": {"config": json.dumps(document()), **more}})


def moved(lab: HoldingsLab) -> None:
    lab.git("h-kube", "mv", OLD, NEW)


def moved_and_encrypted_anew(lab: HoldingsLab) -> None:
    lab.path("h-kube", OLD).unlink()
    lab.write("h-kube", NEW, master_text())


def copied(lab: HoldingsLab) -> None:
    lab.path("h-kube", NEW).write_text(lab.path("h-kube", OLD).read_text())
    lab.commit("a copy, what it was made of goes later")
    lab.path("h-kube", OLD).unlink()


def split_off(lab: HoldingsLab) -> None:
    lab.write("h-kube", NEW, master_text())
    lab.write("h-kube", OLD, "kind: Secret\nstringData:\n  password: what is left\n")


def taken_out_of_a_file_in_plain_text(lab: HoldingsLab) -> None:
    lab.path("h-kube", "plain.json").write_text(json.dumps(document()))
    lab.commit("not encrypted")
    lab.path("h-kube", "plain.json").unlink()
    lab.write("h-kube", NEW, master_text())


def under_another_key(lab: HoldingsLab) -> None:
    lab.write("h-kube", OLD, json.dumps({"kind": "Secret", "stringData": {"identities": json.dumps(document())}}))
    lab.declared["master"] = {**lab.declared["master"], "key": "stringData.identities"}


@pytest.mark.parametrize(
    "change",
    [moved, moved_and_encrypted_anew, copied, split_off, taken_out_of_a_file_in_plain_text, under_another_key],
)
def test_a_credential_is_not_too_young_for_an_incident_because_the_master_was_moved(
    change: Callable[[HoldingsLab], None], lab: HoldingsLab
) -> None:
    change(lab)
    if change is not under_another_key:
        lab.declared["master"] = {**lab.declared["master"], "file": NEW}
    incident = lab.time + STEP / 2
    lab.commit("another place")
    lab.step(CREDENTIAL, "replace", "etl")

    shown = lab.perform(ESTATE_INFO, issued_before=incident.isoformat())

    assert {one["name"]: one["steps"] for one in shown["identities"]} == {
        "daggy": ["stage", "switch"],
        "etl": [],
        "lake": ["stage", "switch"],
    }
    assert [one["steps"] for one in lab.perform(ESTATE_INFO)["identities"]] == [[], [], []]


def test_the_age_that_is_shown_is_what_is_known(lab: HoldingsLab) -> None:
    moved(lab)
    lab.declared["master"] = {**lab.declared["master"], "file": NEW}
    lab.commit("another place")
    with lab.opened() as opened:
        assert opened.past.births(opened.estate.master, {DAGGY}) == {DAGGY: Birth(lab.time, maybe_older=True)}
    shown = {one["name"]: one["born"] for one in lab.perform(ESTATE_INFO)["identities"]}
    assert shown["daggy"] == f"{lab.time:%Y-%m-%dT%H:%M:%SZ}"


def test_a_credential_of_a_file_that_came_with_others_is_as_old_as_the_file(lab: HoldingsLab) -> None:
    lab.path("h-kube", "kustomization.yaml").write_text("resources: []\n")
    lab.commit()
    lab.path("h-kube", "kustomization.yaml").write_text("resources: [identities.yaml]\n")
    lab.write("h-kube", NEW, master_text())
    lab.declared["master"] = {**lab.declared["master"], "file": NEW}
    lab.commit("really new")
    with lab.opened() as opened:
        assert opened.past.births(opened.estate.master, {DAGGY}) == {DAGGY: Birth(lab.time)}


def test_an_invalid_document_may_have_held_what_came_after_it(lab: HoldingsLab) -> None:
    lab.write("h-kube", OLD, json.dumps({"kind": "Secret", "stringData": {"config": "{"}}))
    lab.commit("broken")
    held = document()
    held["identities"][0]["credentials"].append({"accessKey": "extra", "secretKey": "an-extra-secret"})
    lab.write("h-kube", OLD, json.dumps({"kind": "Secret", "stringData": {"config": json.dumps(held)}}))
    lab.commit("mended")
    extra = ("extra", "an-extra-secret")
    with lab.opened() as opened:
        births = opened.past.births(opened.estate.master, {DAGGY, extra})
    assert births == {DAGGY: Birth(lab.time - 2 * STEP), extra: Birth(lab.time, maybe_older=True)}
