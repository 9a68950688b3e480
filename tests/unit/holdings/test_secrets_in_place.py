# SPDX-License-Identifier: GPL-3.0-or-later
"""Which secret of an access key id a rollback withdrew, or a revocation meant, whatever becomes of the master's own keys."""

from __future__ import annotations

import json
import os
from collections.abc import Callable
from pathlib import Path

import pyrage
import pytest
from ansible_collections.lotus_lake.secrets.plugins.module_utils.operations.credential import OPERATION as CREDENTIAL
from ansible_collections.lotus_lake.secrets.plugins.module_utils.operations.estate_info import OPERATION as ESTATE_INFO
from ansible_collections.lotus_lake.secrets.plugins.module_utils.sops import sops_file
from ansible_collections.lotus_lake.secrets.tests.fixtures.holdings_lab import HoldingsLab
from ansible_collections.lotus_lake.secrets.tests.fixtures.lake_estate import FIRST, document, lake_estate, master_of
from ansible_collections.lotus_lake.secrets.tests.fixtures.sops_lab import SopsLab


@pytest.fixture
def lab(tmp_path: Path) -> HoldingsLab:
    return lake_estate(tmp_path)


@pytest.fixture
def split_lab(lab: HoldingsLab) -> HoldingsLab:
    """The master's data key is split over two key groups, which only the program sops puts together."""
    second = pyrage.x25519.Identity.generate()
    lab.sops.key_file.write_text(f"{lab.sops.identity}\n{second}\n")
    groups = [{"age": [str(one.to_public())]} for one in (lab.sops.identity, second)]
    config = lab.folder / "groups.yaml"
    config.write_text(json.dumps({"creation_rules": [{"shamir_threshold": 2, "key_groups": groups}]}))
    plain = json.dumps({"kind": "Secret", "stringData": {"config": json.dumps(document())}})
    how = ("--filename-override", "s3.yaml", "--input-type", "yaml", "--output-type", "yaml")
    encrypted = lab.sops.run("--config", str(config), "encrypt", *how, given=plain)
    lab.path("h-kube", "s3.yaml").write_text(encrypted)
    lab.commit("for sops only")
    return lab


def rotated(lab: HoldingsLab) -> None:
    lab.sops.run("rotate", "--in-place", str(lab.path("h-kube", "s3.yaml")))
    lab.commit("sops rotate")


@pytest.fixture(params=["the same data key", "sops rotate", "only sops opens it"])
def world(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> tuple[HoldingsLab, Callable[[], None]]:
    """An estate, and what happens between two runs: each is a process of its own."""
    only_sops = request.param == "only sops opens it"
    lab: HoldingsLab = request.getfixturevalue("split_lab" if only_sops else "lab")

    def meanwhile() -> None:
        monkeypatch.setattr(sops_file, "_OF_THIS_PROCESS", os.urandom(32))
        if request.param == "sops rotate":
            rotated(lab)

    return lab, meanwhile


def is_rolled_back(lab: HoldingsLab) -> bool:
    shown = lab.perform(ESTATE_INFO, rollback=True, identities=["daggy"])
    assert not shown.get("failed"), shown["msg"]
    (daggy,) = shown["identities"]
    assert (daggy["steps"] == []) is (daggy["why"] == "was rolled back already")
    return not daggy["steps"]


def test_a_rollback_in_place_is_done_once(world: tuple[HoldingsLab, Callable[[], None]]) -> None:
    lab, meanwhile = world
    lab.step(CREDENTIAL, "replace", "daggy")
    second = master_of(lab)["daggy"]
    meanwhile()
    assert not is_rolled_back(lab)
    lab.step(CREDENTIAL, "rollback", "daggy")
    assert master_of(lab)["daggy"] == [("daggy", FIRST["daggy"])]
    for _ in range(2):
        meanwhile()
        assert is_rolled_back(lab)
        assert not lab.step(CREDENTIAL, "rollback", "daggy")["changed"]
    lab.step(CREDENTIAL, "replace", "daggy")
    meanwhile()
    assert second != master_of(lab)["daggy"] != [("daggy", FIRST["daggy"])]
    lab.step(CREDENTIAL, "rollback", "daggy")
    assert master_of(lab)["daggy"] == [("daggy", FIRST["daggy"])]


def test_a_secret_that_was_revoked_in_place_stays_revoked(world: tuple[HoldingsLab, Callable[[], None]]) -> None:
    lab, meanwhile = world
    lab.step(CREDENTIAL, "replace", "daggy", revoke=True)
    meanwhile()
    result = lab.perform(CREDENTIAL, step="rollback", identities=["daggy"])
    assert result["msg"].startswith("daggy can't be rolled back: its earlier credential daggy was revoked.")
    second = master_of(lab)["daggy"]
    lab.step(CREDENTIAL, "replace", "daggy")
    meanwhile()
    lab.step(CREDENTIAL, "rollback", "daggy")
    assert master_of(lab)["daggy"] == second


def test_a_revoked_secret_that_somebody_put_back_is_not_brought_back_after_its_id_is_gone_either(lab: HoldingsLab) -> None:
    lab.declared["policy"] = {"grace": "0"}
    first = lab.path("h-kube", "s3.yaml").read_text()
    lab.step(CREDENTIAL, "replace", "daggy", revoke=True)
    lab.path("h-kube", "s3.yaml").write_text(first)
    lab.commit("put back by hand")
    for step in ("sync", "stage", "switch", "retire"):
        lab.step(CREDENTIAL, step, "daggy")
    result = lab.perform(CREDENTIAL, step="rollback", identities=["daggy"])
    assert result["msg"].startswith("daggy can't be rolled back: its earlier credential daggy was revoked.")


@pytest.mark.parametrize("commit", ["0123456789ab", "HEAD", "fp:1a2b3c4d5e"])
def test_nothing_is_rolled_back_where_a_commit_that_names_a_secret_is_gone(commit: str, lab: HoldingsLab) -> None:
    lab.step(CREDENTIAL, "replace", "daggy")
    lab.write("h-kube", "x.env", "A=b\n")
    lab.commit("rewritten", {"Revoked-Access-Key": [f"daggy {commit}", "etl 0123456789ab"]})
    before = lab.path("h-kube", "s3.yaml").read_text()
    result = lab.perform(CREDENTIAL, step="rollback", identities=["daggy"])
    assert result["msg"].startswith(f"The history of h-kube has no commit {commit}, by which")
    assert lab.path("h-kube", "s3.yaml").read_text() == before


def test_a_revocation_from_before_another_age_key_stands_in_no_later_rollback_s_way(lab: HoldingsLab) -> None:
    lab.step(CREDENTIAL, "replace", "daggy", revoke=True)
    files = [("h-kube", "s3.yaml"), ("h-kube", "etl.yaml"), ("lotus-lake", "daggy.yaml"), ("lotus-lake", "lake.json")]
    plain = {file: json.dumps(lab.values(*file)) for file in files}
    (second,) = master_of(lab)["daggy"]
    plain["h-kube", "daggy.env"] = f"ID=daggy\nSECRET={second[1]}\n"
    (lab.folder / "new").mkdir()
    lab.sops = SopsLab(lab.folder / "new")
    for (repository, file), text in plain.items():
        lab.write(repository, file, text)
    lab.commit("Another age key")
    lab.step(CREDENTIAL, "replace", "daggy")
    lab.step(CREDENTIAL, "rollback", "daggy")
    assert master_of(lab)["daggy"] == [second]


def test_what_no_commit_holds_is_not_named(lab: HoldingsLab) -> None:
    assert lab.perform(CREDENTIAL, step="replace", identities=["daggy"])["changed"]
    again = lab.perform(CREDENTIAL, step="replace", identities=["daggy"], revoke=True)
    assert all("Revoked-Access-Key" not in commit["trailers"] for commit in again["commits"])
