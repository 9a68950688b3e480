# SPDX-License-Identifier: GPL-3.0-or-later
"""What every format has to be able to do with a text. One file per format does it."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterable
from typing import Protocol

from .changes import Value
from .document import Branch, Document, Items, Leaf


@dataclasses.dataclass(frozen=True, slots=True)
class Splice:
    """New characters in the place of those from ``start`` to ``end``."""

    start: int
    end: int
    text: str

    def __repr__(self) -> str:
        return f"<Splice {self.start}..{self.end}>"


class Layout(Protocol):
    """A format. All methods raise Unsure where the program should do it."""

    only_text: bool
    """Whether every value is text, as in dotenv."""

    def parse(self, text: str) -> list[Document]:
        """The documents of a text, encrypted or not."""

    def scalar(self, text: str, leaf: Leaf, encrypted: str | None, value: Value) -> Splice:
        """Replace a scalar by ``encrypted``, or by the plain ``value`` where that is None."""

    def insertion(self, text: str, document: Document, branch: Branch, keys: list[str], new: NewScalar) -> Splice:
        """Add a member to a mapping: under the last of the keys, within new mappings for the others."""

    def removal(self, text: str, document: Document, holder: Branch | Items, key: str | int) -> Splice:
        """Remove a member of a mapping or an item of a list, with all that it holds."""


@dataclasses.dataclass(frozen=True, slots=True)
class NewScalar:
    """A scalar to be written: the encrypted text, or the plain value where that is None."""

    encrypted: str | None
    value: Value

    def __repr__(self) -> str:
        return "<NewScalar>"


def apply(text: str, splices: Iterable[Splice]) -> str:
    """The text with all splices made. They must not overlap."""
    parts: list[str] = []
    at = 0
    for splice in sorted(splices, key=lambda splice: splice.start):
        if splice.start < at:
            raise ValueError("splices overlap")
        parts += (text[at : splice.start], splice.text)
        at = splice.end
    parts.append(text[at:])
    return "".join(parts)
