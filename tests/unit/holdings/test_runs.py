# SPDX-License-Identifier: GPL-3.0-or-later
"""What one run does, and the next one after it: killed, forced, repeated, rolled back, raced."""

from __future__ import annotations

import dataclasses
import datetime

import pytest
from ansible_collections.lotus_lake.secrets.plugins.module_utils.failure import Failure
from ansible_collections.lotus_lake.secrets.plugins.module_utils.rotation.plans import Strategy
from ansible_collections.lotus_lake.secrets.plugins.module_utils.rotation.states import State
from ansible_collections.lotus_lake.secrets.tests.fixtures.remembered_estate import (
    NotAccepted,
    Wish,
    World,
    first_secret,
    planned,
    states,
)

HOUR = datetime.timedelta(hours=1)
NOW = Wish(frozenset(["daggy"]))
BACK = Wish(frozenset(["daggy"]), rollback=True)


def kill_points(wish: Wish, **policy: str) -> int:
    return len(World({"daggy": 3}, **policy).finish(wish))


@pytest.mark.parametrize("point", range(kill_points(NOW, grace="0")))
def test_killed_at_any_point_is_finished_by_the_next_run_with_the_same_credential(point: int) -> None:
    world = World({"daggy": 3}, grace="0")
    run = world.run(NOW)
    for _ in range(point + 1):
        next(run)
    world.finish(NOW)
    ((access_key_id, _),) = world.master()["daggy"]
    assert world.copies("daggy") == world.master()["daggy"] * 3
    assert world.issued == [access_key_id]
    assert planned(world) == {}


def test_a_run_does_the_whole_rotation_where_there_is_no_grace() -> None:
    world = World({"daggy": 2, "etl": 1}, grace="0")
    world.finish(NOW)
    assert states(world) == {"daggy": State.CURRENT, "etl": State.CURRENT}
    assert world.master()["etl"] == [first_secret("etl")]
    assert len(world.commits["h-kube"]) == 4
    assert len(world.commits["lotus-lake"]) == 2


def test_many_identities_are_one_commit_for_a_repository_and_step() -> None:
    world = World(dict.fromkeys((f"id{n}" for n in range(50)), 2), grace="0")
    world.finish(Wish(issued_before=world.time + HOUR))
    assert len(world.issued) == 50
    assert len(world.commits["h-kube"]) == 4
    assert len(world.commits["lotus-lake"]) == 2


def test_the_old_key_lives_until_the_grace_has_passed() -> None:
    world = World({"daggy": 2}, grace="24h")
    world.finish(NOW)
    assert states(world) == {"daggy": State.SWITCHED}
    world.time += 23 * HOUR
    world.finish()
    assert states(world) == {"daggy": State.SWITCHED}
    assert first_secret("daggy") in world.master()["daggy"]
    world.time += 2 * HOUR
    world.finish()
    assert states(world) == {"daggy": State.CURRENT}
    assert world.issued == [world.master()["daggy"][0][0]]


def test_force_retires_at_once() -> None:
    world = World({"daggy": 2}, grace="24h")
    world.finish(dataclasses.replace(NOW, force=True))
    assert states(world) == {"daggy": State.CURRENT}


def test_a_second_run_of_the_same_wish_changes_nothing() -> None:
    world = World({"daggy": 2}, grace="0")
    wishes = [NOW, Wish(issued_before=world.time + HOUR), dataclasses.replace(NOW, strategy=Strategy.IN_PLACE)]
    for wish in wishes:
        world.time += 2 * HOUR
        world.finish(wish)
        before = {name: len(commits) for name, commits in world.commits.items()}
        world.finish(wish)
        assert {name: len(commits) for name, commits in world.commits.items()} == before


def test_a_secret_that_is_new_under_an_id_of_long_ago_is_not_rotated_again() -> None:
    world = World({"daggy": 2}, grace="0", max_age="90d")
    world.finish(NOW)
    world.time += 100 * 24 * HOUR
    world.finish(dataclasses.replace(NOW, strategy=Strategy.IN_PLACE))
    (issued,) = world.issued
    before = {name: list(commits) for name, commits in world.commits.items()}
    for wish in (NOW, Wish(), Wish(issued_before=world.time - HOUR)):
        world.finish(wish)
    assert world.commits == before
    assert world.issued == [issued]
    world.time += 100 * 24 * HOUR
    world.finish()
    assert len(world.issued) == 2


def test_rolled_back_before_the_switch_the_new_key_goes_at_once() -> None:
    world = World({"daggy": 2})
    run = world.run(NOW)
    while next(run) != "delivered stage":
        pass
    world.finish(BACK)
    assert world.master()["daggy"] == [first_secret("daggy")]
    for _ in range(2):
        world.time += 30 * HOUR
        world.finish(BACK)
        assert world.master()["daggy"] == [first_secret("daggy")]
    assert len(world.issued) == 1


def test_rolled_back_before_retire_the_copies_go_back_and_the_new_key_goes_after_the_grace() -> None:
    world = World({"daggy": 3})
    world.finish(NOW)
    world.finish(BACK)
    assert world.copies("daggy") == [first_secret("daggy")] * 3
    assert len(world.master()["daggy"]) == 2
    world.finish(BACK)
    # the nightly run does not rotate it forward again
    world.finish()
    assert world.copies("daggy") == [first_secret("daggy")] * 3
    world.time += 25 * HOUR
    world.finish()
    assert world.master()["daggy"] == [first_secret("daggy")]
    world.finish(BACK)
    assert world.master()["daggy"] == [first_secret("daggy")]
    assert len(world.issued) == 1


def test_rolled_back_after_retire_the_old_key_comes_back_from_the_history() -> None:
    world = World({"daggy": 3}, grace="0")
    world.finish(NOW)
    assert len(world.master()["daggy"]) == 1
    world.finish(BACK)
    assert world.copies("daggy") == [first_secret("daggy")] * 3
    for _ in range(2):
        world.time += 25 * HOUR
        world.finish(BACK)
        assert world.master()["daggy"] == [first_secret("daggy")]
    assert len(world.issued) == 1


def test_a_rotation_after_a_rollback_goes_forward_and_back_again() -> None:
    world = World({"daggy": 2}, grace="0")
    for _ in range(3):
        world.time += HOUR
        world.finish(NOW)
        assert world.copies("daggy") == world.master()["daggy"] * 2 != [first_secret("daggy")] * 2
        world.time += HOUR
        world.finish(BACK)
        assert world.copies("daggy") == world.master()["daggy"] * 2 == [first_secret("daggy")] * 2


def test_a_secret_replaced_in_place_is_rolled_back_once() -> None:
    world = World({"daggy": 2}, grace="0")
    world.time += HOUR
    world.finish(dataclasses.replace(NOW, strategy=Strategy.IN_PLACE))
    ((access_key_id, secret_key),) = world.master()["daggy"]
    assert access_key_id == "daggy"
    assert secret_key != "the-first-secret-of-daggy"
    for _ in range(3):
        world.finish(BACK)
        assert world.master()["daggy"] == [first_secret("daggy")]
        assert world.copies("daggy") == [first_secret("daggy")] * 2


@pytest.mark.parametrize("grace", ["0", "24h"])
def test_what_was_revoked_does_not_come_back(grace: str) -> None:
    world = World({"daggy": 2}, grace=grace)
    world.finish(dataclasses.replace(NOW, revoke=True))
    before = world.master()
    with pytest.raises(Failure, match="daggy can't be rolled back: its earlier credential daggy was revoked"):
        world.finish(BACK)
    assert world.master() == before
    world.time += 25 * HOUR
    world.finish()
    assert len(world.master()["daggy"]) == 1
    with pytest.raises(Failure, match="was revoked"):
        world.finish(BACK)


@pytest.mark.parametrize("grace", ["0", "24h"])
def test_what_the_estate_revokes_does_not_come_back(grace: str) -> None:
    world = World({"daggy": 2}, grace=grace)
    world.finish(NOW)
    (daggy,) = world.estate.identities
    world.estate = dataclasses.replace(world.estate, identities=(dataclasses.replace(daggy, revoked=frozenset(["daggy"])),))
    before = (world.master(), world.copies("daggy"))
    with pytest.raises(Failure, match="was revoked"):
        world.finish(BACK)
    assert (world.master(), world.copies("daggy")) == before


def test_nothing_earlier_is_no_way_back() -> None:
    world = World({"daggy": 2})
    with pytest.raises(Failure, match="the history of the master holds no earlier credential of it"):
        world.finish(BACK)


def test_a_drifted_copy_is_mended_while_a_rotation_is_under_way() -> None:
    """A run that was killed before it delivered leaves a credential that no gateway takes yet."""
    world = World({"daggy": 3})
    run = world.run(NOW)
    while next(run) != "pushed stage":
        pass
    world.put("daggy", 1, ("nonsense", "nonsense"))
    assert states(world) == {"daggy": State.DRIFTED}
    world.finish()
    assert states(world) == {"daggy": State.SWITCHED}
    assert len(world.issued) == 1


def test_a_drifted_copy_is_mended_in_a_rollback() -> None:
    world = World({"daggy": 3}, grace="0")
    world.finish(NOW)
    world.put("daggy", 2, ("nonsense", "nonsense"))
    world.finish(BACK)
    assert world.copies("daggy") == [first_secret("daggy")] * 3


def test_of_two_operators_the_remote_decides() -> None:
    world = World({"daggy": 2})
    first, second = world.run(NOW), world.run(NOW)
    while next(first) != "taken stage":
        pass
    while next(second) != "taken stage":
        pass
    list(first)
    list(second)
    held = {access_key_id for access_key_id, _ in world.master()["daggy"]}
    assert held == {"daggy", *world.issued}
    assert states(world) == {"daggy": State.SWITCHED}


def test_a_rotation_that_a_rollback_took_the_key_from_says_so_and_the_next_run_mends_it() -> None:
    """One pushes the master, the other the copies, so that neither push is refused."""
    world = World({"daggy": 2})
    rotation = world.run(NOW)
    while next(rotation) != "taken switch":
        pass
    world.finish(BACK)
    assert world.master()["daggy"] == [first_secret("daggy")]
    with pytest.raises(NotAccepted, match="daggy: copies"):
        list(rotation)
    assert states(world) == {"daggy": State.DRIFTED}
    world.finish()
    assert states(world) == {"daggy": State.CURRENT}
    assert world.copies("daggy") == [first_secret("daggy")] * 2
