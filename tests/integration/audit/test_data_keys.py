# SPDX-License-Identifier: GPL-3.0-or-later
"""Somebody was removed from a file, who had its data key."""

from __future__ import annotations

from typing import Any

import pyrage
import pytest
from ansible_collections.lotus_lake.secrets.plugins.module_utils.audit.reports.text import place
from ansible_collections.lotus_lake.secrets.plugins.module_utils.operations.estate_audit import OPERATION
from ansible_collections.lotus_lake.secrets.plugins.module_utils.sops.format import Format
from ansible_collections.lotus_lake.secrets.tests.fixtures.holdings_lab import HoldingsLab
from ansible_collections.lotus_lake.secrets.tests.fixtures.lake_estate import FIRST

RULE = "encryption-data-key"
PLAIN = {
    "a.yaml": "kind: Secret\nstringData:\n  a: b\n",
    "a.json": '{"a": "b"}',
    "a.env": "a=b\n",
    "a.ini": "[a]\nb = c\n",
    "a.txt": "a text",
}
METADATA = {"a.yaml": "sops:", "a.json": '"sops":', "a.env": "sops_", "a.ini": "[sops]", "a.txt": '"sops":'}


def stranger() -> str:
    return str(pyrage.x25519.Identity.generate().to_public())


def for_others_too(lab: HoldingsLab, file: str, *others: str, plain: str = "") -> None:
    format = Format.of(file).value
    lab.path("h-kube", file).write_text(lab.sops.encrypt(plain or PLAIN[file], format, recipients=others))
    lab.commit("Encrypt it")


def updated(lab: HoldingsLab, file: str) -> str:
    """The commit after which it is for the recipients of the rules."""
    lab.update_keys("h-kube", file)
    lab.commit("Take somebody out")
    return lab.tip("h-kube")


def audited(lab: HoldingsLab) -> tuple[list[dict[str, Any]], list[str]]:
    result = lab.perform(OPERATION)
    assert not result.get("failed"), result["msg"]
    reasons = [one["reason"] for one in result["not_checked"] if one["rule"] == RULE]
    return [one for one in result["findings"] if one["rule"] != "repositories-no-rule"], reasons


@pytest.mark.parametrize("file", PLAIN)
def test_updatekeys_alone_is_found_in_every_format_until_the_file_is_rotated(lab: HoldingsLab, file: str) -> None:
    rules = lab.path("h-kube", ".sops.yaml")
    rules.write_text(rules.read_text().replace("yaml|json", "yaml|ini|txt|json"))
    one, two = sorted((stranger(), stranger()))
    for_others_too(lab, file, one, two)
    assert {one["rule"] for one in audited(lab)[0]} == {"encryption-recipients"}
    commit = updated(lab, file)
    (found,), reasons = audited(lab)
    assert reasons == []
    line = next(n for n, text in enumerate(lab.path("h-kube", file).read_text().splitlines(), 1) if METADATA[file] in text)
    assert (found["rule"], place(found["where"]), found["where"]["commit"]) == (RULE, f"h-kube:{file}:{line}", commit)
    assert found["what"].startswith(f"{one}, {two} was removed in {commit[:12]}")
    assert f"sops rotate --in-place {file}" in found["mend"]
    lab.sops.run("rotate", "--in-place", str(lab.path("h-kube", file)))
    lab.commit("Rotate it")
    assert audited(lab) == ([], [])


def test_a_changed_value_and_a_move_change_nothing_of_it(lab: HoldingsLab) -> None:
    for_others_too(lab, "a.yaml", gone := stranger())
    commit = updated(lab, "a.yaml")
    lab.sops.run("set", str(lab.path("h-kube", "a.yaml")), '["stringData"]["a"]', '"c"')
    lab.git("h-kube", "mv", "a.yaml", "b.yaml")
    lab.commit("Move it")
    (found,), _reasons = audited(lab)
    assert (place(found["where"]).rpartition(":")[0], found["where"]["commit"]) == ("h-kube:b.yaml", commit)
    assert gone in found["what"]


def test_who_was_removed_twice_is_named_with_the_last_commit_and_who_came_back_is_not(lab: HoldingsLab) -> None:
    rules = lab.path("h-kube", ".sops.yaml")
    ours, both = rules.read_text(), stranger()
    for_others_too(lab, "a.yaml", both)
    first = updated(lab, "a.yaml")
    rules.write_text(ours.replace(lab.sops.recipient, f"{lab.sops.recipient},{both}"))
    for file in ("s3.yaml", "daggy.env", "etl.yaml"):
        updated(lab, file)
    assert updated(lab, "a.yaml") != first
    assert audited(lab) == ([], [])
    rules.write_text(ours)
    lab.sops.run("rotate", "--in-place", str(lab.path("h-kube", "s3.yaml")))
    for file in ("s3.yaml", "daggy.env", "etl.yaml", "a.yaml"):
        last = updated(lab, file)
    found, _reasons = audited(lab)
    by_file = {one["where"]["file"]: one for one in found}
    assert set(by_file) == {"daggy.env", "etl.yaml", "a.yaml"}
    assert by_file["a.yaml"]["where"]["commit"] == last


def test_who_had_another_data_key_only_is_no_finding(lab: HoldingsLab) -> None:
    for_others_too(lab, "a.yaml", stranger())
    lab.write("h-kube", "a.yaml", PLAIN["a.yaml"])
    lab.commit("Encrypt it anew")
    assert audited(lab) == ([], [])


def test_a_file_that_no_key_opens_is_not_checked_where_somebody_was_removed(lab: HoldingsLab) -> None:
    other = pyrage.x25519.Identity.generate()
    key_file = lab.sops.key_file
    rules = lab.path("h-kube", ".sops.yaml")
    first = f'"creation_rules": [{{"path_regex": "^a", "age": "{other.to_public()}"}}, '
    rules.write_text(rules.read_text().replace('"creation_rules": [', first))
    for_others_too(lab, "a.yaml", str(other.to_public()))
    ours = key_file.read_text()
    updated(lab, "a.yaml")
    assert "a.yaml" in "".join(audited(lab)[1])
    key_file.write_text(f"{ours}\n{other}\n")
    (found,), reasons = audited(lab)
    assert (found["rule"], reasons) == (RULE, [])
    assert lab.sops.recipient in found["what"]
    assert FIRST["daggy"] not in str(found)
