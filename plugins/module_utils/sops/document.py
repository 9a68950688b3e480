# SPDX-License-Identifier: GPL-3.0-or-later
"""A file's text as a tree of places: what is where, still encrypted."""

from __future__ import annotations

import dataclasses
import itertools
from collections.abc import Iterable, Iterator
from typing import Any

from .changes import Value
from .key_path import KeyPath
from .unsure import Unsure


@dataclasses.dataclass(eq=False, slots=True)
class Leaf:
    """One scalar of the text.

    Attributes:
        path: Where in the document.
        context: What its encrypted value is bound to: the path's keys, each followed by a colon.
        value: As the text has it; encrypted values are text.
        kind: The type of ``value``, see ``Entry.type``.
        start: Its first character's place in the text, quotes included.
        end: The place after its last character.
        flow: Whether it is written among brackets or braces, or in JSON.
        style: How YAML writes it: empty for plain, else the first character.
    """

    path: KeyPath
    context: str
    value: Value
    kind: str
    start: int
    end: int
    flow: bool = False
    style: str = ""

    def __repr__(self) -> str:
        return f"<Leaf {self.start}..{self.end}>"


@dataclasses.dataclass(eq=False, slots=True)
class Branch:
    """A mapping: its members, and the spans of their keys."""

    path: KeyPath
    context: str
    start: int
    end: int
    flow: bool
    members: dict[str, Node] = dataclasses.field(default_factory=dict)
    key_spans: dict[str, tuple[int, int]] = dataclasses.field(default_factory=dict)


@dataclasses.dataclass(eq=False, slots=True)
class Items:
    """A list. In block style ``end`` may be beyond its last item's line."""

    path: KeyPath
    start: int
    end: int
    flow: bool
    items: list[Node] = dataclasses.field(default_factory=list)


Node = Leaf | Branch | Items  # pylint: disable=unsupported-binary-operation


@dataclasses.dataclass(eq=False, slots=True)
class Document:
    """One document.

    Attributes:
        root: Its data, without the metadata.
        leaves: All scalars in document order.
        metadata: The metadata as nested mappings, lists and texts; None where the document has none.
        mac: The place of the MAC in the text.
        lastmodified: The place of ``lastmodified`` in the text.
        indent: How many columns the metadata is indented.
    """

    root: Branch
    leaves: list[Leaf]
    metadata: dict[str, Any] | None = None
    mac: Leaf | None = None
    lastmodified: Leaf | None = None
    indent: int = 2

    def at(self, path: KeyPath) -> Node | None:
        """What is at a path, or None."""
        node: Node = self.root
        for part in path:
            found = child(node, part)
            if found is None:
                return None
            node = found
        return node


def holders(documents: Iterable[Document]) -> Iterator[tuple[int, Branch | Items]]:
    """All mappings and lists within the documents, empty ones too, with their document's place."""
    for number, document in enumerate(documents):
        below: list[Node] = list(document.root.members.values())
        while below:
            node = below.pop()
            if not isinstance(node, Leaf):
                yield number, node
                below += node.members.values() if isinstance(node, Branch) else node.items


def child(node: Node, part: str | int) -> Node | None:
    """The member or item that a part of a key path names. Digits in a text name an item where there is a list."""
    if isinstance(node, Branch):
        return node.members.get(str(part))
    if isinstance(node, Items):
        try:
            index = int(part)
        except ValueError:
            return None
        return node.items[index] if 0 <= index < len(node.items) else None
    return None


class Metadata:
    """Puts a metadata mapping together whose keys are flattened: ``age__list_0__map_enc``."""

    def __init__(self) -> None:
        self.values: dict[str, Any] = {}

    def add(self, key: str, value: str) -> None:
        """Put a value in its place. Lists must come in order, as SOPS writes them."""
        parts: list[str | int] = []
        for piece in key.split("__"):
            if not parts and not piece.startswith(("map_", "list_")):
                parts.append(piece)
            elif piece.startswith("map_"):
                parts.append(piece[4:])
            elif piece.startswith("list_") and piece[5:].isdecimal():
                parts.append(int(piece[5:]))
            else:
                raise Unsure("its metadata is oddly written")
        container: Any = self.values
        for part, following in itertools.pairwise(parts):
            container = self._into(container, part, [] if isinstance(following, int) else {})
        self._into(container, parts[-1], value)

    @staticmethod
    def _into(container: Any, part: str | int, default: Any) -> Any:
        if isinstance(part, int) and isinstance(container, list):
            while len(container) <= part:
                container.append({} if isinstance(default, dict) else default)
            return container[part]
        if isinstance(part, str) and isinstance(container, dict):
            return container.setdefault(part, default)
        raise Unsure("its metadata is oddly written")
