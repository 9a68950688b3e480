# SPDX-License-Identifier: GPL-3.0-or-later
"""What is in plain text though it should be encrypted, in files of every kind."""

from __future__ import annotations

import json

from ansible_collections.lotus_lake.secrets.tests.fixtures.audits import audited, found, written
from ansible_collections.lotus_lake.secrets.tests.fixtures.holdings_lab import HoldingsLab

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
