# SPDX-License-Identifier: GPL-3.0-or-later
"""What a removal does to the paths of everything else: the later items of its list move up."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import TypeVar

from .key_path import KeyPath

Place = tuple[int, KeyPath]
"""A document and a path in it."""
_Held = TypeVar("_Held")


def is_within(path: KeyPath, holder: KeyPath) -> bool:
    """Whether a path is that of a mapping, list or value, or leads into it."""
    return path[: len(holder)] == holder


def moved(path: KeyPath, removed: KeyPath) -> KeyPath | None:
    """Where a path is after a removal; None where it went with it."""
    if is_within(path, removed):
        return None
    at = len(removed) - 1
    index = removed[at]
    if len(path) > at and path[:at] == removed[:at] and isinstance(index, int):
        part = path[at]
        if isinstance(part, int) and part > index:
            return (*path[:at], part - 1, *path[at + 1 :])
    return path


def moved_by_all(path: KeyPath, removed: Iterable[KeyPath]) -> KeyPath | None:
    """Where a path is after several removals, each of which sees what those before it left."""
    after: KeyPath | None = path
    for one in removed:
        after = None if after is None else moved(after, one)
    return after


def without(held: Mapping[Place, _Held], removed: Place) -> dict[Place, _Held]:
    """What is left, by where it is then."""
    left = {}
    for (document, path), one in held.items():
        after = moved(path, removed[1]) if document == removed[0] else path
        if after is not None:
            left[document, after] = one
    return left


def last_first(path: KeyPath) -> tuple[tuple[int, int, str], ...]:
    """A key to sort removals by, in reverse: later items before earlier ones, so that no path moves before its turn."""
    return tuple((0, part, "") if isinstance(part, int) else (1, 0, part) for part in path)
