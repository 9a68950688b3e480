# SPDX-License-Identifier: GPL-3.0-or-later
"""The table at the end of a run."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from .plans import ASKED_FOR, ISSUED_BEFORE

HEADER = ("IDENTITY", "BEFORE", "NOW", "ACCESS KEY ID", "AGE", "COPIES", "LEFT TO DO")


def table(
    now: Sequence[Mapping[str, Any]],
    before: Sequence[Mapping[str, Any]],
    holders: Sequence[Mapping[str, Any]] = (),
    *,
    restarts: bool = False,
) -> list[str]:
    """A header and a line for each identity.

    Args:
        now: As ``estate_info`` returns them.
        before: The same from the start of the run.
        holders: Who keeps an old key from being retired, as ``key_holders`` returns them.
        restarts: Whether the run restarts consumers, so that nobody else has to.
    """
    earlier = {one["name"]: one for one in before}
    rows = [HEADER, *(_row(one, earlier.get(one["name"], {}), _held(one, holders), restarts) for one in now)]
    widths = [max(len(row[column]) for row in rows) for column in range(len(HEADER))]
    return ["  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip() for row in rows]


def _row(one: Mapping[str, Any], before: Mapping[str, Any], held: str, restarts: bool) -> tuple[str, ...]:
    copies = one["copies"]
    good = sum(copy["holds"] == "current" for copy in copies)
    return (
        one["name"],
        before.get("state", ""),
        one["state"],
        one["access_key_id"] or "-",
        one["age"] or "unknown",
        f"{good} of {len(copies)}",
        _left_to_do(one, before, held, restarts),
    )


def _held(one: Mapping[str, Any], holders: Sequence[Mapping[str, Any]]) -> str:
    """Who may hold the old key of an identity: the first two by name, and how many more."""
    names = [f"{held['owner']} since {held['since']}" for held in holders if held["identity"] == one["name"]]
    more = f" and {len(names) - 2} more" if len(names) > 2 else ""
    return ", ".join(names[:2]) + more


def _left_to_do(one: Mapping[str, Any], before: Mapping[str, Any], held: str, restarts: bool) -> str:
    if one["state"] == "invalid":
        return f"a person is needed: {'; '.join(one['reasons'])}"
    told = _to_tell(one, restarts)
    if one["state"] == "switched" and held:
        return "; ".join([*told, f"the next run retires {one['outgoing']} when nobody holds it: {held}"])
    if one["state"] == "switched":
        after = f"after {one['due']} " if one["due"] else ""
        return "; ".join([*told, f"the next run {after}retires {one['outgoing']}"])
    if one["state"] == "staged":
        return "the next run switches the copies"
    if one["state"] == "drifted":
        return f"sync.yml mends: {'; '.join(one['reasons'])}"
    if told and before.get("fingerprint") not in (None, one["fingerprint"]):
        return "; ".join(told)
    if one["due"]:
        return f"nothing; due {one['due']}"
    if one["steps"] and one["why"] != ASKED_FOR:
        run = "the same run again" if one["why"].startswith(ISSUED_BEFORE) else "the next rotate.yml"
        return f"{run} rotates it: {one['why']}"
    not_begun = before.get("why") and set(before.get("steps", ())) <= {"sync"} and before.get("state") != "drifted"
    return f"nothing: {before['why']}" if not_begun else "nothing"


def _to_tell(one: Mapping[str, Any], restarts: bool) -> list[str]:
    """Who has to take the new key."""
    if not one["copies"]:
        return ["give the new key to those who use it, no copy is declared"]
    return [f"restart {', '.join(one['consumers'])}"] if one["consumers"] and not restarts else []
