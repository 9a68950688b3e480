# SPDX-License-Identifier: GPL-3.0-or-later
"""Who does what a finding says makes it go away, and nothing new comes of it but what stays in the history."""

from __future__ import annotations

import dataclasses
import datetime
import json
import os
import re
import shlex
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pyrage
import pytest
from ansible_collections.lotus_lake.secrets.plugins.module_utils.audit.rules import RULES
from ansible_collections.lotus_lake.secrets.plugins.module_utils.operations.estate_audit import OPERATION
from ansible_collections.lotus_lake.secrets.tests.fixtures.holdings_lab import HoldingsLab
from ansible_collections.lotus_lake.secrets.tests.fixtures.lake_estate import FIRST, rewrite_master
from ansible_collections.lotus_lake.secrets.tests.integration.audit import test_mends_by_playbook, test_rules

PLANTED = test_rules.PLANTED
PASSWORD = "kX3v9QmT7bR2wLp5"

IN_TEST_ACCESS = {f"access-{what}" for what in ("refused", "lacking", "too-much", "missing-bucket", "anonymous", "old-key")}
"""On a real S3."""

IN_THE_LAB = {
    "access-gateways-disagree": "test_gateways_that_disagree_are_found",
    "cluster-differs": "test_a_changed_secret_and_a_pod_that_is_older_are_found_while_flux_is_suspended",
    "cluster-old-pod": "test_a_changed_secret_and_a_pod_that_is_older_are_found_while_flux_is_suspended",
    "cluster-flux-suspended": "test_a_changed_secret_and_a_pod_that_is_older_are_found_while_flux_is_suspended",
    "cluster-undeclared-consumer": "test_a_workload_that_nobody_declared_is_found",
    "cluster-secret-reader": "test_somebody_who_may_read_a_secret_and_is_not_declared_is_found",
    "cluster-flux-failing": "test_a_kustomization_that_fails_is_found_with_its_message",
    "cluster-archiving": "test_databases_without_backups_are_found",
    "cluster-old-backup": "test_databases_without_backups_are_found",
}
"""In tests/lab/test_audit.py, with a cluster: what is wrong there is put right, and the audit asked again."""

Finding = dict[str, Any]


@dataclasses.dataclass(frozen=True)
class Mend:
    """How a finding comes in, what a person does about it, and what is then found: what the history keeps."""

    plant: Callable[[HoldingsLab], object]
    do: Callable[[HoldingsLab, Finding], object]
    left: tuple[str, ...] = ()


def audited(lab: HoldingsLab) -> list[Finding]:
    result = lab.perform(OPERATION)
    assert not result.get("failed"), result["msg"]
    return [one for one in result["findings"] if one["suppressed"] is None]


def rules_of(findings: list[Finding]) -> list[str]:
    return sorted(one["rule"] for one in findings)


def shell(lab: HoldingsLab, folder: Path, command: str) -> None:
    """Run a command as the operator would, who says yes."""
    who = {f"GIT_{role}_{what}": "o@x" for role in ("AUTHOR", "COMMITTER") for what in ("NAME", "EMAIL")}
    environ = {**os.environ, **lab.environ, **who, "EDITOR": "true"}
    done = subprocess.run(shlex.split(command), cwd=folder, env=environ, input="y\n", capture_output=True, text=True)
    assert done.returncode == 0, done.stderr


_SOPS = re.compile(r"sops (?:encrypt|decrypt|rotate) --in-place \S+[^\s,.;]|sops updatekeys \S+[^\s,.;]|git rm \S+[^\s,.;]")


def commands(lab: HoldingsLab, finding: Finding) -> None:
    """Every command of sops and git that a finding names, with its file for FILE, in its repository."""
    where = finding["where"]
    found = _SOPS.findall(finding["mend"])
    assert found, finding["mend"]
    for command in found:
        shell(lab, lab.folder / where["repository"], command.replace("FILE", where["file"]))


def excused(lab: HoldingsLab, finding: Finding) -> None:
    """Under audit.suppress, as its mend says."""
    assert "audit.suppress" in finding["mend"]
    until = (datetime.datetime.now(datetime.UTC) + datetime.timedelta(days=30)).date().isoformat()
    where = {key: finding["where"][key] for key in ("repository", "file")}
    listed = lab.declared.setdefault("audit", {}).setdefault("suppress", [])
    listed.append({"rule": finding["rule"], **where, "reason": "it was changed", "until": until})


def with_the_master(lab: HoldingsLab, finding: Finding) -> None:
    """The master as it was, by sops edit."""
    rewrite_master(lab, lambda by_name: None)


def from_git(lab: HoldingsLab, finding: Finding) -> None:
    where = finding["where"]
    shell(lab, lab.folder / where["repository"], f"git restore --source HEAD~1 {where['file']}")


def declared(lab: HoldingsLab, finding: Finding) -> None:
    lab.declared["identities"].append({"name": finding["where"]["identity"]})


def out_of_the_estate(lab: HoldingsLab, finding: Finding) -> None:
    (gone,) = [one for one in lab.declared["identities"] if one["name"] == finding["where"]["identity"]]
    lab.declared["identities"].remove(gone)


def with_a_label(lab: HoldingsLab, finding: Finding) -> None:
    assert "cnpg.io/reload: true" in finding["mend"]
    path = lab.path("h-kube", "etl.yaml")
    plain = lab.sops.decrypt(path.read_text())
    plain = plain.replace("metadata:\n", 'metadata:\n    labels:\n        cnpg.io/reload: "true"\n')
    lab.write("h-kube", "etl.yaml", plain, "--encrypted-regex", "^data$")


def with_a_creation_rule(lab: HoldingsLab, finding: Finding) -> None:
    rules = lab.path("h-kube", ".sops.yaml")
    rules.write_text(rules.read_text().replace("yaml|", "yaml|ini|"))


def with_a_plain_file(lab: HoldingsLab) -> None:
    lab.path("h-kube", "prod.env").write_text(f"PASSWORD={PASSWORD}\n")


def with_the_right_regex(lab: HoldingsLab, finding: Finding) -> None:
    assert "encrypted_regex" in finding["mend"]
    rules = {"creation_rules": [{"encrypted_regex": "^stringData$", "age": lab.sops.recipient}]}
    lab.path("lotus-lake", ".sops.yaml").write_text(json.dumps(rules))
    commands(lab, finding)


def with_a_secret_in_a_script(lab: HoldingsLab) -> None:
    lab.path("lotus-lake", "apply.sh").write_text(f"kubectl apply -f - <<EOF\nkind: Secret\nstringData:\n  a: {PASSWORD}\nEOF\n")


def into_a_file_of_its_own(lab: HoldingsLab, finding: Finding) -> None:
    assert finding["mend"].startswith("put it into a file of its own, then sops encrypt --in-place FILE")
    lab.path("lotus-lake", "apply.sh").write_text("kubectl apply -f secret.yaml\n")
    lab.path("lotus-lake", "secret.yaml").write_text("kind: Secret\nstringData:\n  a: another\n")
    shell(lab, lab.folder / "lotus-lake", "sops encrypt --in-place secret.yaml")


def once(file: str, text: str) -> Callable[[HoldingsLab], None]:
    """A file that was there, and is not any more."""

    def plant(lab: HoldingsLab) -> None:
        lab.path("h-kube", file).write_text(text)
        lab.commit("Add it")
        lab.path("h-kube", file).unlink()

    return plant


def with_a_password(lab: HoldingsLab, password: str) -> None:
    plain = f"kind: Secret\nstringData:\n  ID: daggy\n  SECRET: {FIRST['daggy']}\n  other: kept\n  DB_PASSWORD: {password}\n"
    lab.write("lotus-lake", "daggy.yaml", plain)


def a_password_in_a_log(lab: HoldingsLab) -> None:
    with_a_password(lab, PASSWORD)
    once("run.log", f"{PASSWORD}\n")(lab)


def a_changed_password(lab: HoldingsLab, finding: Finding) -> None:
    assert "sops edit FILE" in finding["mend"]
    with_a_password(lab, "Zx81mQw0Ty5Nc2Rk")
    lab.commit()
    (found,) = audited(lab)
    assert found["what"].endswith("no longer in use")
    excused(lab, found)


def taken_out(lab: HoldingsLab, finding: Finding) -> None:
    assert "take the key out" in finding["mend"]
    lab.path(finding["where"]["repository"], finding["where"]["file"]).unlink()


MENDS = {
    "sync-invalid-master": Mend(PLANTED["sync-invalid-master"].plant, with_the_master),
    "sync-gone": Mend(lambda lab: lab.path("h-kube", "daggy.env").unlink(), from_git),
    "sync-missing-identity": Mend(PLANTED["sync-missing-identity"].plant, with_the_master),
    "sync-missing-identity, taken out": Mend(PLANTED["sync-missing-identity"].plant, out_of_the_estate),
    "sync-undeclared-identity": Mend(PLANTED["sync-undeclared-identity"].plant, declared),
    "sync-undeclared-identity, removed": Mend(PLANTED["sync-undeclared-identity"].plant, with_the_master),
    "sync-invalid-identity": Mend(PLANTED["sync-invalid-identity"].plant, with_the_master),
    "encryption-plain-secret": Mend(PLANTED["encryption-plain-secret"].plant, commands, ("history-plain-secret",)),
    "encryption-plain-secret, in a script": Mend(with_a_secret_in_a_script, into_a_file_of_its_own, ("history-plain-secret",)),
    "encryption-plain-file": Mend(with_a_plain_file, commands),
    "encryption-open-value": Mend(PLANTED["encryption-open-value"].plant, with_the_right_regex, ("history-plain-secret",)),
    "encryption-unreadable": Mend(PLANTED["encryption-unreadable"].plant, from_git),
    "encryption-recipients": Mend(PLANTED["encryption-recipients"].plant, commands),
    "encryption-data-key": Mend(PLANTED["encryption-data-key"].plant, commands),
    "encryption-private-key": Mend(PLANTED["encryption-private-key"].plant, taken_out, ("history-private-key",)),
    "history-private-key": Mend(lambda lab: once("notes.txt", f"{pyrage.x25519.Identity.generate()}\n")(lab), excused),
    "history-plain-secret": Mend(once("new.yaml", f"kind: Secret\nstringData:\n  a: {PASSWORD}\n"), excused),
    "history-value": Mend(a_password_in_a_log, a_changed_password),
    "cluster-waits": Mend(PLANTED["cluster-waits"].plant, with_a_label),
    "repositories-no-rule": Mend(PLANTED["repositories-no-rule"].plant, with_a_creation_rule),
    "repositories-operator-made": Mend(PLANTED["repositories-operator-made"].plant, commands),
}


@pytest.mark.parametrize("case", MENDS)
def test_what_a_finding_says_makes_it_go_away(lab: HoldingsLab, case: str) -> None:
    mend, rule = MENDS[case], case.partition(",")[0]
    mend.plant(lab)
    lab.commit()
    before = audited(lab)
    assert rules_of(before) == [rule]
    mend.do(lab, before[0])
    lab.commit()
    left = audited(lab)
    assert rules_of(left) == list(mend.left)
    for finding in left:
        excused(lab, finding)
    assert audited(lab) == []


FILE = "etl.yaml"


def by_hand(mine: Path) -> None:
    path = mine / FILE
    path.write_text(path.read_text() + "# by hand\n")


def committed(lab: HoldingsLab, mine: Path) -> None:
    by_hand(mine)
    shell(lab, mine, f"git commit -m edited {FILE}")


CHECKOUTS: dict[str, tuple[Callable[[HoldingsLab, Path], object], tuple[str, ...]]] = {
    "repositories-dirty": (lambda lab, mine: by_hand(mine), (f"git restore {FILE}",)),
    "repositories-dirty, pushed": (lambda lab, mine: by_hand(mine), (f"git commit -m edited {FILE}", "git push")),
    "repositories-unpushed": (committed, ("git push",)),
    "repositories-behind": (lambda lab, mine: shell(lab, mine, "git reset -q --hard HEAD~1"), ("git pull",)),
    "repositories-branch": (lambda lab, mine: shell(lab, mine, "git switch -qc topic"), ("git switch main",)),
}


@pytest.mark.parametrize("case", CHECKOUTS)
def test_what_a_finding_about_a_checkout_says_makes_it_go_away(lab: HoldingsLab, tmp_path: Path, case: str) -> None:
    rule = case.partition(",")[0]
    path = lab.path("h-kube", FILE)
    path.write_text(path.read_text() + "# a line\n")
    lab.commit("A line")
    mine, remote, tip = lab.folder / "h-kube", tmp_path / "remote.git", tmp_path / "tip"
    shell(lab, tmp_path, f"git clone -q --bare {mine} {remote}")
    for command in (f"remote add origin {remote}", "fetch -q", "branch -q --set-upstream-to origin/main main"):
        shell(lab, mine, f"git {command}")
    shell(lab, mine, f"git worktree add -q --detach {tip} origin/main")

    def found() -> list[Finding]:
        shell(lab, tip, "git fetch -q")
        shell(lab, tip, "git checkout -q --detach origin/main")
        workspaces = {**lab.workspaces, "h-kube": {"path": str(tip)}}
        findings: list[Finding] = lab.perform(OPERATION, workspaces=workspaces)["findings"]
        return findings

    plant, steps = CHECKOUTS[case]
    plant(lab, mine)
    (finding,) = found()
    assert finding["rule"] == rule
    for step in steps:
        assert " ".join(step.split()[:2]) in finding["mend"]
        shell(lab, mine, step)
    assert found() == []


def test_every_rule_is_shown_to_be_mended() -> None:
    here = {case.partition(",")[0] for case in (*MENDS, *CHECKOUTS)}
    elsewhere = {*test_mends_by_playbook.RUN, *IN_TEST_ACCESS, *IN_THE_LAB}
    assert {rule.id for rule in RULES} == here | elsewhere
    assert not here & elsewhere
    tests = Path(__file__).parents[2]
    in_the_lab = (tests / "lab" / "test_audit.py").read_text()
    assert all(f"def {name}(" in in_the_lab for name in IN_THE_LAB.values())
    in_access = (tests / "integration" / "audit" / "test_access.py").read_text()
    assert all(f'"{rule}"' in in_access for rule in IN_TEST_ACCESS)
