# SPDX-License-Identifier: GPL-3.0-or-later
"""dotenv: one ``KEY=value`` a line, newlines in values as ``\\n``."""

from __future__ import annotations

from typing import Any

from ..failure import Failure
from .document import Branch, Document, Items, Leaf, Metadata, child
from .layout import NewScalar, Splice
from .unsure import Unsure

_PREFIX = "sops_"


class DotenvLayout:
    """A dotenv file."""

    only_text = True

    def parse(self, text: str) -> list[Document]:
        if "\r" in text:
            raise Unsure("its lines end with carriage returns")
        document = Document(Branch((), "", 0, len(text), False), [])
        metadata = Metadata()
        at = 0
        for number, line in enumerate(text.split("\n"), 1):
            if line and line[0] != "#":
                self._line(line, number, at, document, metadata)
            at += len(line) + 1
        document.metadata = metadata.values or None
        return [document]

    def _line(self, line: str, number: int, at: int, document: Document, metadata: Metadata) -> None:
        key, equals, written = line.partition("=")
        if not equals:
            raise Unsure("it is not a dotenv file", broken=f"is not a valid dotenv file in line {number}")
        start = at + len(key) + 1
        value = written.replace("\\n", "\n")
        leaf = Leaf((key,), f"{key}:", value, "str", start, at + len(line))
        if key.startswith(_PREFIX):
            name = key[len(_PREFIX) :]
            metadata.add(name, value)
            if name == "mac":
                document.mac = leaf
            elif name == "lastmodified":
                document.lastmodified = leaf
            return
        if key in document.root.members:
            raise Unsure("it has a key twice")
        document.root.members[key] = leaf
        document.root.key_spans[key] = (at, start - 1)
        document.leaves.append(leaf)

    def scalar(self, text: str, leaf: Leaf, encrypted: str | None, value: Any) -> Splice:
        return Splice(leaf.start, leaf.end, _written(encrypted, value))

    def insertion(self, text: str, document: Document, branch: Branch, keys: list[str], new: NewScalar) -> Splice:
        if len(keys) != 1:
            raise Failure(
                "A dotenv file has no keys within keys.",
                state="Nothing was changed.",
                remedy="Name the variable alone.",
            )
        key = keys[0]
        if not key or key[0] == "#" or any(character in key for character in "=\n\r") or key.startswith(_PREFIX):
            raise Failure(
                f"A dotenv file can't have the key {key!r}.",
                state="Nothing was changed.",
                remedy="Name a variable without = and line ends, that begins with neither # nor sops_.",
            )
        line = f"{key}={_written(new.encrypted, new.value)}"
        if document.leaves:
            end = document.leaves[-1].end
            return Splice(end, end, f"\n{line}")
        return Splice(0, 0, f"{line}\n")

    def removal(self, text: str, document: Document, holder: Branch | Items, key: str | int) -> Splice:
        leaf = child(holder, key)
        if not isinstance(holder, Branch) or not isinstance(leaf, Leaf):
            raise Unsure("the key holds more than one value")
        return Splice(holder.key_spans[str(key)][0], min(leaf.end + 1, len(text)), "")


def _written(encrypted: str | None, value: Any) -> str:
    if encrypted is not None:
        return encrypted
    if not isinstance(value, str) or "\\n" in value or "\r" in value:
        raise Failure(
            "A dotenv file can't hold this value in plain text.",
            state="Nothing was changed.",
            remedy="Have the rules in the file encrypt the key, or choose a value without backslashes before an n.",
        )
    return value.replace("\n", "\\n")
