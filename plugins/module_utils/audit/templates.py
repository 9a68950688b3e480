# SPDX-License-Identifier: GPL-3.0-or-later
"""The YAML that is left of a template of Jinja or Helm, line for line."""

from __future__ import annotations

import re

from .placeholders import is_placeholder

_STAND_IN = "$(template)"
_STAND_IN_WITH_A_SECRET = "a-secret-in-a-template"
"""Placeholders know the first and not the second."""

_MARKED = re.compile(r"\{\{|\{%|\{#")
_TAG = re.compile(r"\{%.*?%\}|\{#.*?#\}|\{\{-?[ ]*/\*.*?\*/[ ]*-?\}\}", re.DOTALL)
_ALONE = re.compile(r"^[ \t]*(?:\{\{(?:(?!\}\}).)*\}\}[ \t]*)+$", re.MULTILINE | re.DOTALL)
_EXPRESSION = re.compile(r"\{\{.*?\}\}+", re.DOTALL)


def is_template(text: str) -> bool:
    """Whether something in it may be an expression."""
    return _MARKED.search(text) is not None


def without_expressions(text: str) -> str:
    """The text with words in the place of expressions, and nothing in the place of what stands on lines of its own."""
    text = _TAG.sub(_only_its_lines, text)
    text = _ALONE.sub(_only_its_lines, text)
    return _EXPRESSION.sub(_stand_in, text)


def _only_its_lines(found: re.Match[str]) -> str:
    return "\n" * found[0].count("\n")


def _stand_in(found: re.Match[str]) -> str:
    word = _STAND_IN if is_placeholder(found[0]) else _STAND_IN_WITH_A_SECRET
    return word + _only_its_lines(found)
