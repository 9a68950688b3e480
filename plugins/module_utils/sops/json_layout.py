# SPDX-License-Identifier: GPL-3.0-or-later
"""JSON, with the place of every value."""

from __future__ import annotations

import json
import math
import re
from json.decoder import scanstring  # type: ignore[attr-defined]
from typing import Any, NoReturn

from .cipher import ENCRYPTED
from .document import Branch, Document, Items, Leaf, Node, child
from .key_path import KeyPath
from .layout import NewScalar, Splice
from .unsure import Unsure

_SPACE = re.compile(r"[ \t\r\n]*")
_NUMBER = re.compile(r"-?(?:0|[1-9][0-9]*)(\.[0-9]+)?([eE][-+]?[0-9]+)?", re.ASCII)
_WORDS: tuple[tuple[str, Any, str], ...] = (("true", True, "bool"), ("false", False, "bool"), ("null", None, "null"))
_EXACT = 2**53
_ESCAPED = str.maketrans({"<": "\\u003c", ">": "\\u003e", "&": "\\u0026", "\u2028": "\\u2028", "\u2029": "\\u2029"})


class JsonLayout:
    """One JSON object."""

    only_text = False

    def parse(self, text: str) -> list[Document]:
        return [_Reading(text).document()]

    def scalar(self, text: str, leaf: Leaf, encrypted: str | None, value: Any) -> Splice:
        if encrypted and isinstance(leaf.value, str) and ENCRYPTED.fullmatch(leaf.value):
            at = text.find(leaf.value, leaf.start, leaf.end)
            if at >= 0:
                return Splice(at, at + len(leaf.value), encrypted)
        return Splice(leaf.start, leaf.end, _written(encrypted, value))

    def insertion(self, text: str, document: Document, branch: Branch, keys: list[str], new: NewScalar) -> Splice:
        first = _SPACE.match(text, branch.start + 1)
        space = first.group() if first else ""
        if text[branch.start + 1 + len(space)] == "}":
            raise Unsure("the new key's place is an empty object")
        newline, _line_break, indent = space.rpartition("\n")
        unit = document.indent * " " if document.indent > 0 else "\t"
        member = _member(keys, _written(new.encrypted, new.value), indent if "\n" in space else None, newline, unit)
        if not branch.members:
            at = branch.start + 1 + len(space)
            return Splice(at, at, f"{member},{space}")
        at = list(branch.members.values())[-1].end
        return Splice(at, at, f",{space}{member}")

    def removal(self, text: str, document: Document, holder: Branch | Items, key: str | int) -> Splice:
        node = child(holder, key)
        if node is None:
            raise Unsure("the key's place can't be told")
        start = holder.key_spans[str(key)][0] if isinstance(holder, Branch) else node.start
        before = len(text[:start].rstrip(" \t\r\n"))
        if text[before - 1] == ",":
            return Splice(before - 1, node.end, "")
        space = _SPACE.match(text, node.end)
        after = space.end() if space else node.end
        if text[after] != ",":
            return Splice(holder.start + 1, holder.end - 1, "")
        space = _SPACE.match(text, after + 1)
        return Splice(start, space.end() if space else after + 1, "")


class _Reading:
    """A scanner that is as strict as JSON's grammar and keeps places."""

    def __init__(self, text: str) -> None:
        self._text = text
        self._leaves: list[Leaf] = []

    def document(self) -> Document:
        at = self._skip(0)
        if self._text[at : at + 1] != "{":
            self._broken(at)
        root, end = self._branch(at, (), "")
        if self._skip(end) != len(self._text):
            self._broken(end)
        document = Document(root, [leaf for leaf in self._leaves if leaf.path[0] != "sops"])
        document.indent = self._indent(root)
        metadata = root.members.pop("sops", None)
        root.key_spans.pop("sops", None)
        if metadata is not None:
            if not isinstance(metadata, Branch):
                raise Unsure("its metadata is oddly written")
            document.metadata = _plain(metadata)
            mac, lastmodified = metadata.members.get("mac"), metadata.members.get("lastmodified")
            document.mac = mac if isinstance(mac, Leaf) else None
            document.lastmodified = lastmodified if isinstance(lastmodified, Leaf) else None
        return document

    def _indent(self, root: Branch) -> int:
        if not root.key_spans:
            return 2
        start = next(iter(root.key_spans.values()))[0]
        line = self._text[self._text.rfind("\n", 0, start) + 1 : start]
        return 0 if line.startswith("\t") else max(len(line), 1)

    def _node(self, at: int, path: KeyPath, context: str) -> tuple[Node, int]:
        character = self._text[at : at + 1]
        if character == '"':
            value, end = self._string(at)
            return self._leaf(path, context, value, "str", at, end), end
        if character == "{":
            return self._branch(at, path, context)
        if character == "[":
            return self._items(at, path, context)
        for word, constant, kind in _WORDS:
            if self._text.startswith(word, at):
                end = at + len(word)
                return self._leaf(path, context, constant, kind, at, end), end
        match = _NUMBER.match(self._text, at)
        if match is None:
            self._broken(at)
        number, kind = _number(match)
        return self._leaf(path, context, number, kind, at, match.end()), match.end()

    def _leaf(self, path: KeyPath, context: str, value: Any, kind: str, start: int, end: int) -> Leaf:
        leaf = Leaf(path, context, value, kind, start, end, True, '"' if kind == "str" else "")
        self._leaves.append(leaf)
        return leaf

    def _branch(self, at: int, path: KeyPath, context: str) -> tuple[Branch, int]:
        branch = Branch(path, context, at, at, True)
        at = self._skip(at + 1)
        while self._text[at : at + 1] != "}":
            if branch.members:
                at = self._skip(self._expect(at, ","))
            key, end = self._string(at)
            if key in branch.members:
                raise Unsure("it has a key twice")
            branch.key_spans[key] = (at, end)
            at = self._skip(self._expect(self._skip(end), ":"))
            branch.members[key], at = self._node(at, (*path, key), f"{context}{key}:")
            at = self._skip(at)
        branch.end = at + 1
        return branch, at + 1

    def _items(self, at: int, path: KeyPath, context: str) -> tuple[Items, int]:
        items = Items(path, at, at, True)
        at = self._skip(at + 1)
        while self._text[at : at + 1] != "]":
            if items.items:
                at = self._skip(self._expect(at, ","))
            node, at = self._node(at, (*path, len(items.items)), context)
            items.items.append(node)
            at = self._skip(at)
        items.end = at + 1
        return items, at + 1

    def _string(self, at: int) -> tuple[str, int]:
        self._expect(at, '"')
        try:
            value, end = scanstring(self._text, at + 1, True)
        except json.JSONDecodeError as error:
            self._broken(error.pos)
        if not value.isascii() and any("\ud800" <= character <= "\udfff" for character in value):
            raise Unsure("it has half a surrogate pair")
        return value, end

    def _expect(self, at: int, character: str) -> int:
        if self._text[at : at + 1] != character:
            self._broken(at)
        return at + 1

    def _skip(self, at: int) -> int:
        match = _SPACE.match(self._text, at)
        return match.end() if match else at

    def _broken(self, at: int) -> NoReturn:
        line = self._text.count("\n", 0, at) + 1
        raise Unsure("it is not JSON", broken=f"is not valid JSON in line {line}")


def _number(match: re.Match[str]) -> tuple[Any, str]:
    text = match.group()
    if match[1] is None and match[2] is None:
        number = int(text)
        # SOPS up to 3.11 reads every number as a float, later versions don't.
        if abs(number) > _EXACT or text == "-0":
            raise Unsure("it has a number that SOPS's versions take differently")
        return number, "int"
    value = float(text)
    if value in (float("inf"), float("-inf")):
        raise Unsure("it has a number that is too large")
    return value, "float"


def _plain(node: Node) -> Any:
    if isinstance(node, Branch):
        return {key: _plain(value) for key, value in node.members.items()}
    if isinstance(node, Items):
        return [_plain(item) for item in node.items]
    return node.value if isinstance(node.value, str) or node.value is None else json.dumps(node.value)


def _written(encrypted: str | None, value: Any) -> str:
    if encrypted is not None:
        return f'"{encrypted}"'
    if isinstance(value, float) and not math.isfinite(value):
        raise Unsure("JSON has no such number")
    # As SOPS itself writes JSON.
    return json.dumps(value, ensure_ascii=False).translate(_ESCAPED)


def _member(keys: list[str], value: str, indent: str | None, newline: str, unit: str) -> str:
    key = json.dumps(keys[0], ensure_ascii=False)
    if len(keys) == 1:
        return f"{key}: {value}"
    if indent is None:
        return f"{key}: {{{_member(keys[1:], value, None, newline, unit)}}}"
    inner = _member(keys[1:], value, indent + unit, newline, unit)
    return f"{key}: {{{newline}\n{indent}{unit}{inner}{newline}\n{indent}}}"
