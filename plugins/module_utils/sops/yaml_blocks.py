# SPDX-License-Identifier: GPL-3.0-or-later
"""Which lines of a YAML text a member of a mapping or an item of a list has, in block style."""

from __future__ import annotations

import itertools
import re

from .document import Branch, Document, Items, Leaf, Node
from .unsure import Unsure

_COLON = re.compile(r"[ \t]*:(?=\s)")
_ENCRYPTED_NOTE = re.compile(r"#[ \t]*ENC\[")


def first_line(text: str, holder: Branch | Items, key: str | int, node: Node) -> int:
    """The start of the line that the member's key or the item's dash is the first of.

    Raises:
        Unsure: Something else comes first in that line.
    """
    at = holder.key_spans[str(key)][0] if isinstance(holder, Branch) else _dash(text, holder, node)
    start = _start_of_line(text, at)
    if text[start:at].strip(" "):
        raise Unsure("what goes does not begin its line")
    return start


def end_of_block(text: str, node: Node, start: int) -> int:
    """The start of the line after the block that begins with the line at ``start``.

    Comments after a mapping or list that are further in than its key or dash are its own.
    """
    end = _next_line(text, _end_of_content(text, node))
    if isinstance(node, Leaf):
        return end
    column = _indent(text[start:end])
    at = end
    while at < len(text):
        following = _next_line(text, at)
        line = text[at:following]
        if not _is_note(line):
            break
        if line.strip() and _indent(line) > column:
            end = following
        at = following
    return end


def after_key(text: str, document: Document, holder: Branch | Items) -> int:
    """The place after the colon of the key that has a mapping or list.

    Raises:
        Unsure: It is not a member of a mapping.
    """
    above = document.at(holder.path[:-1]) if holder.path else None
    if not isinstance(above, Branch) or above.flow:
        raise Unsure("what goes is the only one in something that is not below a key")
    colon = _COLON.match(text, above.key_spans[str(holder.path[-1])][1])
    if colon is None:
        raise Unsure("a key is oddly written")
    return colon.end()


def no_encrypted_notes(text: str, start: int, end: int) -> None:
    """Check that there are none in these lines and the comments around them.

    Raises:
        Unsure: There are; sops binds them to the key that they belong to, and it alone knows which that is.
    """
    before = itertools.takewhile(_is_note, reversed(text[:start].split("\n")[:-1]))
    after = itertools.takewhile(_is_note, text[end:].split("\n"))
    if any(_ENCRYPTED_NOTE.search(part) for part in (text[start:end], *before, *after)):
        raise Unsure("it has encrypted comments around what goes")


def _dash(text: str, holder: Items, node: Node) -> int:
    """All dashes of a list are in one column; an item may begin some lines below its own."""
    column = holder.start - _start_of_line(text, holder.start)
    start = _start_of_line(text, node.start)
    while start > holder.start and (text[start : start + column].strip(" ") or text[start + column : start + column + 1] != "-"):
        if not _is_note(text[start : _next_line(text, start)]) and start != _start_of_line(text, node.start):
            raise Unsure("an item of a list is oddly written")
        start = _start_of_line(text, start - 1)
    at = start + column
    if text[at : at + 1] != "-" or at > node.start:
        raise Unsure("an item of a list is oddly written")
    return at


def _end_of_content(text: str, node: Node) -> int:
    if isinstance(node, Leaf):
        return node.start + len(text[node.start : node.end].rstrip())
    if node.flow:
        return node.end
    return _end_of_content(text, (list(node.members.values()) if isinstance(node, Branch) else node.items)[-1])


def _is_note(line: str) -> bool:
    return not line.strip() or line.lstrip(" \t").startswith("#")


def _indent(line: str) -> int:
    return len(line) - len(line.lstrip(" "))


def _start_of_line(text: str, at: int) -> int:
    return text.rfind("\n", 0, at) + 1


def _next_line(text: str, at: int) -> int:
    end = text.find("\n", at)
    return len(text) if end < 0 else end + 1
