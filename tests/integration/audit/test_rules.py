# SPDX-License-Identifier: GPL-3.0-or-later
"""One fault is planted for every rule: it is found at its place, and nothing else is."""

from __future__ import annotations

import base64
import dataclasses
import datetime
import json
import secrets
from collections.abc import Callable
from typing import Any

import pyrage
import pytest
from ansible_collections.lotus_lake.secrets.plugins.module_utils.audit.reports import terminal
from ansible_collections.lotus_lake.secrets.plugins.module_utils.audit.reports.text import place
from ansible_collections.lotus_lake.secrets.plugins.module_utils.audit.rules import RULES
from ansible_collections.lotus_lake.secrets.plugins.module_utils.operations import estate_options
from ansible_collections.lotus_lake.secrets.plugins.module_utils.operations.estate_audit import OPERATION
from ansible_collections.lotus_lake.secrets.tests.fixtures.holdings_lab import START, HoldingsLab
from ansible_collections.lotus_lake.secrets.tests.fixtures.lake_estate import FIRST, rewrite_master

MASTER = "h-kube:s3.yaml:6 stringData.config"
LONG = secrets.token_hex(18)
ACCESS = {rule.id for rule in RULES if rule.id.startswith("access-")}
"""Planted in test_access.py, on a real S3; here nobody answers."""

CHECKOUTS = {f"repositories-{what}" for what in ("branch", "dirty", "unpushed", "behind")}
"""Planted in test_checkouts.py."""

HISTORY = {rule.id for rule in RULES if rule.id.startswith("history-")}
"""Planted in test_history.py."""

CLUSTER = {rule.id for rule in RULES if rule.id.startswith("cluster-")} - {"cluster-waits"}
"""Planted in the lab; here there is no cluster."""

DAY = datetime.timedelta(days=1)


@dataclasses.dataclass(frozen=True)
class Planted:
    """A fault: how it comes in, and which rules point where, so much later."""

    plant: Callable[[HoldingsLab], None]
    found: dict[str, list[str]]
    later: datetime.timedelta = datetime.timedelta()


def audited(lab: HoldingsLab, **params: Any) -> dict[str, Any]:
    result = lab.perform(OPERATION, **params)
    assert not result.get("failed"), result["msg"]
    for secret in (*FIRST.values(), LONG):
        assert secret not in json.dumps(result)
    return result


def found(result: dict[str, Any]) -> dict[str, list[str]]:
    by_rule: dict[str, list[str]] = {}
    for one in result["findings"]:
        by_rule.setdefault(one["rule"], []).append(place(one["where"]))
    return by_rule


def secret_of(name: str, secret: str) -> Callable[[HoldingsLab], None]:
    """The master and the copies of an identity with another secret."""

    def plant(lab: HoldingsLab) -> None:
        rewrite_master(lab, lambda by_name: by_name[name]["credentials"][0].update(secretKey=secret))
        if name == "etl":
            values = {"ID": "etl", "SECRET": secret}
            lines = "".join(f"  {key}: {base64.b64encode(value.encode()).decode()}\n" for key, value in values.items())
            lab.write("h-kube", "etl.yaml", f"kind: Secret\ndata:\n{lines}")

    return plant


def second_key(born: str, *, switched: bool) -> Callable[[HoldingsLab], None]:
    """A rotation of etl that was begun, and maybe switched, and never ended."""

    def plant(lab: HoldingsLab) -> None:
        access_key_id = f"etl-{born}"
        rewrite_master(lab, lambda by_name: by_name["etl"]["credentials"].append({"accessKey": access_key_id, "secretKey": LONG}))
        if switched:
            values = {"ID": access_key_id, "SECRET": LONG}
            lines = "".join(f"  {key}: {base64.b64encode(value.encode()).decode()}\n" for key, value in values.items())
            lab.write("h-kube", "etl.yaml", f"kind: Secret\ndata:\n{lines}")

    return plant


def nothing(lab: HoldingsLab) -> None:
    """Time alone does it."""


def ago(**length: int) -> str:
    return (datetime.datetime.now(datetime.UTC) - datetime.timedelta(**length)).strftime("%Y%m%dT%H%M%SZ")


def written(repository: str, file: str, text: str) -> Callable[[HoldingsLab], None]:
    def plant(lab: HoldingsLab) -> None:
        lab.path(repository, file).parent.mkdir(exist_ok=True)
        lab.path(repository, file).write_text(text)

    return plant


def by_hand(lab: HoldingsLab) -> None:
    path = lab.path("lotus-lake", "daggy.yaml")
    path.write_text(path.read_text().replace("sops:\n", "note: by hand\nsops:\n", 1))


def used_again(lab: HoldingsLab) -> None:
    secret_of("etl", LONG)(lab)
    lab.commit("Another")
    secret_of("etl", FIRST["etl"])(lab)


def for_a_stranger_too(lab: HoldingsLab) -> None:
    path = lab.path("lotus-lake", "lake.json")
    stranger = str(pyrage.x25519.Identity.generate().to_public())
    path.write_text(lab.sops.encrypt(lab.sops.decrypt(path.read_text(), "json"), "json", recipients=(stranger,)))


def no_longer_for_a_stranger(lab: HoldingsLab) -> None:
    for_a_stranger_too(lab)
    lab.commit("For a stranger too")
    lab.update_keys("lotus-lake", "lake.json")


def with_a_private_key(lab: HoldingsLab) -> None:
    lab.path("h-kube", "notes.txt").write_text(f"# keep\n{pyrage.x25519.Identity.generate()}\n")


def moved(lab: HoldingsLab) -> None:
    """Nobody knows how long what is in the master was in it at its place before."""
    lab.git("h-kube", "mv", "s3.yaml", "master.yaml")
    lab.declared["master"]["file"] = "master.yaml"


def in_a_manifest_of_a_database(lab: HoldingsLab) -> None:
    values = {"ID": "etl", "SECRET": FIRST["etl"]}
    lines = "".join(f"  {key}: {base64.b64encode(value.encode()).decode()}\n" for key, value in values.items())
    manifest = f"apiVersion: v1\nkind: Secret\nmetadata:\n  name: etl\n  namespace: apps\ndata:\n{lines}"
    lab.write("h-kube", "etl.yaml", manifest, "--encrypted-regex", "^data$")
    lab.declared["identities"][1]["consumers"] = [{"kind": "Cluster", "name": "db", "namespace": "apps"}]


def of_an_operator(lab: HoldingsLab) -> None:
    lab.declared["operator_made"] = [{"name": "db-app", "namespace": "apps", "made_by": "CloudNativePG"}]
    manifest = "apiVersion: v1\nkind: Secret\nmetadata:\n  name: db-app\n  namespace: apps\nstringData:\n  a: b\n"
    lab.write("h-kube", "db.yaml", manifest, "--encrypted-regex", "^stringData$")


PLANTED = {
    "cluster-waits": Planted(in_a_manifest_of_a_database, {"cluster-waits": ["Secret apps/etl (etl)"]}),
    "repositories-operator-made": Planted(of_an_operator, {"repositories-operator-made": ["h-kube:db.yaml:4 metadata.name"]}),
    "sync-drifted-copy": Planted(
        lambda lab: lab.write("h-kube", "daggy.env", f"ID=daggy\nSECRET={LONG}\n"),
        {"sync-drifted-copy": ["h-kube:daggy.env:1 ID (daggy)"]},
    ),
    "sync-old-copy": Planted(second_key(ago(hours=1), switched=False), {"sync-old-copy": ["h-kube:etl.yaml:3 data.ID (etl)"]}),
    "sync-gone": Planted(
        lambda lab: lab.write("h-kube", "daggy.env", f"ID=daggy\nSECERT={FIRST['daggy']}\n"),
        {"sync-gone": ["h-kube:daggy.env (daggy)"]},
    ),
    "sync-missing-identity": Planted(
        lambda lab: rewrite_master(lab, lambda by_name: by_name["document"]["identities"].pop(1)),
        {"sync-missing-identity": [f"{MASTER} (etl)"]},
    ),
    "sync-undeclared-identity": Planted(
        lambda lab: rewrite_master(
            lab,
            lambda by_name: by_name["document"]["identities"].append(
                {"name": "ghost", "credentials": [{"accessKey": "ghost", "secretKey": LONG}], "actions": ["Read"]}
            ),
        ),
        {"sync-undeclared-identity": [f"{MASTER} (ghost)"]},
    ),
    "sync-invalid-identity": Planted(
        lambda lab: rewrite_master(lab, lambda by_name: by_name["lake"].update(disabled=True)),
        {"sync-invalid-identity": [f"{MASTER} (lake)"]},
    ),
    "sync-shared-secret": Planted(secret_of("etl", FIRST["daggy"]), {"sync-shared-secret": [f"{MASTER} (etl)"]}),
    "sync-invalid-master": Planted(
        lambda lab: rewrite_master(lab, lambda by_name: by_name["lake"]["credentials"][0].update(accessKey="etl")),
        {"sync-invalid-master": [MASTER]},
    ),
    "encryption-plain-secret": Planted(
        written(
            "lotus-lake", "deploy/new.yaml", "kind: ConfigMap\n---\nkind: Secret\nmetadata:\n  name: new\nstringData:\n  a: b\n"
        ),
        {"encryption-plain-secret": ["lotus-lake:deploy/new.yaml:7 stringData.a"]},
    ),
    "encryption-plain-file": Planted(
        written("h-kube", "deploy/prod.env", f"# Of production\nHOST=${{HOST}}\nPASSWORD={LONG}\n"),
        {"encryption-plain-file": ["h-kube:deploy/prod.env:3 PASSWORD"]},
    ),
    "encryption-open-value": Planted(
        lambda lab: lab.write(
            "lotus-lake", "open.yaml", "kind: Secret\nstringData:\n  a: b\n  c: d\n", "--encrypted-regex", "^c$"
        ),
        {"encryption-open-value": ["lotus-lake:open.yaml:3 stringData.a"]},
    ),
    "encryption-unreadable": Planted(by_hand, {"encryption-unreadable": ["lotus-lake:daggy.yaml"]}),
    "encryption-recipients": Planted(for_a_stranger_too, {"encryption-recipients": ["lotus-lake:lake.json:3"]}),
    "encryption-data-key": Planted(no_longer_for_a_stranger, {"encryption-data-key": ["lotus-lake:lake.json:3"]}),
    "encryption-private-key": Planted(with_a_private_key, {"encryption-private-key": ["h-kube:notes.txt:2"]}),
    "strength-short": Planted(secret_of("etl", secrets.token_hex(10)), {"strength-short": [f"{MASTER} (etl)"]}),
    "strength-low-entropy": Planted(secret_of("etl", "password" * 4), {"strength-low-entropy": [f"{MASTER} (etl)"]}),
    "strength-equals-id": Planted(
        secret_of("etl", "etl"),
        {rule: [f"{MASTER} (etl)"] for rule in ("strength-equals-id", "strength-short", "strength-low-entropy")},
    ),
    "strength-reused": Planted(used_again, {"strength-reused": [f"{MASTER} (etl)"]}),
    "age-overdue": Planted(nothing, {"age-overdue": [f"{MASTER} ({name})" for name in FIRST]}, later=100 * DAY),
    "age-unknown": Planted(moved, {"age-unknown": [f"{MASTER.replace('s3', 'master')} ({name})" for name in FIRST]}),
    "age-long-overlap": Planted(
        second_key(ago(hours=1), switched=False),
        {"age-long-overlap": [f"{MASTER} (etl)"], "sync-old-copy": ["h-kube:etl.yaml:3 data.ID (etl)"]},
        later=2 * DAY,
    ),
    "repositories-no-rule": Planted(
        lambda lab: lab.write("h-kube", "other.ini", "[a]\nb = c\n"), {"repositories-no-rule": ["h-kube:other.ini"]}
    ),
}


def test_a_sound_estate_has_no_findings(lab: HoldingsLab) -> None:
    result = audited(lab)
    assert result["findings"] == []
    assert {one["rule"] for one in result["not_checked"]} == ACCESS | CLUSTER
    reasons = {one["reason"] for one in result["not_checked"] if not one["reason"].startswith("http://127.0.0.1:1: ")}
    assert reasons == {"the estate declares no cluster", "the estate declares no buckets"}
    assert result["ok"]
    assert {one["name"]: (one["state"], one["access_key_id"]) for one in result["identities"]} == {
        name: ("current", name) for name in FIRST
    }
    made = datetime.datetime.fromisoformat(result["time"]) - START
    assert all(abs(one["age_seconds"] - made.total_seconds()) <= 1 for one in result["identities"])


@pytest.mark.parametrize("rule", PLANTED)
def test_a_planted_fault_is_found_at_its_place_and_nothing_else(
    lab: HoldingsLab, rule: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    planted = PLANTED[rule]
    planted.plant(lab)
    lab.commit()
    then = datetime.datetime.now(datetime.UTC) + planted.later
    monkeypatch.setattr(estate_options, "now", lambda: then)
    result = audited(lab, fail_on="note")
    assert found(result) == planted.found
    assert not result["ok"]


def test_a_rotation_that_was_switched_and_never_ended_is_found(lab: HoldingsLab, monkeypatch: pytest.MonkeyPatch) -> None:
    second_key(ago(hours=1), switched=True)(lab)
    lab.commit()
    now = datetime.datetime.now(datetime.UTC)
    for later, expected in ((DAY, []), (3 * DAY, ["age-long-overlap"])):
        then = now + later
        monkeypatch.setattr(estate_options, "now", lambda then=then: then)
        assert list(found(audited(lab))) == expected


def test_every_rule_has_a_planted_fault() -> None:
    assert {rule.id for rule in RULES} == set(PLANTED) | ACCESS | CHECKOUTS | HISTORY | CLUSTER


def test_a_file_with_a_strange_name_is_found_and_the_terminal_is_spared(lab: HoldingsLab) -> None:
    written("lotus-lake", "new\n\x1b[31m.yaml", "kind: Secret\nstringData:\n  a: b\n")(lab)
    lab.commit()
    (finding,) = audited(lab)["findings"]
    assert finding["where"]["file"] == "new\n\x1b[31m.yaml"
    shown = "".join(terminal.lines(audited(lab)))
    assert "\x1b" not in shown
    assert "\n" not in shown


FOLDER_RULES = [
    {"path_regex": r"^secrets/part\.", "encrypted_regex": "^password$"},
    {"path_regex": "^secrets/"},
    {"path_regex": r"\.yaml$"},
    {"encrypted_suffix": "_secret"},
]

IN_A_FOLDER = {
    "secrets/values.yaml": ("user: me\npassword: x7Q2p9Zk\n", "secrets/values.yaml:1 user"),
    "secrets/part.yaml": ("user: me\npassword: x7Q2p9Zk\n", "secrets/part.yaml:2 password"),
    "secrets/part.json": ('{"user": "me", "password": "changeme"}', ""),
    "secrets/part.ini": ("[a]\nuser = me\n", ""),
    "secrets/anchors.yaml": ("a: &a x7Q2p9Zk\nb: *a\n", "secrets/anchors.yaml:1"),
    "secrets/key.bin": ("x7Q2p9Zk", "secrets/key.bin:1"),
    "secrets/empty.bin": ("", ""),
    "secrets/settings.yaml": ("on: true\nempty:\npassword: ${PASSWORD}\n", ""),
    "secrets/words.yaml": ('on: yes\noff: "false"\n', ""),
    "secrets/debug.env": ("DEBUG=true\n", ""),
    "secrets/number.yaml": ("on: true\npassword: 81726354\n", "secrets/number.yaml:2 password"),
    "secrets/number.json": ('{"factor": 0.5}', "secrets/number.json:1 factor"),
    "secrets/cert.pem": ("-----BEGIN CERTIFICATE-----\nMIIB\n-----END CERTIFICATE-----\n", ""),
    "secrets/map.yaml": ("apiVersion: v1\nkind: ConfigMap\ndata:\n  a: b\n", ""),
    "secrets/map.json": ('{\n  "apiVersion": "v1",\n  "kind": "ConfigMap",\n  "data": {"a": "b"}\n}\n', ""),
    "secrets/nested.yaml": ("db:\n  kind: postgres\n  password: x7Q2p9Zk\n", "secrets/nested.yaml:2 db.kind"),
    "secrets/kustomization.yaml": ("resources: [values.yaml]\n", ""),
    "secrets/chart.yaml": ("password: {{ .Values.password }}\n{{ end }}\n", ""),
    "secrets/README.md": ("What is here\n", ""),
    "secrets/prod.env.example": ("PASSWORD=x7Q2p9Zk\n", ""),
    "values.yaml": ("password: x7Q2p9Zk\n", ""),
    "other.json": ('{"a_secret": "x7Q2p9Zk"}', ""),
}
"""Files with what is found in them."""


def test_what_a_creation_rule_means_is_found_in_plain_text_and_nothing_else(lab: HoldingsLab) -> None:
    rules = [{**rule, "age": lab.sops.recipient} for rule in FOLDER_RULES]
    lab.path("lotus-lake", ".sops.yaml").write_text(json.dumps({"creation_rules": rules}))
    for file, (text, _place) in IN_A_FOLDER.items():
        written("lotus-lake", file, text)(lab)
    lab.path("lotus-lake", "secrets/link.yaml").symlink_to("values.yaml")
    lab.commit()
    places = sorted(f"lotus-lake:{place}" for _text, place in IN_A_FOLDER.values() if place)
    assert {rule: sorted(found_at) for rule, found_at in found(audited(lab)).items()} == {"encryption-plain-file": places}


def test_a_file_of_which_only_sops_can_tell_is_named_and_the_others_are_looked_at(lab: HoldingsLab) -> None:
    odd = {"path_regex": "^odd/", "encrypted_comment_regex": "secret", "age": lab.sops.recipient}
    rules = [odd, {"path_regex": "^secrets/", "age": lab.sops.recipient}, {"path_regex": r"^\pL", "age": lab.sops.recipient}]
    lab.path("lotus-lake", ".sops.yaml").write_text(json.dumps({"creation_rules": rules}))
    for file in ("odd/a.yaml", "secrets/a.yaml", "odd/key.bin"):
        written("lotus-lake", file, "password: x7Q2p9Zk\n")(lab)
    lab.commit()
    result = audited(lab)
    assert found(result)["encryption-plain-file"] == ["lotus-lake:odd/key.bin:1", "lotus-lake:secrets/a.yaml:1 password"]
    assert sorted(one["reason"] for one in result["not_checked"] if one["rule"] == "encryption-plain-file") == [
        "only sops can tell of lotus-lake:odd/a.yaml: its encrypted_comment_regex depends on comments",
        "only sops can tell which files a .sops.yaml of lotus-lake means: one of its rules is a regular expression that may mean"
        " something else in Python",
    ]


def test_a_repository_whose_rules_cannot_be_read_is_named_and_the_other_is_looked_at(lab: HoldingsLab) -> None:
    lab.path("lotus-lake", ".sops.yaml").write_text("stores: {}\n")
    rules = [{"path_regex": "^secrets/", "age": lab.sops.recipient}]
    lab.path("h-kube", ".sops.yaml").write_text(json.dumps({"creation_rules": rules}))
    written("h-kube", "secrets/a.yaml", "password: x7Q2p9Zk\n")(lab)
    lab.commit()
    result = audited(lab)
    assert found(result)["encryption-plain-file"] == ["h-kube:secrets/a.yaml:1 password"]
    assert [one["reason"] for one in result["not_checked"] if one["rule"] == "encryption-plain-file"] == [
        "lotus-lake: .sops.yaml has no list creation_rules"
    ]


def test_an_open_value_of_any_file_is_found_where_its_creation_rule_encrypts_it(lab: HoldingsLab) -> None:
    lab.write("lotus-lake", "open.yaml", "host: here\npassword: b\n", "--encrypted-regex", "^host$")
    lab.commit()
    assert found(audited(lab)) == {"encryption-open-value": ["lotus-lake:open.yaml:2 password"]}
    rules = [{"age": lab.sops.recipient, "encrypted_comment_regex": "secret"}]
    lab.path("lotus-lake", ".sops.yaml").write_text(json.dumps({"creation_rules": rules}))
    lab.commit()
    result = audited(lab)
    assert found(result) == {}
    reason = "only sops can tell of lotus-lake:open.yaml: its encrypted_comment_regex depends on comments"
    assert reason in [one["reason"] for one in result["not_checked"] if one["rule"] == "encryption-open-value"]


def test_a_secret_key_that_was_that_of_another_access_key_id_is_found(lab: HoldingsLab) -> None:
    rewrite_master(lab, lambda by_name: by_name["lake"]["credentials"][0].update(accessKey="lake-2"))
    settings = {"s3": [{"id": "lake-2", "secret": FIRST["lake"]}], "other": "kept"}
    lab.write("lotus-lake", "lake.json", json.dumps({"settings": json.dumps(settings)}))
    lab.commit()
    (finding,) = audited(lab)["findings"]
    assert finding["rule"] == "strength-reused"
    assert " was that of lake (lake) in " in finding["what"]


LIST = """
kind: List
items:
  - kind: ConfigMap
    data: {a: b}
  - metadata: {name: one}
    kind: Secret
    stringData: {a: b}
  - kind: Secret
    metadata: {name: two}
    data:
      c: ZA==
"""


def test_secrets_in_a_list_are_found(lab: HoldingsLab) -> None:
    written("lotus-lake", "list.yaml", LIST)(lab)
    lab.commit()
    assert found(audited(lab)) == {
        "encryption-plain-secret": ["lotus-lake:list.yaml:8 stringData.a", "lotus-lake:list.yaml:12 data.c"]
    }
    lab.path("lotus-lake", "list.yaml").unlink()
    lab.commit()
    assert found(audited(lab)) == {"history-plain-secret": ["lotus-lake:list.yaml:8", "lotus-lake:list.yaml:12"]}
