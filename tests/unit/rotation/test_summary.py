# SPDX-License-Identifier: GPL-3.0-or-later
"""The table at the end of a run."""

from __future__ import annotations

from typing import Any

from ansible_collections.lotus_lake.secrets.plugins.module_utils.rotation import summary


def one(name: str, state: str, **more: Any) -> dict[str, Any]:
    return {
        "name": name,
        "state": state,
        "access_key_id": f"{name}-new",
        "outgoing": f"{name}-old",
        "fingerprint": "fp:new",
        "age": "3d 4h",
        "copies": [{"place": "a", "holds": "current"}, {"place": "b", "holds": "old"}],
        "consumers": [],
        "reasons": [],
        "due": None,
        "steps": [],
        "why": "",
        **more,
    }


def last_words(row: str) -> str:
    return row.split("  ")[-1]


def test_a_row_for_each_identity_under_one_header() -> None:
    lines = summary.table(
        [one("daggy", "staged"), one("a-longer-name", "current", due="2027-01-01T00:00:00Z")], [one("daggy", "current")]
    )
    assert lines == [
        "IDENTITY       BEFORE   NOW      ACCESS KEY ID      AGE    COPIES  LEFT TO DO",
        "daggy          current  staged   daggy-new          3d 4h  1 of 2  the next run switches the copies",
        "a-longer-name           current  a-longer-name-new  3d 4h  1 of 2  nothing; due 2027-01-01T00:00:00Z",
    ]


def test_what_is_left_to_do_is_said_for_every_state() -> None:
    consumers = ["Deployment/web in lake"]
    rows = [
        one("a", "current"),
        one("a", "current", steps=["stage"], why="older than max_age, 95d"),
        one("a", "current", steps=["stage"], why="asked for"),
        one("b", "switched", due="2027-01-01T00:00:00Z", consumers=consumers),
        one("c", "switched"),
        one("c", "switched", copies=[], consumers=[]),
        one("d", "drifted", reasons=["x holds y"]),
        one("e", "invalid", access_key_id=None, age=None, copies=[], reasons=["e is gone"]),
    ]
    assert [last_words(line) for line in summary.table(rows, [])[1:]] == [
        "nothing",
        "the next rotate.yml rotates it: older than max_age, 95d",
        "nothing",
        "restart Deployment/web in lake; the next run after 2027-01-01T00:00:00Z retires b-old",
        "the next run retires c-old",
        "give the new key to those who use it, no copy is declared; the next run retires c-old",
        "sync.yml mends: x holds y",
        "a person is needed: e is gone",
    ]
    assert summary.table(rows, [])[-1].split()[:5] == ["e", "invalid", "-", "unknown", "0"]


def test_who_has_to_take_a_new_key_is_said_where_nothing_is_left_for_a_run() -> None:
    """Where there is no grace, and in place."""
    consumers = ["Cluster/db in lake"]
    now = [one("a", "current", consumers=consumers, due="2027-01-01T00:00:00Z"), one("b", "current", copies=[])]
    earlier = [one(name, "current", fingerprint="fp:old") for name in ("a", "b")]
    assert [last_words(line) for line in summary.table(now, earlier)[1:]] == [
        "restart Cluster/db in lake",
        "give the new key to those who use it, no copy is declared",
    ]
    assert last_words(summary.table(now[:1], now[:1])[1]) == "nothing; due 2027-01-01T00:00:00Z"


def test_why_nothing_was_done_is_said() -> None:
    young = {"why": "made 5m ago, which is less than min_age (15m)"}
    again = {"why": f"{young['why']}; delivers again what an earlier run changed", "steps": ["sync"]}
    mended = {"why": "x holds y", "steps": ["sync"], "state": "drifted"}
    begun = {"why": "asked for", "steps": ["stage", "switch"]}
    for before, said in (
        (young, f"nothing: {young['why']}"),
        (again, f"nothing: {again['why']}"),
        (mended, "nothing"),
        (begun, "nothing"),
    ):
        assert last_words(summary.table([one("a", "current")], [one("a", "current") | before])[1]) == said


def test_a_rotation_that_takes_the_same_run_again_is_told_from_one_of_the_night() -> None:
    row = one("a", "current", steps=["stage"], why="issued before 2026-01-01 00:00:00Z")
    assert last_words(summary.table([row], [])[1]) == "the same run again rotates it: issued before 2026-01-01 00:00:00Z"


def test_no_identity_is_a_header_alone() -> None:
    assert summary.table([], []) == ["  ".join(summary.HEADER)]


def test_who_keeps_an_old_key_is_named_and_nobody_is_to_restart_what_the_run_restarts() -> None:
    row = one("a", "switched", due="2027-01-01T00:00:00Z", consumers=["Deployment/web in lake"])
    assert last_words(summary.table([row], [], restarts=True)[1]) == "the next run after 2027-01-01T00:00:00Z retires a-old"
    holders = [{"identity": "a", "owner": f"Job/run-{number}", "since": "2026-11-26T10:00:00Z"} for number in (1, 2, 3)]
    others = [{"identity": "b", "owner": "Job/run-4", "since": "2026-11-26T10:00:00Z"}]
    assert last_words(summary.table([row], [], [*holders, *others], restarts=True)[1]) == (
        "the next run retires a-old when nobody holds it: "
        "Job/run-1 since 2026-11-26T10:00:00Z, Job/run-2 since 2026-11-26T10:00:00Z and 1 more"
    )
    now = [one("b", "current", consumers=["Cluster/db in lake"])]
    assert last_words(summary.table(now, [one("b", "current", fingerprint="fp:old")], restarts=True)[1]) == "nothing"
