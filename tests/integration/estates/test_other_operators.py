# SPDX-License-Identifier: GPL-3.0-or-later
"""Estates that look nothing like the shipped one."""

from __future__ import annotations

import copy
import json
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from ansible_collections.lotus_lake.secrets.demo.building import build
from ansible_collections.lotus_lake.secrets.demo.declarations import numbered
from ansible_collections.lotus_lake.secrets.demo.estate import EmbeddedEstate
from ansible_collections.lotus_lake.secrets.demo.playbook import run_playbook
from ansible_collections.lotus_lake.secrets.demo.programs import git
from ansible_collections.lotus_lake.secrets.demo.seaweedfs import SeaweedFS
from ansible_collections.lotus_lake.secrets.tests.fixtures.quick_estate import FIRST, WHO, QuickEstate
from ansible_collections.lotus_lake.secrets.tests.fixtures.seaweedfs import s3_client
from botocore.exceptions import ClientError

MakeEstate = Callable[..., EmbeddedEstate]
Held = Callable[..., Any]


def _scattered(identity: str, master: dict[str, Any]) -> dict[str, Any]:
    """Five repositories, and one identity with a copy of every kind."""
    names = ["platform", "web", "batch", "mobile", "reports"]
    return {
        "repositories": [{"name": name} for name in names],
        "master": {"repository": "platform", **master},
        "s3": {"endpoints": [{"url": "http://127.0.0.1:9"}], "wait": "20s"},
        "policy": {"grace": "0", "secret_length": 64},
        "identities": [
            {
                "name": identity,
                "buckets": [{"name": "cnpg-backups", "actions": ["Read", "Write", "List"]}],
                "copies": [
                    {
                        "repository": "platform",
                        "file": "k8s/backup.yaml",
                        "access_key": "stringData.s3_id",
                        "secret_key": "stringData.s3_secret",
                    },
                    {"repository": "web", "file": "prod.env", "access_key": "AWS_ID", "secret_key": "AWS_SECRET"},
                    {
                        "repository": "web",
                        "file": "k8s/web.yaml",
                        "access_key": "data.id",
                        "secret_key": "data.secret",
                    },
                    {"repository": "batch", "file": "conf/jobs.ini", "access_key": "s3.key", "secret_key": "s3.secret"},
                    {
                        "repository": "mobile",
                        "file": "settings/app.json",
                        "access_key": "storage.s3.id",
                        "secret_key": "storage.s3.secret",
                    },
                    {
                        "repository": "reports",
                        "file": "k8s/reports.yaml",
                        "access_key": {"key": ["stringData", "config.json"], "json": "aws.id"},
                        "secret_key": {"key": ["stringData", "config.json"], "json": "aws.secret"},
                    },
                    {
                        "repository": "reports",
                        "file": "k8s/encoded.yaml",
                        "access_key": {"key": ["data", "config.json"], "json": "aws.id"},
                        "secret_key": {"key": ["data", "config.json"], "json": "aws.secret"},
                    },
                ],
            }
        ],
    }


@pytest.mark.parametrize(
    "master",
    [{"file": "k8s/s3.yaml", "key": ["data", "identities.json"]}, {"file": "weed/s3.json"}],
    ids=["under data", "a JSON file of its own"],
)
def test_one_identity_with_a_copy_of_every_kind_over_five_repositories(
    make_estate: MakeEstate,
    seaweedfs: SeaweedFS,
    held_by_copies: Held,
    held_by_master: Held,
    unique: Callable[[str], str],
    master: dict[str, Any],
) -> None:
    who = unique("shipper")
    estate = make_estate(_scattered(who, master), name="scattered")
    [old] = held_by_master(estate, who)
    done = run_playbook(estate, "rotate.yml", "-e", f"identity={who}", "--diff")
    assert done.code == 0, done.output
    [new] = held_by_master(estate, who)
    assert new[0] != old[0]
    assert len(new[1]) == 64
    assert held_by_copies(estate, who) == [new] * 7
    verified = run_playbook(estate, "verify.yml")
    assert verified.code == 0, verified.output
    with pytest.raises(ClientError):
        s3_client(seaweedfs, *old).list_buckets()
    back = run_playbook(estate, "rollback.yml", "-e", f"identity={who}")
    assert back.code == 0, back.output
    assert held_by_copies(estate, who) == [old] * 7


def test_a_job_with_urls_an_author_and_no_configuration_needs_nothing_prepared(quick_estate: QuickEstate, tmp_path: Path) -> None:
    """As in AWX: no checkout, no Git user, no home to speak of, and a survey of which nothing was answered but the name."""
    estate = quick_estate.estate
    declared = estate.declaration
    for repository in declared["repositories"]:
        del repository["checkout"]
        repository |= {"url": estate.remote(repository["name"]).as_uri(), "author": "Rotation <rotation@example.com>"}
    estate.declare(declared)
    home = tmp_path / "empty"
    home.mkdir()
    survey = ("issued_before=", "strategy=", "min_age=", "retire=", "revoke=")
    answers = [word for answer in survey for word in ("-e", answer)]
    environ = {"HOME": str(home), "GIT_CONFIG_NOSYSTEM": "1", "XDG_CONFIG_HOME": "", "EMAIL": ""}
    done = quick_estate.run("rotate.yml", "-e", f"identity={WHO}", *answers, environ=environ)
    assert done.code == 0, done.output
    [new] = quick_estate.credentials()
    assert quick_estate.copies() == [new, new]
    authors = git(estate.remote(FIRST), "log", "-2", "--format=%an <%ae> %cn <%ce>").splitlines()
    assert authors == ["Rotation <rotation@example.com> Rotation <rotation@example.com>"] * 2
    again = quick_estate.run("rotate.yml", "-e", "identity=", *answers, environ=environ)
    assert again.code == 0, again.output
    assert quick_estate.credentials() == [new]


def test_many_estates_are_one_run_and_limit_takes_one_of_them(seaweedfs: SeaweedFS, tmp_path: Path) -> None:
    fleet = []
    for name in ("north", "south"):
        declared = numbered(1, copies=1)
        declared["identities"][0]["name"] = f"app-{name}"
        declared["policy"] = {"grace": "0"}
        declared["s3"]["wait"] = "20s"
        estate = build(tmp_path / name, declared, name=name, by_hand={f"app-{name}": 200})
        fleet.append(QuickEstate(estate, seaweedfs).serve())
    keys = tmp_path / "keys"
    keys.write_text("".join(quick.estate.age_key.read_text() for quick in fleet))
    environ = {
        "ANSIBLE_INVENTORY": ",".join(str(quick.estate.inventory) for quick in fleet),
        "SOPS_AGE_KEY_FILE": str(keys),
    }
    north, south = fleet
    before = [north.credentials("app-north"), south.credentials("app-south")]
    done = north.run("rotate.yml", "--limit", "south", environ=environ)
    assert done.code == 0, done.output
    assert north.credentials("app-north") == before[0]
    assert south.credentials("app-south") != before[1]
    tip = south.estate.tip(FIRST)
    done = north.run("rotate.yml", environ=environ)
    assert done.code == 0, done.output
    assert north.credentials("app-north") != before[0]
    assert south.estate.tip(FIRST) == tip
    assert "north" in done.output
    assert "south" in done.output


@pytest.mark.oldest
@pytest.mark.parametrize("asked", ["daggy, rubberducky,", ["daggy", " rubberducky"]], ids=["text", "list"])
def test_names_may_have_spaces_around_them_and_none_after_the_last_comma(asked: object, unserved_estate: EmbeddedEstate) -> None:
    done = run_playbook(unserved_estate, "rotate.yml", "-e", json.dumps({"identity": asked}), "--check")
    assert done.code == 0, done.output
    assert re.findall(r"(\S+)-\d{8}T\d{6}Z", done.output) == ["rubberducky", "daggy"]


def test_an_invalid_identity_among_good_ones_is_told_and_the_others_are_done(seaweedfs: SeaweedFS, tmp_path: Path) -> None:
    declared = numbered(3, copies=1)
    declared["policy"] = {"grace": "0"}
    declared["s3"]["wait"] = "20s"
    estate = build(tmp_path / "estate", copy.deepcopy(declared))
    place = estate.model.master
    held = json.loads(estate.document(place.repository, place.file)["stringData"]["seaweedfs_s3_config"])
    second = held["identities"][1]["credentials"]
    second += [{"accessKey": f"id002-{n}", "secretKey": f"abcdefghijklmn{n}"} for n in "ab"]
    estate.set(place.repository, place.file, place.key, json.dumps(held))
    estate.commit(place.repository, "By hand")
    quick = QuickEstate(estate, seaweedfs).serve()
    done = quick.run("rotate.yml", "-e", "identity=id001,id002,id003")
    assert done.code == 2
    said = " ".join(done.output.split())
    assert "id002 could not be handled" in said
    assert "three" in said or "3 credentials" in said
    assert len(quick.credentials("id002")) == 3
    for name in ("id001", "id003"):
        [new] = quick.credentials(name)
        assert new[0].startswith(f"{name}-")
        assert quick.copies(name) == [new]
