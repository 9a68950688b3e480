# SPDX-License-Identifier: GPL-3.0-or-later
"""What once was in a repository in plain text, and is not any more."""

from __future__ import annotations

import base64
import json
import secrets
from typing import Any

import pyrage
import pytest
from ansible_collections.lotus_lake.secrets.plugins.module_utils.audit.reports.text import place
from ansible_collections.lotus_lake.secrets.plugins.module_utils.audit.rules import RULES
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
    another = secrets.token_hex(20)
    rewrite_master(lab, lambda by_name: by_name["etl"]["credentials"][0].update(secretKey=another))
    values = {"ID": "etl", "SECRET": another}
    lines = "".join(f"  {key}: {base64.b64encode(value.encode()).decode()}\n" for key, value in values.items())
    lab.write("h-kube", "etl.yaml", f"kind: Secret\ndata:\n{lines}")
    lab.commit()
    committed_and_taken_back(lab, "run.log", FIRST["etl"])
    (found,) = audited(lab)
    assert found["rule"] == "history-secret-key"
    assert "is no longer in use" in found["what"]


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
    for rule in (rule.id for rule in RULES if rule.id.startswith("history-")):
        assert reasons[rule].startswith("h-kube is a clone of the run's own, which has no history at hand")


def test_without_an_age_key_it_is_not_checked(lab: HoldingsLab) -> None:
    lab.sops.key_file.write_text("")
    reasons = {one["rule"]: one["reason"] for one in lab.perform(OPERATION)["not_checked"]}
    assert reasons["history-value"] == "the master h-kube:s3.yaml:stringData.config can't be read"


PASSWORD, TOKEN = "kX3v9QmT7bR2wLp5", "glpat-Zx81mQw0Ty5Nc2Rk"


def with_values(lab: HoldingsLab, **more: str) -> None:
    """Values in the file of a copy beside it."""
    lines = "".join(f"  {key}: {json.dumps(value)}\n" for key, value in more.items())
    plain = f"kind: Secret\nstringData:\n  ID: daggy\n  SECRET: {FIRST['daggy']}\n  other: kept\n{lines}"
    lab.write("lotus-lake", "daggy.yaml", plain)
    lab.commit("With more in it")


@pytest.mark.parametrize("before", range(3))
@pytest.mark.parametrize("form", ["raw", "base64", "url-safe"])
def test_any_other_value_of_a_file_is_found_once_for_each_file(lab: HoldingsLab, form: str, before: int) -> None:
    with_values(lab, DB_PASSWORD=PASSWORD)
    inside = f"{'é' * 3}{'~' * before}{PASSWORD}?>>~"
    raw = inside.encode()
    written = {"raw": raw, "base64": base64.b64encode(raw), "url-safe": base64.urlsafe_b64encode(raw)}[form]
    lab.path("h-kube", "run.log").write_bytes(b"one\n" + written)
    lab.commit("Log")
    commit = lab.tip("h-kube")
    with lab.path("h-kube", "run.log").open("a") as log:
        log.write("\nmore\n")
    lab.commit("Log more")
    (found,) = audited(lab)
    assert (found["rule"], place(found["where"]), found["where"]["commit"]) == ("history-value", "h-kube:run.log:2", commit)
    assert "lotus-lake:daggy.yaml:stringData.DB_PASSWORD" in found["what"]
    assert found["what"].endswith("is in use")
    assert PASSWORD not in str(found)


def test_an_earlier_value_is_found_that_another_branch_had_or_the_file_before_it_was_moved(lab: HoldingsLab) -> None:
    lab.git("lotus-lake", "switch", "-qc", "topic")
    with_values(lab, token=TOKEN)
    lab.git("lotus-lake", "switch", "-q", "main")
    lab.git("lotus-lake", "mv", "daggy.yaml", "old.yaml")
    lab.write("lotus-lake", "old.yaml", f"kind: Secret\nstringData:\n  pass: {PASSWORD}\n")
    lab.commit("Elsewhere")
    lab.git("lotus-lake", "mv", "old.yaml", "daggy.yaml")
    lab.commit("Back")
    with_values(lab)
    committed_and_taken_back(lab, "run.log", f"{PASSWORD}\n{TOKEN}\n")
    found = audited(lab)
    assert [(one["rule"], place(one["where"])) for one in found] == [
        ("history-value", "h-kube:run.log:1"),
        ("history-value", "h-kube:run.log:2"),
    ]
    assert all(one["what"].endswith("is no longer in use") for one in found)


def test_what_is_in_data_or_in_json_or_in_lines_of_a_value_is_found(lab: HoldingsLab) -> None:
    inner = {"app.json": json.dumps({"db": {"password": PASSWORD}}), "env": f"A=b\nT={TOKEN}\n"}
    values = {"ID": "etl", "SECRET": FIRST["etl"], **inner}
    lines = "".join(f"  {key}: {base64.b64encode(value.encode()).decode()}\n" for key, value in values.items())
    lab.write("h-kube", "etl.yaml", f"kind: Secret\ndata:\n{lines}")
    lab.commit()
    committed_and_taken_back(lab, "run.log", f"{PASSWORD}\n{TOKEN}\n")
    found = audited(lab)
    assert [place(one["where"]) for one in found] == ["h-kube:run.log:1", "h-kube:run.log:2"]
    assert 'h-kube:etl.yaml:data."app.json" ' in found[0]["what"]
    assert "h-kube:etl.yaml:data.env " in found[1]["what"]


def test_what_an_encrypted_file_shares_with_everything_is_no_finding(lab: HoldingsLab) -> None:
    shared = {
        "POSTGRES_USER": "dagster_x7k2p9q4",
        "AWS_DEFAULT_REGION": "eu-central-1-zone-4",
        "endpoint": "https://s3.eu-central-1.example.org:8333/lotus-lake",
        "bucket": "lotus-lake-bronze-2026",
        "s3_access_key": "AKIA4X7Q2P9Z3M1N8B6V",
        "setting": "a text of a few words in version 2",
        "made": "2026-11-24T23:34:38Z",
        "tls": "-----BEGIN CERTIFICATE-----\nMIIBszCCAVmgAwIBAgIUQ2x7\n-----END CERTIFICATE-----\n",
        "short_password": "x7Q2p9Z",
        "placeholder_password": "aaaaaaaaaaaaaaaa",
    }
    with_values(lab, **shared)
    lab.path("h-kube", "values.txt").write_text("\n".join([*shared.values(), "daggy", "etl", "Read:b", "any"]))
    lab.commit()
    assert audited(lab) == []


def test_a_short_or_easy_value_is_found_where_it_is_called_a_secret(lab: HoldingsLab) -> None:
    with_values(lab, DB_PASSWORD="postgres", url="redis://:x7Q2p@cache")
    rewrite_master(lab, lambda by_name: by_name["etl"]["credentials"][0].update(secretKey="qwert"))
    log = "image: postgres\nredis x7Q2p\nqwert\nPGPASSWORD=postgres\nredis://default:x7Q2p@cache\nsecret_key: qwert\n"
    commit = committed_and_taken_back(lab, "run.log", log)
    found = [one for one in audited(lab) if one["rule"].startswith("history-")]
    assert sorted((one["rule"], place(one["where"]), one["where"]["commit"]) for one in found) == [
        ("history-secret-key", "h-kube:run.log:6 (etl)", commit),
        ("history-value", "h-kube:run.log:4", commit),
        ("history-value", "h-kube:run.log:5", commit),
    ]
    assert all(secret not in json.dumps(found) for secret in ("postgres", "x7Q2p", "qwert"))


def test_an_escaped_value_is_found(lab: HoldingsLab) -> None:
    with_values(lab, DB_PASSWORD="kX3v&9QmT/7b<R2w")
    committed_and_taken_back(lab, "a.json", '{"p": "kX3v\\u00269QmT/7b\\u003cR2w"}')
    committed_and_taken_back(lab, "b.txt", "postgres://me:kX3v%269QmT%2F7b%3CR2w@db\n")
    assert sorted(place(one["where"]) for one in audited(lab)) == ["h-kube:a.json:1", "h-kube:b.txt:1"]


def test_a_secret_key_inside_another_value_is_said_once(lab: HoldingsLab) -> None:
    with_values(lab, url=f"s3://daggy:{FIRST['daggy']}@s3:8333", basic_password=f"daggy:{FIRST['daggy']}")
    committed_and_taken_back(lab, "run.log", f"s3://daggy:{FIRST['daggy']}@s3:8333\n")
    assert [one["rule"] for one in audited(lab)] == ["history-secret-key"]


def test_a_secret_that_was_in_plain_text_once_is_said_twice_only_while_its_value_is_in_use(lab: HoldingsLab) -> None:
    plain = f"kind: Secret\nstringData:\n  DB_PASSWORD: {PASSWORD}\n"
    committed_and_taken_back(lab, "new.yaml", plain)
    with_values(lab, DB_PASSWORD=PASSWORD)
    assert [one["rule"] for one in audited(lab)] == ["history-plain-secret", "history-value"]
    with_values(lab, DB_PASSWORD=TOKEN)
    assert [one["rule"] for one in audited(lab)] == ["history-plain-secret"]


def test_versions_for_somebody_else_are_not_checked(lab: HoldingsLab) -> None:
    path = lab.path("lotus-lake", "daggy.yaml")
    ours = path.read_text()
    stranger = str(pyrage.x25519.Identity.generate().to_public())
    path.write_text("a: b\n")
    lab.sops.run("encrypt", "--in-place", "--age", stranger, str(path))
    lab.commit()
    path.write_text(ours)
    lab.commit()
    reasons = {one["rule"]: one["reason"] for one in lab.perform(OPERATION)["not_checked"]}
    assert reasons["history-value"] == "versions that can't be decrypted here: 1 of lotus-lake:daggy.yaml"
