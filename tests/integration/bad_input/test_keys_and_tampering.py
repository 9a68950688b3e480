# SPDX-License-Identifier: GPL-3.0-or-later
"""No age key, the wrong one, and files that somebody changed without SOPS."""

from __future__ import annotations

import re
from typing import Any

import pyrage
from ansible_collections.lotus_lake.secrets.tests.fixtures.quick_estate import WHO

Operator = Any


def test_without_an_age_key_it_says_where_it_looked_and_for_which(operator: Operator) -> None:
    recipient = re.search(r"age1\w+", operator.quick.estate.age_key.read_text())
    assert recipient
    missing = operator.quick.estate.folder / "nowhere.key"
    operator.is_refused(
        "can't be opened",
        f"SOPS_AGE_KEY_FILE ({missing}): the file does not exist",
        recipient[0],
        "Nothing was changed.",
        environ={"SOPS_AGE_KEY_FILE": str(missing)},
    )
    operator.finishes()


def test_with_no_key_named_at_all_it_says_where_one_may_be(operator: Operator) -> None:
    operator.is_refused("can't be opened", ".config/sops/age/keys.txt", "SOPS_AGE_KEY_FILE", environ={"SOPS_AGE_KEY_FILE": ""})


def test_with_the_wrong_key_it_says_which_recipients_the_file_has(operator: Operator) -> None:
    other = operator.quick.estate.folder / "other.key"
    other.write_text(f"{pyrage.x25519.Identity.generate()}\n")
    recipient = re.search(r"age1\w+", operator.quick.estate.age_key.read_text())
    assert recipient
    said = operator.is_refused("can't be opened", str(other), recipient[0], environ={"SOPS_AGE_KEY_FILE": str(other)})
    assert "AGE-SECRET-KEY" not in said
    operator.finishes()


def test_a_tampered_value_is_named(operator: Operator) -> None:
    good = operator.copy.read_text()
    value = re.search(r"SECRET_ACCESS_KEY: ENC\[AES256_GCM,data:(.)", good)
    assert value
    other = "A" if value[1] != "A" else "B"
    operator.publish(operator.copy, good[: value.start(1)] + other + good[value.end(1) :])
    operator.is_refused(f"estate.identities[0] ({WHO})", "SECRET_ACCESS_KEY", "Nothing was changed.")
    operator.publish(operator.copy, good)
    operator.finishes()


def test_a_tampered_plain_field_fails_the_mac(operator: Operator) -> None:
    good = operator.master.read_text()
    operator.publish(operator.master, good.replace("namespace: ", "namespace: other-", 1))
    operator.is_refused("estate.master", operator.quick.estate.model.master.file, "MAC", "Nothing was changed.")
    operator.publish(operator.master, good)
    operator.finishes()


def test_a_key_command_that_waits_is_told_of_each_time_that_it_runs(operator: Operator) -> None:
    """As with a hardware key, which wants to be touched: the command ends only after the operator was told of it."""
    folder, estate = operator.quick.estate.folder, operator.quick.estate
    ran, command = folder / "ran", folder / "give-key"
    told = f"grep -c 'Waiting for the command of SOPS_AGE_KEY_CMD' '{operator.quick.log('waiting.log')}'"
    waits = f'until [ "$({told})" -ge "$(wc -l < {ran})" ]; do sleep 0.05; done'
    command.write_text(f"#!/bin/sh\necho once >> {ran}\n{waits}\ncat {estate.age_key}\n")
    command.chmod(0o700)
    environ = {"SOPS_AGE_KEY_CMD": str(command), "SOPS_AGE_KEY_FILE": ""}
    done = operator.quick.run("rotate.yml", "-e", f"identity={WHO}", environ=environ, log="waiting.log")
    assert done.code == 0, done.output
    assert len(operator.quick.credentials()) == 1
    assert "AGE-SECRET-KEY" not in done.output
    assert len(ran.read_text().splitlines()) > 1
