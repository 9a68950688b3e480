# SPDX-License-Identifier: GPL-3.0-or-later
"""What once was in a repository in plain text, and is not any more."""

from __future__ import annotations

import base64
from typing import Any

import pyrage
import pytest
from ansible_collections.lotus_lake.secrets.plugins.module_utils.audit.reports.text import place
from ansible_collections.lotus_lake.secrets.plugins.module_utils.operations.estate_audit import OPERATION
from ansible_collections.lotus_lake.secrets.tests.fixtures.holdings_lab import HoldingsLab
from ansible_collections.lotus_lake.secrets.tests.fixtures.lake_estate import FIRST, rewrite_master

MANIFEST = "kind: Secret\nmetadata:\n  name: new\nstringData:\n  a: b\n"
LOOKALIKES = """
# kind: Secret is written like this
apiVersion: v1
kind: SecretProviderClass
spec: {secret: AGE-SECRET-KEY-1EXAMPLE, public: age1qqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqq}
---
kind: Secret
metadata: {name: token}
type: kubernetes.io/service-account-token
---
kind: Secret
metadata: {name: "{{ template }}"}
stringData: {}
"""


def committed_and_taken_back(lab: HoldingsLab, file: str, text: str) -> str:
    """The commit that had it."""
    lab.path("h-kube", file).write_text(text)
    lab.commit("Add it")
    commit = lab.tip("h-kube")
    lab.path("h-kube", file).unlink()
    lab.commit("Take it out")
    return commit


def audited(lab: HoldingsLab) -> list[dict[str, Any]]:
    result = lab.perform(OPERATION)
    assert not result.get("failed"), result["msg"]
    assert not any(one["rule"].startswith("history-") for one in result["not_checked"])
    found: list[dict[str, Any]] = result["findings"]
    return found


def test_a_secret_manifest_that_was_in_plain_text_is_found_with_its_commit(lab: HoldingsLab) -> None:
    commit = committed_and_taken_back(lab, "new.yaml", MANIFEST)
    (found,) = audited(lab)
    assert (found["rule"], place(found["where"]), found["where"]["commit"]) == (
        "history-plain-secret",
        "h-kube:new.yaml:5",
        commit,
    )
    assert commit[:12] in found["what"]


def test_an_age_private_key_that_was_there_is_found(lab: HoldingsLab) -> None:
    commit = committed_and_taken_back(lab, "notes.txt", f"\n{pyrage.x25519.Identity.generate()}\n")
    (found,) = audited(lab)
    assert (found["rule"], place(found["where"]), found["where"]["commit"]) == (
        "history-private-key",
        "h-kube:notes.txt:2",
        commit,
    )


@pytest.mark.parametrize("form", ["raw", "base64", "inside"])
def test_a_secret_key_of_the_estate_that_was_in_plain_text_is_found(lab: HoldingsLab, form: str) -> None:
    secret = FIRST["daggy"]
    text = {"raw": secret, "base64": base64.b64encode(secret.encode()).decode(), "inside": f'{{"key":"{secret}"}}'}[form]
    commit = committed_and_taken_back(lab, "run.log", f"one\ntwo\nand {text} here\n")
    (found,) = audited(lab)
    assert (found["rule"], place(found["where"]), found["where"]["commit"]) == (
        "history-secret-key",
        "h-kube:run.log:3 (daggy)",
        commit,
    )
    assert found["what"].endswith("is in use")
    assert "rotate.yml -e identity=daggy" in found["mend"]
    assert secret not in str(found)


def test_an_earlier_secret_key_is_found_too_and_is_told_from_one_in_use(lab: HoldingsLab) -> None:
    rewrite_master(lab, lambda by_name: by_name["etl"]["credentials"][0].update(secretKey="another-secret-of-etl"))
    values = {"ID": "etl", "SECRET": "another-secret-of-etl"}
    lines = "".join(f"  {key}: {base64.b64encode(value.encode()).decode()}\n" for key, value in values.items())
    lab.write("h-kube", "etl.yaml", f"kind: Secret\ndata:\n{lines}")
    lab.commit()
    committed_and_taken_back(lab, "run.log", FIRST["etl"])
    (found,) = audited(lab)
    assert found["rule"] == "history-secret-key"
    assert found["what"].endswith("is no longer in use")


def test_on_another_branch_it_is_found_as_well(lab: HoldingsLab) -> None:
    lab.git("h-kube", "switch", "-qc", "topic")
    lab.path("h-kube", "new.yaml").write_text(MANIFEST)
    lab.commit("Add it")
    lab.git("h-kube", "switch", "-q", "main")
    assert [one["rule"] for one in audited(lab)] == ["history-plain-secret"]


def test_what_is_there_now_is_said_once(lab: HoldingsLab) -> None:
    lab.path("h-kube", "new.yaml").write_text(MANIFEST)
    lab.commit("Add it")
    assert [one["rule"] for one in audited(lab)] == ["encryption-plain-secret"]


def test_lookalikes_are_no_findings(lab: HoldingsLab) -> None:
    committed_and_taken_back(lab, "looks.yaml", LOOKALIKES)
    assert audited(lab) == []


def test_a_clone_without_its_history_is_not_checked(lab: HoldingsLab) -> None:
    lab.git("h-kube", "config", "remote.origin.promisor", "true")
    reasons = {one["rule"]: one["reason"] for one in lab.perform(OPERATION)["not_checked"]}
    assert reasons["history-private-key"].startswith("h-kube is a clone of the run's own, which has no history at hand")
