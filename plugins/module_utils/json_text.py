# SPDX-License-Identifier: GPL-3.0-or-later
"""Changes to a JSON text that leave every other character as it is: key order, indentation, unknown fields.

Where each value begins and ends is found here, since no JSON library of Python's tells.
"""

from __future__ import annotations

import dataclasses
import json
import re
from collections.abc import Sequence
from typing import Any

Path = Sequence[str | int]


class JsonTextError(ValueError):
    """The text is no JSON, or the path isn't in it. The message holds no value of the text."""


def _no_duplicates(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    seen: dict[str, Any] = {}
    for key, value in pairs:
        if key in seen:
            raise JsonTextError(f"the key {key!r} is there twice")
        seen[key] = value
    return seen


def _no_constant(name: str) -> Any:
    raise JsonTextError(f"{name} is no JSON")


def loads(text: str) -> Any:
    """The value of a JSON text.

    Raises:
        JsonTextError: It is no JSON (with line and column), or a key is there twice.
    """
    try:
        value = json.loads(text, object_pairs_hook=_no_duplicates, parse_constant=_no_constant)
        json.dumps(value, ensure_ascii=False).encode()
    except json.JSONDecodeError as error:
        # what follows a colon is a piece of the text
        raise JsonTextError(f"line {error.lineno}, column {error.colno}: {error.msg.partition(':')[0]}") from None
    except RecursionError:
        raise JsonTextError("it is nested too deep") from None
    except UnicodeEncodeError:
        raise JsonTextError("half of a character, a lone surrogate, is in it") from None
    return value


@dataclasses.dataclass(frozen=True)
class Replace:
    """The value at ``path`` becomes ``value``, written on one line."""

    path: Path
    value: Any = dataclasses.field(repr=False)


@dataclasses.dataclass(frozen=True)
class Append:
    """The list at ``path`` gets ``item`` at its end, written in the style of the item before it."""

    path: Path
    item: Any = dataclasses.field(repr=False)


@dataclasses.dataclass(frozen=True)
class Remove:
    """The list item at ``path``, whose last component is its index, goes."""

    path: Path


Change = Replace | Append | Remove  # pylint: disable=unsupported-binary-operation


def edit(text: str, changes: Sequence[Change]) -> str:
    """The text with all changes made. Each must concern another value: paths are those of the text before.

    Raises:
        JsonTextError: The text is no JSON, a path isn't there, or two changes overlap.
    """
    loads(text)
    root = _node(text, _end(_SPACE, text, 0))
    spans = sorted((_span(text, root, change) for change in changes), reverse=True)
    following = (len(text) + 1, len(text) + 1)
    for start, stop, replacement in spans:
        if stop > following[0] or start == following[0]:
            raise JsonTextError("two changes overlap")
        text = text[:start] + replacement + text[stop:]
        following = (start, stop)
    return text


def get(text: str, path: Path) -> Any:
    """The value at ``path``.

    Raises:
        JsonTextError: The text is no JSON, or has no such path.
    """
    value = loads(text)
    for depth, part in enumerate(path):
        value = _child(value, part)
        if value is _ABSENT:
            raise JsonTextError(f"{_show(path[: depth + 1])} isn't there")
    return value


@dataclasses.dataclass(frozen=True)
class _Node:
    """A value from its first character to the one after its last, and the values in it."""

    start: int
    end: int
    inside: list[_Node] | dict[str, _Node] | None = None


_ABSENT: Any = object()
_SPACE = re.compile(r"[ \t\n\r]*")
_STRING = re.compile(r'"(?:[^"\\]|\\.)*"')
_SCALAR = re.compile(r'"(?:[^"\\]|\\.)*"|[^ \t\n\r,\]}]+')


def _node(text: str, start: int) -> _Node:
    """The value that begins at ``start``, in a text that is known to be JSON."""
    if text[start] == "[":
        return _list(text, start)
    if text[start] == "{":
        return _mapping(text, start)
    return _Node(start, _end(_SCALAR, text, start))


def _list(text: str, start: int) -> _Node:
    items: list[_Node] = []
    at = _end(_SPACE, text, start + 1)
    while text[at] != "]":
        items.append(_node(text, at))
        at = _next(text, items[-1].end)
    return _Node(start, at + 1, items)


def _mapping(text: str, start: int) -> _Node:
    values: dict[str, _Node] = {}
    at = _end(_SPACE, text, start + 1)
    while text[at] != "}":
        end = _end(_STRING, text, at)
        colon = _end(_SPACE, text, end)
        value = values[json.loads(text[at:end])] = _node(text, _end(_SPACE, text, colon + 1))
        at = _next(text, value.end)
    return _Node(start, at + 1, values)


def _next(text: str, end: int) -> int:
    """Where the item after the one that ends at ``end`` begins, or the closing bracket is."""
    at = _end(_SPACE, text, end)
    return _end(_SPACE, text, at + 1) if text[at] == "," else at


def _end(pattern: re.Pattern[str], text: str, start: int) -> int:
    found = pattern.match(text, start)
    return found.end() if found else start


def _span(text: str, root: _Node, change: Change) -> tuple[int, int, str]:
    """The characters that a change replaces, and what with."""
    if isinstance(change, Replace):
        node = _find(root, change.path)
        return node.start, node.end, json.dumps(change.value, ensure_ascii=False)
    if isinstance(change, Append):
        return _append(text, *_find_list(root, change.path), change.item)
    parent, items = _find_list(root, change.path[:-1])
    node = _find(root, change.path)
    index = items.index(node)
    if len(items) == 1:
        return parent.start, parent.end, "[]"
    if index == 0:
        return node.start, items[1].start, ""
    return items[index - 1].end, node.end, ""


def _append(text: str, node: _Node, items: list[_Node], item: Any) -> tuple[int, int, str]:
    if not items:
        return node.start, node.end, json.dumps([item], ensure_ascii=False)
    last = items[-1]
    if len(items) > 1:
        lead = text[items[-2].end : last.start].partition(",")[2]
    else:
        lead = text[node.start + 1 : last.start]
        if "\n" not in lead:
            lead = " " if ", " in text else ""
    return last.end, last.end, f",{lead}{_in_style_of(text[last.start : last.end], item)}"


def _in_style_of(example: str, item: Any) -> str:
    """``item`` with the line breaks, indentation and separators of ``example``, an item of the same list."""
    if "\n" not in example:
        spaced = ": " if '": ' in example else ":"
        comma = ", " if ", " in example or spaced == ": " else ","
        return json.dumps(item, ensure_ascii=False, separators=(comma, spaced))
    lines = example.split("\n")
    closing, inner = _indentation(lines[-1]), _indentation(lines[1])
    step = inner.removeprefix(closing) or "  "
    written = json.dumps(item, ensure_ascii=False, indent=step)
    newline = "\r\n" if "\r\n" in example else "\n"
    return written.replace("\n", newline + closing)


def _indentation(line: str) -> str:
    return line[: len(line) - len(line.lstrip(" \t"))]


def _find(root: _Node, path: Path) -> _Node:
    node = root
    for depth, part in enumerate(path):
        found = _child(node.inside, part)
        if found is _ABSENT:
            raise JsonTextError(f"{_show(path[: depth + 1])} isn't there")
        node = found
    return node


def _find_list(root: _Node, path: Path) -> tuple[_Node, list[_Node]]:
    node = _find(root, path)
    if not isinstance(node.inside, list):
        raise JsonTextError(f"{_show(path)} is no list")
    return node, node.inside


def _child(holder: Any, part: str | int) -> Any:
    """What a list or mapping has there; digits address the items of a list."""
    if isinstance(holder, list):
        index = int(part) if re.fullmatch("[0-9]+", str(part)) else -1
        return holder[index] if 0 <= index < len(holder) else _ABSENT
    return holder.get(part, _ABSENT) if isinstance(holder, dict) else _ABSENT


def _show(path: Path) -> str:
    return ".".join(str(part) for part in path) or "the document"
