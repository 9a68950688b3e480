# SPDX-License-Identifier: GPL-3.0-or-later
"""What is rotated when, and what stays: max_age, issued_before, grace, keep, force and revoke."""

from __future__ import annotations

import datetime
import json
import re
from pathlib import Path

import pytest
from ansible_collections.lotus_lake.secrets.demo.programs import git
from ansible_collections.lotus_lake.secrets.tests.fixtures.quick_estate import FIRST, WHO, QuickEstate

NAMED = ("rotate.yml", "-e", f"identity={WHO}")


def _does(quick: QuickEstate, *run: str) -> str:
    done = quick.run(*run)
    assert done.code == 0, done.output
    return " ".join(done.output.split())


def _ago(**time: float) -> datetime.datetime:
    return datetime.datetime.now(datetime.UTC) - datetime.timedelta(**time)


def _set_back(quick: QuickEstate, moment: datetime.datetime) -> None:
    """Give the last commit of each repository another time, as if it had been made then."""
    for name in quick.estate.repositories:
        checkout, at = quick.estate.checkout(name), moment.isoformat(timespec="seconds")
        git(checkout, "pull", "-q", "--ff-only")
        git(
            *(checkout, "commit", "-q", "--amend", "--no-edit", "--date", at),
            environ={"GIT_COMMITTER_DATE": at},
        )
        git(checkout, "push", "-q", "--force", "origin", "main")


def test_what_is_older_than_max_age_is_due_and_a_second_run_changes_nothing(quick_estate: QuickEstate) -> None:
    _does(quick_estate, "rotate.yml")
    [new] = quick_estate.credentials()
    assert new[0].startswith(f"{WHO}-")
    tips = quick_estate.estate.tips()
    _does(quick_estate, "rotate.yml")
    assert quick_estate.estate.tips() == tips


def test_what_is_younger_than_max_age_is_left_alone(quick_estate: QuickEstate) -> None:
    quick_estate.estate.change(policy={"max_age": "201d"})
    tips = quick_estate.estate.tips()
    assert "nothing; due" in _does(quick_estate, "rotate.yml")
    assert quick_estate.estate.tips() == tips


def test_issued_before_answers_an_incident_once(quick_estate: QuickEstate) -> None:
    tips = quick_estate.estate.tips()
    _does(quick_estate, "rotate.yml", "-e", f"issued_before={_ago(days=300):%Y-%m-%dT%H:%M:%SZ}")
    assert quick_estate.estate.tips() == tips
    incident = f"issued_before={_ago(minutes=1):%Y-%m-%dT%H:%M:%SZ}"
    _does(quick_estate, "rotate.yml", "-e", incident)
    [new] = quick_estate.credentials()
    assert new[0] != WHO
    tips = quick_estate.estate.tips()
    _does(quick_estate, "rotate.yml", "-e", incident)
    assert quick_estate.estate.tips() == tips


def test_within_the_grace_the_old_key_lives_and_after_it_the_next_run_retires_it(quick_estate: QuickEstate) -> None:
    quick_estate.estate.change(policy={"grace": "1h"})
    said = _does(quick_estate, *NAMED)
    assert "switched" in said
    assert re.search(rf"the next run after \d{{4}}-\S+Z retires {WHO}", said)
    old, new = quick_estate.credentials()
    assert quick_estate.copies() == [new, new]
    assert quick_estate.accepts(old)
    _does(quick_estate, *NAMED)
    assert quick_estate.credentials() == [old, new]
    _set_back(quick_estate, _ago(hours=2))
    _does(quick_estate, "rotate.yml")
    assert quick_estate.credentials() == [new]
    assert not quick_estate.accepts(old)


def test_retire_force_does_not_wait_for_the_grace(quick_estate: QuickEstate) -> None:
    quick_estate.estate.change(policy={"grace": "1h"})
    _does(quick_estate, *NAMED, "-e", "retire=force")
    [new] = quick_estate.credentials()
    assert quick_estate.copies() == [new, new]
    assert not quick_estate.accepts(quick_estate.past()[-1][0])


@pytest.mark.parametrize("revoke", [True, False])
def test_what_was_revoked_never_comes_back(quick_estate: QuickEstate, revoke: bool) -> None:
    [old] = quick_estate.credentials()
    _does(quick_estate, *NAMED, "-e", f"revoke={str(revoke).lower()}")
    [new] = quick_estate.credentials()
    done = quick_estate.run("rollback.yml", "-e", f"identity={WHO}")
    said = " ".join(done.output.split())
    if revoke:
        assert done.code == 2, said
        assert f"{WHO} can't be rolled back: its earlier credential {WHO} was revoked. Nothing was changed." in said
        assert f"ansible-playbook rotate.yml -e identity={WHO}" in said
        assert quick_estate.credentials() == [new]
        assert not quick_estate.accepts(old)
    else:
        assert done.code == 0, said
        assert quick_estate.credentials() == [old]
        assert quick_estate.copies() == [old, old]
        assert quick_estate.accepts(old)


def test_a_key_that_is_kept_counts_for_nothing_and_stays(quick_estate: QuickEstate) -> None:
    estate = quick_estate.estate
    place = estate.model.master
    held = json.loads(estate.document(place.repository, place.file)["stringData"]["seaweedfs_s3_config"])
    own = {"accessKey": "a-persons-own", "secretKey": "abcdefghijklmnopqrst"}
    held["identities"][0]["credentials"].insert(0, own)
    estate.set(place.repository, place.file, place.key, json.dumps(held))
    estate.commit(FIRST, "A key of my own")
    declared = estate.declaration
    declared["identities"][0]["keep"] = ["a-persons-own"]
    estate.declare(declared)
    quick_estate.deliver()
    _does(quick_estate, *NAMED)
    kept, new = quick_estate.credentials()
    assert kept == ("a-persons-own", "abcdefghijklmnopqrst")
    assert new[0].startswith(f"{WHO}-")
    assert quick_estate.copies() == [new, new]
    assert quick_estate.accepts(kept)


def test_a_key_that_is_in_its_grace_is_revoked_by_force_only_and_a_run_says_so(quick_estate: QuickEstate) -> None:
    quick_estate.estate.change(policy={"grace": "24h"})
    _does(quick_estate, *NAMED)
    asked = ("rotate.yml", "-e", f"issued_before={_ago(minutes=5):%Y-%m-%dT%H:%M:%SZ}", "-e", "revoke=true")
    late = quick_estate.run(*asked)
    assert late.code == 2
    assert f"{WHO}: the old key was rotated away before this run and is in its grace" in " ".join(late.output.split())
    _does(quick_estate, *asked, "-e", "retire=force")
    refused = quick_estate.run("rollback.yml", "-e", f"identity={WHO}")
    assert refused.code == 2
    assert "was revoked" in " ".join(refused.output.split())


def test_a_key_that_is_revoked_from_the_first_step_on_is_not_asked_for_again(quick_estate: QuickEstate) -> None:
    quick_estate.estate.change(policy={"grace": "24h"})
    for _ in range(2):
        _does(quick_estate, *NAMED, "-e", "revoke=true")


def test_times_may_be_written_in_a_play_without_quotes(quick_estate: QuickEstate, tmp_path: Path) -> None:
    play = tmp_path / "play.yml"
    play.write_text(
        "- hosts: estates\n  gather_facts: false\n  tasks:\n    - ansible.builtin.include_role:\n"
        "        name: lotus_lake.secrets.rotate\n      vars:\n"
        f"        rotate_issued_before: {_ago(minutes=1):%Y-%m-%dT%H:%M:%SZ}\n        rotate_min_age: 0\n"
    )
    before = quick_estate.credentials()
    _does(quick_estate, str(play))
    assert quick_estate.credentials() != before
