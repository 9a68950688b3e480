# SPDX-License-Identifier: GPL-3.0-or-later
"""Where a finding says to run a playbook, that run makes it go away."""

from __future__ import annotations

import datetime
import json
import re
import secrets
import shlex
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from ansible_collections.lotus_lake.secrets.demo.manifests import Pair
from ansible_collections.lotus_lake.secrets.demo.playbook import environment
from ansible_collections.lotus_lake.secrets.demo.programs import git
from ansible_collections.lotus_lake.secrets.plugins.module_utils.operations.estate_audit import OPERATION
from ansible_collections.lotus_lake.secrets.plugins.module_utils.operations.operation import Context, perform
from ansible_collections.lotus_lake.secrets.tests.fixtures.quick_estate import FIRST, SECOND, WHO, QuickEstate

OTHER = "id002"
_COMMAND = re.compile(r"ansible-playbook \S+\.yml(?: -e \S+)*")

RIGHTS = ("access-lacking", "access-too-much", "access-missing-bucket")
"""The server gives every identity the same rights, whatever is declared; test_access.py has these."""

Plant = Callable[[QuickEstate], object]


@pytest.fixture
def quick(quick_templates: Any, seaweedfs: Any, tmp_path: Path) -> QuickEstate:
    """Two identities, made 20 days ago."""
    made = QuickEstate(quick_templates(20, 2).copied_to(tmp_path / "estate"), seaweedfs).serve()
    made.estate.change(policy={"secret_length": 14})
    for name in made.estate.repositories:
        git(made.estate.checkout(name), "stash", "-u")
        git(made.estate.checkout(name), "reset", "--hard", "origin/main")
    return made


def audited(quick: QuickEstate) -> list[dict[str, Any]]:
    """What is found, in workspaces of its own."""
    folder = quick.estate.folder / "audited" / secrets.token_hex(4)
    workspaces = {}
    for name in quick.estate.repositories:
        git(quick.estate.checkout(name), "fetch", "-q")
        git(quick.estate.checkout(name), "worktree", "add", "-q", "--detach", str(folder / name), "origin/main")
        workspaces[name] = {"path": str(folder / name), "base": quick.estate.tip(name)}
    params = {"estate": quick.estate.declaration, "workspaces": workspaces, "rules": None, "fail_on": "never"}
    result = perform(OPERATION, params, Context(check=False, diff=False, environ=environment(quick.estate)))
    assert not result.get("failed"), result["msg"]
    found: list[dict[str, Any]] = result["findings"]
    return [one for one in found if not one["rule"].startswith("repositories-") and one["rule"] not in RIGHTS]


def told(findings: list[dict[str, Any]]) -> list[str]:
    return [f"{one['rule']}: {one['what']}" for one in findings]


def run(quick: QuickEstate, mend: str) -> None:
    """Run the playbook that a finding names."""
    command = _COMMAND.search(mend)
    assert command, mend
    _program, *arguments = shlex.split(command[0])
    done = quick.run(*arguments)
    assert done.code == 0, done.output


def credentials(quick: QuickEstate, change: Callable[[dict[str, list[Pair]]], object], *copies: tuple[str, Pair]) -> None:
    """Other credentials in the master, and in the copies of some identities."""
    estate, place = quick.estate, quick.estate.model.master
    document = json.loads(quick.read(place.repository, place.file)["stringData"]["seaweedfs_s3_config"])
    pairs = estate.master()
    change(pairs)
    for one in document["identities"]:
        one["credentials"] = [{"accessKey": a, "secretKey": s} for a, s in pairs[one["name"]]]
    estate.set(place.repository, place.file, place.key, json.dumps(document))
    for name, (access_key_id, secret_key) in copies:
        for copy in estate.model.identity(name).copies:
            estate.set(copy.repository, copy.file, copy.access_key.key, access_key_id)
            estate.set(copy.repository, copy.file, copy.secret_key.key, secret_key)
    for name in estate.repositories:
        if git(estate.checkout(name), "status", "--porcelain"):
            estate.commit(name, "By hand")
    quick.deliver()


def with_secret(secret_key: str) -> Plant:
    """An identity with another secret key."""

    def plant(quick: QuickEstate) -> None:
        credentials(quick, lambda pairs: pairs.update({WHO: [(WHO, secret_key)]}), (WHO, (WHO, secret_key)))

    return plant


def with_the_secret_of_another(quick: QuickEstate) -> None:
    [(_id, secret_key)] = quick.credentials(WHO)
    credentials(quick, lambda pairs: pairs.update({OTHER: [(OTHER, secret_key)]}), (OTHER, (OTHER, secret_key)))


def with_a_copy_of_its_own(quick: QuickEstate) -> None:
    copy = quick.estate.model.identity(WHO).copies[0]
    quick.estate.set(copy.repository, copy.file, copy.secret_key.key, secrets.token_urlsafe(30))
    quick.estate.commit(copy.repository, "By hand")


def with_a_secret_of_before(quick: QuickEstate) -> None:
    [(_id, secret_key)] = quick.credentials(WHO)
    with_secret(secrets.token_urlsafe(30))(quick)
    with_secret(secret_key)(quick)


def begun(**ago: float) -> Plant:
    """A rotation that was begun so long ago."""

    def plant(quick: QuickEstate) -> None:
        born = datetime.datetime.now(datetime.UTC) - datetime.timedelta(**ago)
        new = (f"{WHO}-{born:%Y%m%dT%H%M%SZ}", secrets.token_urlsafe(30))
        credentials(quick, lambda pairs: pairs[WHO].append(new))

    return plant


def with_a_limit(quick: QuickEstate) -> None:
    quick.estate.change(policy={"max_age": "10d"})


def moved(quick: QuickEstate) -> None:
    """The history of the master's file begins now."""
    declared = quick.estate.declaration
    folder = quick.estate.checkout(FIRST)
    git(folder, "mv", declared["master"]["file"], "cluster/moved.yaml")
    quick.estate.commit(FIRST, "Move it")
    quick.estate.declare({**declared, "master": {**declared["master"], "file": "cluster/moved.yaml"}})


def in_the_open(quick: QuickEstate) -> None:
    [(_id, secret_key)] = quick.credentials()
    log = quick.estate.checkout(SECOND) / "run.log"
    log.write_text(f"signing with {secret_key}\n")
    quick.estate.commit(SECOND, "Log")
    log.unlink()
    quick.estate.commit(SECOND, "No log")


RUN: dict[str, Plant] = {
    "sync-drifted-copy": with_a_copy_of_its_own,
    "sync-old-copy": begun(hours=1),
    "sync-shared-secret": with_the_secret_of_another,
    "strength-short": with_secret("x7Q2p9Zk"),
    "strength-low-entropy": with_secret("password" * 5),
    "strength-equals-id": with_secret(WHO),
    "strength-reused": with_a_secret_of_before,
    "age-overdue": with_a_limit,
    "age-long-overlap": begun(hours=30),
    "age-unknown": moved,
    "history-secret-key": in_the_open,
}


@pytest.mark.parametrize("rule", RUN)
def test_the_playbook_that_a_finding_names_makes_it_go_away(quick: QuickEstate, rule: str) -> None:
    assert told(audited(quick)) == []
    RUN[rule](quick)
    mends = {one["mend"] for one in audited(quick) if one["rule"] == rule}
    assert mends
    for mend in mends:
        run(quick, mend)
    assert told(audited(quick)) == []
