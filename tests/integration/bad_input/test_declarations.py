# SPDX-License-Identifier: GPL-3.0-or-later
"""Mistakes in the declaration, each kind, all said at once; and names that the estate doesn't have."""

from __future__ import annotations

import copy
from pathlib import Path
from typing import Any

import pytest
from ansible_collections.lotus_lake.secrets.tests.fixtures.quick_estate import FIRST, SECOND, WHO

ELSEWHERE = Path(__file__).resolve().parents[2] / "fixtures" / "elsewhere"
Operator = Any
ROTATE = ("rotate.yml", "-e", f"identity={WHO}")


def test_every_mistake_is_said_at_once_with_its_place(operator: Operator) -> None:
    estate = operator.quick.estate
    good = estate.declaration
    bad = copy.deepcopy(good)
    first = bad["identities"][0]
    first["bucket"] = []
    first["buckets"].append(first["buckets"][0])
    first["copies"][0]["access_key"] = "stringData.ACCESS_KEY"
    first["copies"][1]["file"] = "../outside.yaml"
    bad["identities"].append({"name": "id002", "copies": [{**good["identities"][0]["copies"][1]}]})
    bad["identities"].append(
        {
            "name": "id003",
            "copies": [
                {"repository": "repository-3", "file": "a.yaml", "access_key": "a", "secret_key": "b"},
                {"repository": SECOND, "file": "missing.yaml", "access_key": "a", "secret_key": "b"},
            ],
        }
    )
    bad["policy"]["grace"] = "a while"
    estate.declare(bad)
    said = operator.is_refused(
        "unknown field bucket (did you mean buckets?)",
        "named twice",
        "the key isn't there (there: ",
        "outside",
        "there is no repository repository-3 (did you mean repository-2?)",
        f"{SECOND}:missing.yaml is not there",
        "grace",
        "Nothing was changed. Correct these places, and run again.",
    )
    assert f"estate.identities[0] ({WHO}).copies[0].access_key" in said
    estate.declare(good)
    operator.finishes()


def test_two_identities_that_share_a_copy_are_named(operator: Operator) -> None:
    good = operator.quick.estate.declaration
    shared = {"name": "id002", "copies": [copy.deepcopy(good["identities"][0]["copies"][0])]}
    operator.quick.estate.declare({**good, "identities": [*good["identities"], shared]})
    operator.is_refused("estate.identities[1] (id002)", WHO, "Nothing was changed.")
    operator.quick.estate.declare(good)
    operator.finishes()


def test_an_estate_without_a_declaration_is_no_traceback(operator: Operator) -> None:
    good = operator.quick.estate.declaration
    operator.quick.estate.declare({"repositories": good["repositories"]})
    operator.is_refused("master", "identities", "Nothing was changed.")


def test_an_inventory_without_estates_is_an_error(operator: Operator) -> None:
    hosts = operator.quick.estate.inventory / "estates"
    hosts.write_text(hosts.read_text().replace("[estates]", "[lakes]"))
    done = operator.quick.run("rotate.yml")
    assert done.code == 1
    assert "Could not match supplied host pattern" in done.output


def test_an_unknown_identity_is_named_with_the_nearest_known_one(operator: Operator) -> None:
    run = ("rotate.yml", "-e", "identity=id01")
    operator.is_refused("The estate has no identity id01.", "Nothing was changed.", f"Did you mean {WHO}?", run=run)


def test_a_rollback_without_a_name_asks_for_one(operator: Operator) -> None:
    operator.is_refused("No identity is named, and nothing was changed.", "-e identity=", run=("rollback.yml",))
    operator.is_refused("No identity is named, and nothing was changed.", run=("rollback.yml", "-e", "identity=,"))


def test_a_rollback_with_nothing_to_go_back_to_says_so(operator: Operator) -> None:
    run = ("rollback.yml", "-e", f"identity={WHO}")
    operator.is_refused(f"{WHO} can't be rolled back", "Nothing was changed.", "ansible-playbook rotate.yml", run=run)


def test_a_time_that_is_none_is_refused(operator: Operator) -> None:
    run = ("rotate.yml", "-e", "issued_before=yesterday")
    operator.is_refused("'yesterday' is no time", "2026-11-24T12:00:00Z", run=run)


def test_choices_that_are_none_are_refused(operator: Operator) -> None:
    for playbook, asked, told in (
        ("rotate.yml", "strategy=in-place", "strategy is in-place, and may be overlap or in_place."),
        ("rotate.yml", "retire=now", "retire is now, and may be when_due or force."),
        ("rotate.yml", "revoke=maybe", "revoke is maybe, and may be true or false."),
        ("rollback.yml", "retire=now", "retire is now, and may be when_due or force."),
    ):
        said = operator.is_refused(f"{told} Nothing was changed.", run=(playbook, "-e", asked, "-e", f"identity={WHO}"))
        assert "argument_spec_data" not in said
    operator.is_refused("min_age", run=("rotate.yml", "-e", "min_age=soon", "-e", f"identity={WHO}"))


def test_a_checkout_that_is_not_there_is_named(operator: Operator) -> None:
    good = operator.quick.estate.declaration
    bad = copy.deepcopy(good)
    bad["repositories"][0]["checkout"] = str(operator.quick.estate.folder / "nowhere")
    operator.quick.estate.declare(bad)
    operator.fails("nowhere", FIRST, "is not there", "Nothing was changed.", "Clone it")
    operator.quick.estate.declare(good)
    operator.finishes()


def test_repositories_that_cannot_be_used_are_said_together_and_with_all_else(operator: Operator) -> None:
    good = operator.quick.estate.declaration
    bad = copy.deepcopy(good)
    first, second = bad["repositories"]
    first["checkout"] = str(operator.quick.estate.folder / "nowhere")
    first["author"] = "Rotation"
    second["branch"] = "mian"
    bad["identities"][0]["bucket"] = []
    bad["s3"]["endpoints"][0]["ca_bundle"] = "/nowhere/ca.pem"
    bad["delivery"] = {"method": "tasks", "tasks": "/nowhere/deliver.yml"}
    operator.quick.estate.declare(bad)
    operator.is_refused(
        "The estate has 6 mistakes:",
        f"estate.repositories[0] ({FIRST}).author: 'Rotation' is no author; write it as 'Name <address>'",
        f"estate.repositories[0] ({FIRST}): The checkout {first['checkout']} of {FIRST} is not there. Clone it",
        f"estate.repositories[1] ({SECOND}): The branch mian of {SECOND} could not be fetched from origin",
        f"estate.identities[0] ({WHO}): unknown field bucket",
        "estate.s3.endpoints[0].ca_bundle: /nowhere/ca.pem is not there",
        "estate.delivery.tasks: /nowhere/deliver.yml is not there",
        "Nothing was changed. Correct these places, and run again.",
    )
    operator.quick.estate.declare(good)
    operator.finishes()


@pytest.mark.parametrize("field", ["author", "branch", "remote"])
def test_what_is_wrong_with_one_repository_does_not_hide_what_is_wrong_in_another(field: str, operator: Operator) -> None:
    bad = operator.quick.estate.declaration
    bad["repositories"][0][field] = "-x"
    copies = bad["identities"][0]["copies"]
    next(one for one in copies if one["repository"] == SECOND)["access_key"] = "stringData.NOPE"
    operator.quick.estate.declare(bad)
    operator.is_refused(
        "The estate has 2 mistakes:", f"estate.repositories[0] ({FIRST}).{field}: '-x'", "NOPE: the key isn't there"
    )


@pytest.mark.parametrize("run", [ROTATE, (*ROTATE, "--check")], ids=["run", "check"])
def test_files_of_the_controller_that_are_not_there_are_said_before_anything_is_pushed(
    run: tuple[str, ...], operator: Operator
) -> None:
    good = operator.quick.estate.declaration
    bad = copy.deepcopy(good)
    bad["s3"]["endpoints"][0]["ca_bundle"] = "/nowhere/ca.pem"
    bad["repositories"][1]["delivery"] = {"method": "tasks", "tasks": "~/nowhere/deliver.yml"}
    operator.quick.estate.declare(bad)
    operator.is_refused(
        "The estate has 2 mistakes:",
        "estate.s3.endpoints[0].ca_bundle: /nowhere/ca.pem is not there",
        f"estate.repositories[1] ({SECOND}).delivery.tasks: ~/nowhere/deliver.yml is not there",
        run=run,
    )


def test_a_task_file_is_looked_for_at_the_controller_where_the_estate_is_another_host(operator: Operator, tmp_path: Path) -> None:
    operator.quick.estate.change(delivery={"method": "tasks", "tasks": "/nowhere/deliver.yml"})
    operator.is_refused(
        "task files for deliveries are not there: /nowhere/deliver.yml. Nothing was changed.",
        run=(*ROTATE, "-e", "ansible_connection=elsewhere", "-e", f"ansible_remote_tmp={tmp_path / 'remote'}"),
        environ={"ANSIBLE_CONNECTION_PLUGINS": str(ELSEWHERE)},
    )
