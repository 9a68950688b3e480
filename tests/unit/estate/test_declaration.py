# SPDX-License-Identifier: GPL-3.0-or-later
"""Estates as operators declare them."""

from __future__ import annotations

import datetime
import json
from pathlib import Path
from typing import Any

import pytest
import yaml
from ansible_collections.lotus_lake.secrets.plugins.module_utils.estate.model import DeclaredCluster, Delivery, Place
from ansible_collections.lotus_lake.secrets.plugins.module_utils.estate.schema import ESTATE
from ansible_collections.lotus_lake.secrets.plugins.module_utils.rotation.plans import Rules, Strategy
from ansible_collections.lotus_lake.secrets.tests.fixtures.declared_estate import estate, mistakes, small

INVENTORY = Path(__file__).parents[3] / "inventory" / "host_vars" / "lotus-lake" / "estate.yml"


def test_the_shipped_estate_has_no_mistake() -> None:
    read = estate(yaml.safe_load(INVENTORY.read_text())["estate"])
    assert [repository.name for repository in read.repositories] == ["h-kube", "lotus-lake"]
    assert [identity.name for identity in read.identities] == ["lotus-lake-s3", "rubberducky", "daggy"]
    assert str(read.master) == (
        "h-kube:cluster/infrastructure/services/seaweedfs/s3-auth-secret.yaml:stringData.seaweedfs_s3_config"
    )
    assert str(read.identity("daggy").copies[0]) == "lotus-lake:deploy/dagster/backup-secret.yaml:stringData.ACCESS_KEY_ID"
    assert read.wait == 600
    assert {secret.name for secret in read.operator_made} == {"dagster-db-app", "ducklake-db-app"}


def test_what_is_left_out_has_its_default() -> None:
    read = estate(small())
    first, second = read.repositories
    assert (first.remote, first.branch, first.author, first.delivery) == ("origin", "main", None, Delivery("none"))
    assert (first.checkout, first.url) == ("/src/h-kube", None)
    assert (second.checkout, second.url) == (None, "ssh://git@host/lotus-lake")
    assert (read.endpoints[0].region, read.endpoints[0].verify, read.endpoints[0].ca_bundle) == ("us-east-1", True, None)
    assert read.wait == 120
    assert read.work_folder is None
    daggy = read.identity("daggy")
    days, minutes, hours = datetime.timedelta(days=90), datetime.timedelta(minutes=15), datetime.timedelta(hours=24)
    assert daggy.rules == Rules(max_age=days, min_age=minutes, grace=hours, strategy=Strategy.OVERLAP)
    assert daggy.secret_length == 40
    assert daggy.keep == daggy.revoked == frozenset()
    assert daggy.copies[0].access_key == Place("lotus-lake", "a.yaml", ("stringData", "ID"))


def test_an_identity_may_differ_from_the_policy_of_the_estate() -> None:
    declared = small()
    declared["policy"] = {"max_age": "30d", "grace": 0, "secret_length": 64}
    declared["identities"][0]["policy"] = {"max_age": "0", "strategy": "in_place", "min_age": "1h30m"}
    read = estate(declared)
    daggy, rubberducky = read.identity("daggy"), read.identity("rubberducky")
    assert daggy.rules == Rules(None, datetime.timedelta(minutes=90), datetime.timedelta(0), Strategy.IN_PLACE)
    assert rubberducky.rules.max_age == datetime.timedelta(days=30)
    assert daggy.secret_length == rubberducky.secret_length == 64


def test_one_repository_and_one_identity_with_many_copies() -> None:
    declared = small()
    declared["repositories"] = [{"name": "all", "checkout": "/src/all", "remote": "upstream", "branch": "prod"}]
    declared["master"] = {"repository": "all", "file": "secrets/identities.json"}
    copies = [
        {"repository": "all", "file": "a.yaml", "access_key": f"data.ID{n}", "secret_key": f"data.SECRET{n}"} for n in range(40)
    ]
    declared["identities"] = [{"name": "etl", "copies": copies}]
    read = estate(declared)
    assert len(read.identity("etl").copies) == 40
    assert read.master == Place("all", "secrets/identities.json", ())
    assert read.files("all") == ("secrets/identities.json", "a.yaml")


def test_five_repositories_with_other_names_and_key_paths() -> None:
    names = ["edge", "core", "jobs", "web", "lab"]
    declared = small()
    declared["repositories"] = [{"name": name, "url": f"https://git.example.com/{name}"} for name in names]
    declared["master"] = {
        "repository": "core",
        "file": "./s3//config.yaml",
        "key": {"key": ["data", "config.json"], "document": 1, "encoding": "base64"},
    }
    declared["identities"] = [
        {
            "name": f"{name}.app_1",
            "copies": [
                {
                    "repository": name,
                    "file": "conf/app.ini",
                    "access_key": {"key": "storage.settings", "json": "s3.users.0.id"},
                    "secret_key": {"key": ["storage", "settings"], "json": ["s3", "users", 0, "secret.key"]},
                }
            ],
        }
        for name in names
    ]
    read = estate(declared)
    assert read.master == Place("core", "s3/config.yaml", ("data", "config.json"), 1, None, "base64")
    assert str(read.master) == 'core:s3/config.yaml:data."config.json"'
    place = read.identity("web.app_1").copies[0].secret_key
    assert place == Place("web", "conf/app.ini", ("storage", "settings"), json=("s3", "users", 0, "secret.key"))
    assert [read.files(name) for name in ("edge", "core")] == [("conf/app.ini",), ("s3/config.yaml", "conf/app.ini")]


def test_a_repository_is_delivered_as_it_says_or_as_the_estate_says() -> None:
    declared = small()
    declared["delivery"] = {"method": "tasks", "tasks": "~/deliver.yml"}
    declared["repositories"][1]["delivery"] = {"method": "none"}
    read = estate(declared)
    assert [r.delivery for r in read.repositories] == [Delivery("tasks", "~/deliver.yml"), Delivery("none")]


def test_a_delivery_by_flux_names_a_cluster_and_objects_in_it() -> None:
    declared = small()
    named = {"kubeconfig": "~/k", "context": "c", "git_repository": "flux-system/a", "kustomizations": ["flux-system/b"]}
    declared["delivery"] = {"method": "flux", "wait": "90s", **named}
    wanted = Delivery("flux", None, "~/k", "c", "flux-system/a", ("flux-system/b",), 90.0)
    assert [repository.delivery for repository in estate(declared).repositories] == [wanted, wanted]


def test_the_schema_that_editors_use_is_the_one_that_is_checked() -> None:
    published = Path(__file__).parents[3] / "docs" / "estate.schema.json"
    assert json.loads(published.read_text()) == json.loads(json.dumps(ESTATE)), "write it anew from ESTATE"


def test_a_cluster_has_defaults_and_an_empty_one_is_a_cluster() -> None:
    assert estate(small()).cluster is None
    assert estate({**small(), "cluster": {}}).cluster == DeclaredCluster()
    gateway = {"name": "seaweedfs-s3", "namespace": "seaweedfs"}
    declared = estate({**small(), "cluster": {"gateways": [gateway, {**gateway, "reload": "signal"}], "wait": "1m"}}).cluster
    assert declared is not None
    assert declared.wait == 60.0
    first, second = declared.gateways
    assert (str(first), first.port, first.reload) == ("Deployment/seaweedfs-s3 in seaweedfs", 8333, "rollout")
    assert second.reload == "signal"


def test_nothing_said_about_who_may_read_secrets_is_not_that_nobody_may() -> None:
    def readers(**cluster: Any) -> tuple[str, ...] | None:
        declared = estate({**small(), "cluster": cluster}).cluster
        assert declared is not None
        return declared.secret_readers

    assert readers() is None
    assert readers(secret_readers=[]) == ()
    named = ["ServiceAccount flux-system/kustomize-controller", "User flux", "Group Platform team"]
    assert readers(secret_readers=named) == tuple(named)


@pytest.mark.parametrize("reader", ["flux", "ServiceAccount flux", "ServiceAccount a/b/c", "Group ", "Robot x"])
def test_a_reader_that_nobody_can_be_is_a_mistake(reader: str) -> None:
    (said,) = mistakes({**small(), "cluster": {"secret_readers": [reader]}})
    assert said.startswith("estate.cluster.secret_readers[0]: ")


def test_a_consumer_of_a_kind_that_nobody_knows_is_a_mistake() -> None:
    declared = small()
    declared["identities"][0]["consumers"] = [{"kind": "Deploiment", "name": "web", "namespace": "apps"}]
    (said,) = mistakes(declared)
    assert said.startswith("estate.identities[0] (daggy).consumers[0] (web).kind: ")
    assert "did you mean Deployment?" in said
