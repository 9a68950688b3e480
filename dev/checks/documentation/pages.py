# SPDX-License-Identifier: GPL-3.0-or-later
"""The Markdown pages, read: their links, anchors and code blocks."""

from __future__ import annotations

import dataclasses
import os
import re
from collections.abc import Iterator
from pathlib import Path

from markdown_it import MarkdownIt
from markdown_it.token import Token

from ..places import ROOT


@dataclasses.dataclass(frozen=True)
class Block:
    """A fenced code block: where it starts, its language (may be empty) and its text."""

    place: str
    language: str
    text: str


class Page:
    """One Markdown file."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.name = os.path.relpath(path, ROOT)
        self.text = path.read_text()
        self._tokens = MarkdownIt("commonmark").enable("table").parse(self.text)

    def blocks(self) -> Iterator[Block]:
        for token in self._tokens:
            if token.type == "fence" and token.map:
                yield Block(f"{self.name}:{token.map[0] + 1}", token.info.strip(), token.content)

    def code(self) -> Iterator[str]:
        """All code: blocks, and spans in running text."""
        for block in self.blocks():
            yield block.text
        for token in self._inline():
            if token.type == "code_inline":
                yield token.content

    def links(self) -> Iterator[str]:
        for token in self._inline():
            address = token.attrs.get("href") or token.attrs.get("src")
            if address:
                yield str(address)

    def anchors(self) -> set[str]:
        """What a link to a place in the page may say after ``#``, as GitHub makes it from the headings."""
        found: set[str] = set(re.findall(r"<a (?:id|name)=\"([^\"]+)\"", self.text))
        for heading, inline in zip(self._tokens, self._tokens[1:], strict=False):
            if heading.type == "heading_open":
                text = "".join(child.content for child in inline.children or [])
                slug = re.sub(r"[^\w\- ]", "", text.lower()).replace(" ", "-")
                number = 0
                while (anchor := f"{slug}-{number}" if number else slug) in found:
                    number += 1
                found.add(anchor)
        return found

    def _inline(self) -> Iterator[Token]:
        for token in self._tokens:
            yield from token.children or []


def pages() -> list[Page]:
    """Every page that belongs to the project: at the top, in ``docs/`` and beside the roles."""
    patterns = ("*.md", "docs/**/*.md", "roles/*/README.md", "inventory/**/*.md")
    return [Page(path) for pattern in patterns for path in sorted(ROOT.glob(pattern))]
