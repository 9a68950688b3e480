# SPDX-License-Identifier: GPL-3.0-or-later
"""One fault is planted for every rule: it is found at its place, and nothing else is."""

from __future__ import annotations

import base64
import dataclasses
import datetime
import json
import secrets
from collections.abc import Callable

import pyrage
import pytest
from ansible_collections.lotus_lake.secrets.plugins.module_utils.audit.reports import terminal
from ansible_collections.lotus_lake.secrets.plugins.module_utils.audit.rules import RULES
from ansible_collections.lotus_lake.secrets.plugins.module_utils.operations import estate_options
from ansible_collections.lotus_lake.secrets.tests.fixtures.audits import LONG, audited, found, written
from ansible_collections.lotus_lake.secrets.tests.fixtures.holdings_lab import START, HoldingsLab
from ansible_collections.lotus_lake.secrets.tests.fixtures.lake_estate import FIRST, rewrite_master

MASTER = "h-kube:s3.yaml:6 stringData.config"
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


def test_a_secret_key_that_was_that_of_another_access_key_id_is_found(lab: HoldingsLab) -> None:
    rewrite_master(lab, lambda by_name: by_name["lake"]["credentials"][0].update(accessKey="lake-2"))
    settings = {"s3": [{"id": "lake-2", "secret": FIRST["lake"]}], "other": "kept"}
    lab.write("lotus-lake", "lake.json", json.dumps({"settings": json.dumps(settings)}))
    lab.commit()
    (finding,) = audited(lab)["findings"]
    assert finding["rule"] == "strength-reused"
    assert " was that of lake (lake) in " in finding["what"]
