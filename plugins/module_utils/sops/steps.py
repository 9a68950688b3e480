# SPDX-License-Identifier: GPL-3.0-or-later
"""From what was asked for to what really changes."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterable, Sequence

from ..failure import Failure
from .changes import Change, Entry, Remove, Set, Value
from .index import Index
from .key_path import KeyPath, show
from .numbering import Place, is_within, last_first

_UNCHANGED = "Nothing was changed."


@dataclasses.dataclass(frozen=True)
class Step:
    """One effective change.

    Attributes:
        value: The new value; of no meaning where the key is removed.
        exists: Whether the key is there before the step.
        removed: Whether the key goes, with all that it holds.
    """

    document: int
    path: KeyPath
    value: Value
    kind: str
    exists: bool
    removed: bool = False

    def __repr__(self) -> str:
        return f"<Step {show(self.path)}>"


def kind_of(value: Value) -> str:
    """The type of a value that comes from Python."""
    if value is None:
        return "null"
    return {bool: "bool", int: "int", float: "float"}.get(type(value), "str")


def effective_steps(
    changes: Sequence[Change],
    entries: Sequence[Entry],
    holders: Iterable[Place],
    *,
    document_count: int,
    name: str,
    only_text: bool,
) -> list[Step]:
    """The changes that make a difference, at most one for a key.

    They come in the order asked for, but removals of items at the end and the last item first: so all paths are those of
    the file before the edit.

    Args:
        holders: The places of mappings and lists, for removals; those with values need not be told.

    Raises:
        Failure: A change can't be made: a missing key, a new value for a mapping, a document that isn't clear, changes that
            contradict each other.
    """
    steps: dict[Place, Step] = {}
    index = Index(entries, document_count, name, holders)
    current = index
    for change in changes:
        if isinstance(change, Remove):
            current = _remove(steps, index, current, change, name)
            continue
        entry = current.find(change.path, change.document)
        value, kind = _as_held(change.value, name, change.path, only_text=only_text)
        if entry is None:
            document, path = _new_place(current, change, document_count, name)
            _check_stays(steps, index, (document, index.real_path(document, path)), name)
        else:
            document, path = entry.document, entry.path
        steps[document, path] = Step(document, path, value, kind, (document, path) in index.by_place)
        current = current.with_entry(Entry(document, path, value, kind, True))
    effective = [step for step in steps.values() if _matters(step, index)]
    items = [step for step in effective if step.removed and isinstance(step.path[-1], int)]
    others = [step for step in effective if step not in items]
    return others + sorted(items, key=lambda step: last_first(step.path), reverse=True)


def _remove(steps: dict[Place, Step], index: Index, current: Index, change: Remove, name: str) -> Index:
    if not change.path:
        raise _empty(name)
    place = current.place_of(change.path, change.document)
    if place is None:
        return current
    for below in [other for other in steps if other != place and other[0] == place[0] and is_within(other[1], place[1])]:
        if not steps[below].removed:
            raise _contradiction(name, below[1], place[1])
        del steps[below]
    steps[place] = Step(*place, None, "null", index.has(place), removed=True)
    return current.without(place)


def _check_stays(steps: dict[Place, Step], index: Index, place: Place, name: str) -> None:
    """One value may be removed and set again, or replaced by a mapping; anything else would be guessed at."""
    for removed, step in steps.items():
        if step.removed and step.exists and removed[0] == place[0] and is_within(place[1], removed[1]):
            item = isinstance(removed[1][-1], int) and removed != place
            if item or removed not in index.by_place:
                raise _contradiction(name, place[1], removed[1])


def _as_held(value: Value, name: str, path: KeyPath, *, only_text: bool) -> tuple[Value, str]:
    kind = kind_of(value)
    if not only_text or kind == "str":
        if kind == "int" and not -(2**63) <= int(value or 0) < 2**63:
            raise Failure(
                f"{name}: the new value of {show(path)} is a number that SOPS can't hold.",
                state=_UNCHANGED,
                remedy="Write it as a text.",
            )
        return value, kind
    if value is None:
        raise Failure(
            f"{name}: {show(path)} can't be null, this format has only texts.",
            state=_UNCHANGED,
            remedy="Set a text, or remove the key.",
        )
    return (str(value).lower() if isinstance(value, bool) else str(value)), "str"


def _matters(step: Step, index: Index) -> bool:
    if step.removed:
        return step.exists
    entry = index.by_place.get((step.document, step.path))
    if entry is None:
        return True
    if entry.type == "time" and step.kind == "str":
        return entry.value != step.value
    return (entry.type, entry.value) != (step.kind, step.value)


def _holds_more(index: Index, path: KeyPath, document: int | None, count: int) -> bool:
    return any(index.holds_more(at, path) for at in (range(count) if document is None else (document,)))


def _new_place(index: Index, change: Set, count: int, name: str) -> tuple[int, KeyPath]:
    if not change.path:
        raise _empty(name)
    if _holds_more(index, change.path, change.document, count):
        raise _mapping(name, change.path)
    if not change.create:
        raise Failure(
            f"{name} has no key {show(change.path)}.",
            state=_UNCHANGED,
            remedy="Check the key path, or ask for the key to be created.",
        )
    return index.place_for(change.path, change.document)


def _mapping(name: str, path: KeyPath) -> Failure:
    return Failure(
        f"{name}: {show(path)} holds a mapping or a list, not one value.",
        state=_UNCHANGED,
        remedy="Name a key inside it.",
    )


def _empty(name: str) -> Failure:
    return Failure(f"{name}: a key path is empty.", state=_UNCHANGED, remedy="Name a key.")


def _contradiction(name: str, changed: KeyPath, removed: KeyPath) -> Failure:
    return Failure(
        f"{name}: {show(changed)} is set and {show(removed)} is removed in one edit.",
        state=_UNCHANGED,
        remedy="Make only one of the two changes, or one after the other.",
    )
