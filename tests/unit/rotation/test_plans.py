# SPDX-License-Identifier: GPL-3.0-or-later
"""What a run does with one identity, and why."""

from __future__ import annotations

import dataclasses
import datetime
from typing import Any

import pytest
from ansible_collections.lotus_lake.secrets.plugins.module_utils.rotation.observed import Copy, Credential, Identity
from ansible_collections.lotus_lake.secrets.plugins.module_utils.rotation.plans import (
    Candidate,
    Outlook,
    Request,
    Rules,
    Step,
    Strategy,
    outlook,
    retire_due,
)
from ansible_collections.lotus_lake.secrets.plugins.module_utils.rotation.states import State, assess

NOW = datetime.datetime(2026, 11, 24, 12, tzinfo=datetime.UTC)
DAY = datetime.timedelta(days=1)
HOUR = datetime.timedelta(hours=1)
RULES = Rules(max_age=90 * DAY, min_age=15 * datetime.timedelta(minutes=1), grace=24 * HOUR, strategy=Strategy.OVERLAP)
ASKED = frozenset(["daggy"])


def candidate(
    state: State, age: datetime.timedelta | None = DAY, *, switched: datetime.timedelta | None = None, **rules: Any
) -> Candidate:
    """An identity in a state; ``age`` is that of its target, ``switched`` how long ago its copies took it."""
    born = NOW - age if age is not None else None
    old = Credential("daggy", "old", (born or NOW) - 365 * DAY)
    new = Credential("daggy-20261124T000000Z", "new", born)
    credentials = (old, new) if state in (State.STAGED, State.SWITCHED) else (new,)
    held = {State.STAGED: old, State.DRIFTED: Credential("x", "y")}.get(state, new)
    copies = (Copy("a", held.access_key_id, held.secret_key),)
    found = assess(Identity("daggy", state is not State.INVALID, False, credentials, copies))
    assert found.state is state
    switched_at = NOW - switched if switched is not None else None
    return Candidate(found, dataclasses.replace(RULES, **rules), switched_at)


def plan(one: Candidate, **asked: Any) -> Outlook:
    return outlook(one, Request(NOW, **asked))


def steps(one: Candidate, **asked: Any) -> str:
    return " ".join(plan(one, **asked).steps)


def test_the_master_of_an_identity_without_copies_is_delivered_again() -> None:
    old, new = Credential("daggy", "old", NOW - 365 * DAY), Credential("daggy-20261124T000000Z", "new", NOW - HOUR)
    found = assess(Identity("daggy", True, False, (old, new), ()))
    assert found.state is State.SWITCHED
    assert steps(Candidate(found, RULES, NOW - HOUR)) == "stage"
    assert steps(Candidate(found, RULES, NOW - 25 * HOUR)) == "stage retire"


def test_what_is_not_due_says_when_it_will_be() -> None:
    found = plan(candidate(State.CURRENT, 10 * DAY))
    assert (found.steps, found.why, found.due) == ((), "not due", NOW + 80 * DAY)


@pytest.mark.parametrize(("age", "taken"), [(90 * DAY - HOUR, ""), (90 * DAY, "stage switch"), (400 * DAY, "stage switch")])
def test_what_is_older_than_max_age_is_rotated(age: datetime.timedelta, taken: str) -> None:
    found = plan(candidate(State.CURRENT, age))
    assert " ".join(found.steps) == taken
    assert (found.why != "not due") == bool(taken)


def test_an_unknown_age_is_due() -> None:
    assert plan(candidate(State.CURRENT, None)).why == "its age is unknown"
    assert steps(candidate(State.CURRENT, None)) == "stage switch"


def test_without_max_age_nothing_is_due() -> None:
    found = plan(candidate(State.CURRENT, 4000 * DAY, max_age=None))
    assert (found.steps, found.why, found.due) == ((), "no max_age is declared", None)


def test_what_is_asked_for_is_rotated_unless_it_is_younger_than_min_age() -> None:
    assert steps(candidate(State.CURRENT, HOUR), identities=ASKED) == "stage switch"
    found = plan(candidate(State.CURRENT, datetime.timedelta(minutes=14)), identities=ASKED)
    assert (found.steps, found.why) == ((), "made 14m ago, which is less than min_age (15m)")
    assert (
        steps(candidate(State.CURRENT, datetime.timedelta(0), min_age=datetime.timedelta(0)), identities=ASKED) == "stage switch"
    )


def test_min_age_protects_what_a_run_made_and_not_what_somebody_made_by_hand() -> None:
    by_hand = assess(Identity("daggy", True, False, (Credential("daggy", "x", NOW - DAY / 1000),), ()))
    assert steps(Candidate(by_hand, RULES), identities=ASKED) == "stage switch"
    in_place = dataclasses.replace(RULES, strategy=Strategy.IN_PLACE)
    assert steps(Candidate(by_hand, in_place), identities=ASKED) == ""


def test_what_is_not_asked_for_is_left_alone_in_any_state() -> None:
    for state in (State.CURRENT, State.STAGED, State.SWITCHED, State.DRIFTED):
        found = plan(candidate(state, 400 * DAY, switched=9 * DAY), identities=frozenset(["other"]))
        assert (found.steps, found.why, found.state) == ((), "not asked for", state)


def test_issued_before_rotates_all_that_are_older_and_asks_nothing_else() -> None:
    before = NOW - HOUR
    assert steps(candidate(State.CURRENT, 2 * HOUR), issued_before=before) == "stage switch"
    assert steps(candidate(State.CURRENT, None), issued_before=before) == "stage switch"
    assert plan(candidate(State.CURRENT, 2 * HOUR), issued_before=before).why == "issued before 2026-11-24 11:00:00Z"
    # so a second answer to the incident changes nothing, however old max_age finds it
    for age in (HOUR, HOUR / 2):
        found = plan(candidate(State.CURRENT, age, max_age=HOUR / 4), issued_before=before, identities=ASKED)
        assert (found.steps, found.why) == ((), "issued after 2026-11-24 11:00:00Z")


@pytest.mark.parametrize("state", [State.CURRENT, State.STAGED, State.SWITCHED, State.DRIFTED])
def test_what_the_incident_asks_for_is_told_whatever_has_to_be_finished_first(state: State) -> None:
    found = candidate(state, 2 * HOUR, switched=HOUR)
    assert plan(found, issued_before=NOW - HOUR).outdated
    assert not plan(found, issued_before=NOW - 3 * HOUR).outdated
    assert not plan(found).outdated
    assert plan(candidate(State.CURRENT, None), issued_before=NOW - HOUR).outdated


def test_in_place_is_one_step() -> None:
    assert steps(candidate(State.CURRENT, HOUR, strategy=Strategy.IN_PLACE), identities=ASKED) == "replace"
    assert steps(candidate(State.STAGED, HOUR, strategy=Strategy.IN_PLACE), identities=ASKED) == "stage switch"


@pytest.mark.parametrize("asked", [{}, {"identities": ASKED}, {"begin": False}, {"issued_before": NOW - 99 * DAY}])
def test_what_is_pending_is_finished_whatever_is_asked_for(asked: dict[str, Any]) -> None:
    assert steps(candidate(State.STAGED), **asked) == "stage switch"
    assert steps(candidate(State.SWITCHED, switched=25 * HOUR), **asked) == "switch retire"
    waiting = plan(candidate(State.SWITCHED, switched=23 * HOUR), **asked)
    assert (waiting.steps, waiting.due) == ((Step.SWITCH,), NOW + HOUR)
    assert waiting.why == "waits for the grace to pass, then retires the old key"


def test_force_and_no_grace_retire_in_the_same_run() -> None:
    nothing = datetime.timedelta(0)
    for options, asked in (({}, {"force": True}), ({"grace": nothing}, {})):
        assert steps(candidate(State.CURRENT, HOUR, **options), identities=ASKED, **asked) == "stage switch retire"
        assert steps(candidate(State.STAGED, **options), **asked) == "stage switch retire"
        assert steps(candidate(State.SWITCHED, switched=HOUR, **options), **asked) == "switch retire"


def test_a_switch_that_nobody_knows_the_time_of_counts_from_now() -> None:
    assert retire_due(candidate(State.SWITCHED), NOW) == NOW + 24 * HOUR
    assert steps(candidate(State.SWITCHED)) == "switch"


def test_a_drifted_copy_is_mended_first_and_what_was_asked_for_follows() -> None:
    assert steps(candidate(State.DRIFTED, HOUR)) == "sync"
    assert steps(candidate(State.DRIFTED, HOUR), identities=ASKED) == "sync stage switch"
    assert steps(candidate(State.DRIFTED, 400 * DAY)) == "sync stage switch"
    assert steps(candidate(State.DRIFTED, 400 * DAY), begin=False) == "sync"
    assert steps(candidate(State.DRIFTED, HOUR, strategy=Strategy.IN_PLACE), identities=ASKED) == "sync replace"
    assert "holds an access key id, which the master does not have" in plan(candidate(State.DRIFTED)).why


def test_a_drifted_copy_in_a_rotation_that_is_under_way_does_not_end_it() -> None:
    under_way = candidate(State.SWITCHED)
    copies = (Copy("a", None, None),)
    credentials = (Credential("daggy", "old", NOW - 9 * DAY), Credential("daggy-new", "new", NOW - DAY))
    drifted = dataclasses.replace(under_way, assessment=assess(Identity("daggy", True, False, credentials, copies)))
    assert steps(drifted) == "sync stage switch"
    assert steps(drifted, force=True) == "sync stage switch retire"


def test_nothing_begins_where_nothing_may() -> None:
    assert steps(candidate(State.CURRENT, 400 * DAY), begin=False) == ""
    assert steps(candidate(State.CURRENT, 400 * DAY), begin=False, identities=ASKED) == ""


def test_only_the_steps_that_may_be_taken_are_planned() -> None:
    assert steps(candidate(State.DRIFTED, 400 * DAY), only=frozenset([Step.SYNC])) == "sync"
    assert steps(candidate(State.CURRENT, 400 * DAY), only=frozenset([Step.SYNC])) == ""


def test_an_invalid_identity_needs_a_person() -> None:
    for asked in ({}, {"identities": ASKED}, {"rollback": True}, {"force": True}):
        found = plan(candidate(State.INVALID), **asked)
        assert (found.steps, found.needs_person, found.state) == ((), True, State.INVALID)
        assert "not in the master" in found.why
    assert not any(plan(candidate(state)).needs_person for state in State if state is not State.INVALID)


@pytest.mark.parametrize("state", [State.CURRENT, State.STAGED, State.SWITCHED, State.DRIFTED])
def test_a_rollback_stages_nothing_new(state: State) -> None:
    assert steps(candidate(state), rollback=True, identities=ASKED) == "rollback switch"
    assert steps(candidate(state), rollback=True, identities=ASKED, force=True) == "rollback switch retire"


def test_a_rollback_that_was_begun_is_finished_and_begins_nothing() -> None:
    asked = {"rollback": True, "identities": ASKED}
    back = {state: dataclasses.replace(candidate(state, 400 * DAY, switched=25 * HOUR), rolled_back=True) for state in State}
    found = plan(back[State.CURRENT], **asked)
    assert (found.steps, found.why) == ((), "was rolled back already")
    assert steps(back[State.STAGED], **asked) == "stage switch"
    assert steps(back[State.SWITCHED], **asked) == "switch retire"
    assert steps(back[State.DRIFTED], **asked) == "sync"


def test_steps_are_planned_in_the_order_in_which_a_run_takes_them() -> None:
    order = list(Step)
    for state in State:
        for rollback in (False, True):
            planned = plan(candidate(state, 400 * DAY, switched=25 * HOUR), rollback=rollback, force=True).steps
            assert list(planned) == sorted(planned, key=order.index)


def test_what_a_single_step_changed_and_nobody_knows_to_be_delivered_is_delivered_again() -> None:
    waiting = dataclasses.replace(candidate(State.CURRENT, 10 * DAY), undelivered=True)
    assert steps(waiting) == "sync"
    assert steps(waiting, begin=False, only=frozenset([Step.SYNC])) == "sync"
    assert plan(waiting).due == NOW + 80 * DAY
    assert steps(dataclasses.replace(candidate(State.CURRENT, 400 * DAY), undelivered=True)) == "stage switch"
