# SPDX-License-Identifier: GPL-3.0-or-later
"""What is excused, what can't be checked, rules of one's own, and how bad is too bad."""

from __future__ import annotations

import datetime
import json
import re
from pathlib import Path
from typing import Any

import jsonschema
import pyrage
import pytest
from ansible_collections.lotus_lake.secrets.plugins.module_utils.audit.rules import RULES
from ansible_collections.lotus_lake.secrets.plugins.module_utils.audit.schema import RESULTS
from ansible_collections.lotus_lake.secrets.plugins.module_utils.operations import estate_options
from ansible_collections.lotus_lake.secrets.plugins.module_utils.operations.estate_audit import OPERATION
from ansible_collections.lotus_lake.secrets.tests.fixtures.holdings_lab import HoldingsLab
from ansible_collections.lotus_lake.secrets.tests.fixtures.lake_estate import FIRST

TODAY = datetime.datetime.now(datetime.UTC).date()
DAY = datetime.timedelta(days=1)
OWN = next(
    re.finditer(r"^```python\n(.*?)^```", (Path(__file__).parents[3] / "docs" / "audit.md").read_text(), re.DOTALL | re.MULTILINE)
)[1]
"""The rule that the documentation shows."""


def with_a_typed_secret(lab: HoldingsLab) -> None:
    lab.write("h-kube", "daggy.env", "ID=daggy\nSECRET=mistyped\n")
    lab.commit()


def audited(lab: HoldingsLab, **params: Any) -> dict[str, Any]:
    return lab.perform(OPERATION, **params)


def suppress(lab: HoldingsLab, **more: Any) -> None:
    given = {"rule": "sync-drifted-copy", "reason": "daggy is being taken down", "until": (TODAY + DAY).isoformat(), **more}
    lab.declared["audit"] = {"suppress": [given]}


@pytest.mark.parametrize("only", [{}, {"identity": "daggy"}, {"repository": "h-kube", "file": "daggy.env"}])
def test_what_is_suppressed_is_shown_as_such_and_does_not_count(lab: HoldingsLab, only: dict[str, str]) -> None:
    with_a_typed_secret(lab)
    suppress(lab, **only)
    result = audited(lab, fail_on="note")
    (finding,) = result["findings"]
    assert finding["suppressed"] == {"reason": "daggy is being taken down", "until": (TODAY + DAY).isoformat()}
    assert result["ok"]
    assert result["count"] == {"error": 0, "warning": 0, "note": 0}


@pytest.mark.parametrize("other", [{"identity": "etl"}, {"file": "daggy.yaml"}, {"rule": "sync-gone"}])
def test_what_is_suppressed_elsewhere_counts(lab: HoldingsLab, other: dict[str, str]) -> None:
    with_a_typed_secret(lab)
    suppress(lab, **other)
    assert audited(lab)["count"]["error"] == 1


def test_a_suppression_that_has_ended_says_so_and_counts_no_more(lab: HoldingsLab) -> None:
    with_a_typed_secret(lab)
    suppress(lab, until=(TODAY - DAY).isoformat())
    (finding,) = audited(lab)["findings"]
    assert finding["suppressed"] is None
    assert finding["what"].endswith(f"(no longer suppressed, since {TODAY - DAY} has passed)")


def test_an_end_that_is_no_date_is_a_mistake(lab: HoldingsLab) -> None:
    suppress(lab, until="2027-02-30")
    assert "estate.audit.suppress[0].until: 2027-02-30 is no date; write it as 2027-01-31" in audited(lab)["msg"]


@pytest.mark.parametrize(("fail_on", "ok"), [("error", False), ("warning", False), ("note", False), ("never", True)])
def test_how_bad_is_too_bad_is_the_operators_choice(lab: HoldingsLab, fail_on: str, ok: bool) -> None:
    with_a_typed_secret(lab)
    assert audited(lab, fail_on=fail_on)["ok"] is ok


def test_a_master_that_cannot_be_read_is_found_and_what_hangs_on_it_is_not_checked(lab: HoldingsLab) -> None:
    lab.path("h-kube", "s3.yaml").unlink()
    lab.commit()
    result = audited(lab)
    unchecked = {one["rule"] for one in result["not_checked"]}
    assert {"sync-drifted-copy", "sync-shared-secret", "age-overdue", "strength-short"} <= unchecked
    assert [one["rule"] for one in result["findings"]] == ["sync-gone"]
    nothing_known = {"state": "unknown", "access_key_id": None, "age_seconds": None}
    assert [one["name"] for one in result["identities"]] == list(FIRST)
    assert all(nothing_known.items() <= one.items() for one in result["identities"])
    assert not result["ok"]


def test_without_an_age_key_nothing_passes(lab: HoldingsLab) -> None:
    lab.sops.key_file.write_text(f"{pyrage.x25519.Identity.generate()}\n")
    result = audited(lab)
    assert not result["ok"]
    assert {one["where"]["file"] for one in result["findings"]} == {"s3.yaml", "daggy.yaml", "daggy.env", "etl.yaml", "lake.json"}
    assert len(result["not_checked"]) >= 10


def test_a_file_for_somebody_else_is_not_checked(lab: HoldingsLab) -> None:
    stranger = pyrage.x25519.Identity.generate()
    sealed = lab.sops.run(
        "encrypt",
        "--input-type",
        "yaml",
        "--output-type",
        "yaml",
        "--age",
        str(stranger.to_public()),
        "--filename-override",
        "theirs.yaml",
        given="a: b\n",
    )
    lab.path("h-kube", "theirs.yaml").write_text(sealed)
    lab.commit()
    reasons = {one["rule"]: one["reason"] for one in audited(lab)["not_checked"]}
    assert reasons["encryption-unreadable"] == "no age key here opens h-kube:theirs.yaml"


def test_a_rule_of_ones_own_is_one_like_ours(lab: HoldingsLab, tmp_path: Path) -> None:
    folder = tmp_path / "rules"
    folder.mkdir()
    (folder / "consumers.py").write_text(OWN)
    result = audited(lab, rules=str(folder))
    assert [(one["rule"], one["where"]["identity"]) for one in result["findings"]] == [("own-consumers", name) for name in FIRST]
    assert len(result["rules"]) == len(RULES) + 1


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("RULE = 1", "has no RULE"),
        ("import nothing_like_that", "can't be loaded: ModuleNotFoundError"),
        (OWN.replace("own-consumers", "age-overdue"), "The id age-overdue of the rule in"),
    ],
)
def test_a_rule_that_is_none_is_said_so(lab: HoldingsLab, tmp_path: Path, text: str, message: str) -> None:
    folder = tmp_path / "rules"
    folder.mkdir()
    (folder / "own.py").write_text(text)
    result = audited(lab, rules=str(folder))
    assert result["failed"]
    assert message in result["msg"]
    assert "Nothing was looked at." in result["msg"]


def test_the_results_are_what_the_schema_says(lab: HoldingsLab) -> None:
    with_a_typed_secret(lab)
    schema = jsonschema.Draft202012Validator(RESULTS)
    for suppressed in (False, True):
        if suppressed:
            suppress(lab)
        assert list(schema.iter_errors(audited(lab))) == []
    lab.path("h-kube", "s3.yaml").unlink()
    lab.commit()
    assert list(schema.iter_errors(audited(lab))) == []


def test_it_changes_nothing_in_check_mode_or_not(lab: HoldingsLab, monkeypatch: pytest.MonkeyPatch) -> None:
    now = estate_options.now()
    monkeypatch.setattr(estate_options, "now", lambda: now)
    with_a_typed_secret(lab)
    before = {
        repository["name"]: lab.git(repository["name"], "status", "--porcelain") for repository in lab.declared["repositories"]
    }
    results = [lab.perform(OPERATION, check=check) for check in (True, False)]
    assert json.dumps(results[0]) == json.dumps(results[1])
    assert not results[0]["changed"]
    assert before == {name: lab.git(name, "status", "--porcelain") for name in before}


def test_a_content_that_git_can_not_read_does_not_count_as_sound(lab: HoldingsLab) -> None:
    blob = lab.git("h-kube", "rev-parse", "HEAD:README.md").strip()
    lab.path("h-kube", f".git/objects/{blob[:2]}/{blob[2:]}").unlink()
    reasons = {one["rule"]: one["reason"] for one in lab.perform(OPERATION)["not_checked"]}
    assert reasons["encryption-plain-secret"].startswith("The files of h-kube could not be looked through")
    assert reasons["history-private-key"].startswith("git rev-list failed")
