# SPDX-License-Identifier: GPL-3.0-or-later
"""Finds values by key path in a file's documents."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from ..failure import Failure
from .changes import Entry
from .key_path import KeyPath, show
from .numbering import Place, is_within


class Index:
    """The entries of a file by document and path.

    Args:
        holders: The places of mappings and lists; those with values need not be told.
    """

    def __init__(self, entries: Sequence[Entry], document_count: int, name: str, holders: Iterable[Place] = ()) -> None:
        self._name = name
        self._count = document_count
        self.by_place = {(entry.document, entry.path): entry for entry in entries}
        self._inner = {(entry.document, entry.path[:at]) for entry in entries for at in range(len(entry.path))}
        self._holders = self._inner.union(holders)

    def find(self, path: KeyPath, document: int | None) -> Entry | None:
        """The entry at a path; without a document, in the only one that has it.

        Raises:
            Failure: Several documents have it, or there is no such document.
        """
        found = [self.by_place.get((at, self.real_path(at, path))) for at in self._documents(document)]
        entries = [entry for entry in found if entry is not None]
        if len(entries) > 1:
            raise self._several(path, [entry.document for entry in entries])
        return entries[0] if entries else None

    def place_of(self, path: KeyPath, document: int | None) -> Place | None:
        """Where a value, a mapping or a list is; without a document, in the only one that has it.

        Raises:
            Failure: As for ``find``.
        """
        places = [(at, self.real_path(at, path)) for at in self._documents(document)]
        there = [place for place in places if self.has(place)]
        if len(there) > 1:
            raise self._several(path, [place[0] for place in there])
        return there[0] if there else None

    def has(self, place: Place) -> bool:
        """Whether a value, a mapping or a list is there."""
        return place in self.by_place or place in self._holders

    def without(self, removed: Place) -> Index:
        """What is left, under its old paths."""
        document, path = removed
        entries = [one for one in self.by_place.values() if one.document != document or not is_within(one.path, path)]
        holders = [place for place in self._holders if place[0] != document or not is_within(place[1], path)]
        return Index(entries, self._count, self._name, holders)

    def with_entry(self, entry: Entry) -> Index:
        """What is there with a new value, or another one in the place of an old one."""
        by_place = {**self.by_place, (entry.document, entry.path): entry}
        return Index(list(by_place.values()), self._count, self._name, self._holders)

    def place_for(self, path: KeyPath, document: int | None) -> tuple[int, KeyPath]:
        """Where a new key at this path belongs: in the named document, or the only one that has the mapping above it."""
        documents = self._documents(document)
        if len(documents) > 1:
            having = [at for at in documents if self.holds_more(at, path[:-1])] if len(path) > 1 else []
            if len(having) != 1:
                raise self._several(path[:-1] or path, having or documents)
            documents = having
        return documents[0], self.real_path(documents[0], path)

    def holds_more(self, document: int, path: KeyPath) -> bool:
        """Whether there are values below this path."""
        return (document, self.real_path(document, path)) in self._inner

    def real_path(self, document: int, path: KeyPath) -> KeyPath:
        """The path with numbers for the items of lists and texts for the keys of mappings, as far as it is there."""
        real: KeyPath = ()
        for part in path:
            step = (*real, part)
            if not self.has((document, step)):
                other: str | int = str(part) if isinstance(part, int) else int(part) if part.isdecimal() else part
                if self.has((document, (*real, other))):
                    step = (*real, other)
            real = step
        return real

    def _documents(self, document: int | None) -> list[int]:
        if document is None:
            return list(range(self._count))
        if 0 <= document < self._count:
            return [document]
        raise Failure(
            f"{self._name} has no document {document}; it has {self._count}, counted from 0.",
            state="Nothing was changed.",
            remedy="Correct the number of the document.",
        )

    def _several(self, path: KeyPath, documents: list[int]) -> Failure:
        listed = ", ".join(map(str, documents))
        return Failure(
            f"{self._name}: documents {listed} could be meant with {show(path)}.",
            state="Nothing was changed.",
            remedy="Say which document, counted from 0.",
        )
