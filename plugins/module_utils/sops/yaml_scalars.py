# SPDX-License-Identifier: GPL-3.0-or-later
"""Plain values and keys as YAML writes them, read alike by every version of YAML."""

from __future__ import annotations

import math
import re

from .changes import Value
from .go_scalars import go_float

_SAFE = re.compile(r"[A-Za-z_][A-Za-z0-9_./-]*")
_WORDS = re.compile(r"(?:y|n|yes|no|on|off|true|false|null)", re.IGNORECASE)
_ESCAPED = re.compile(r'[\x00-\x1f"\\\x7f-\xa0\u2028\u2029\ufeff\ufffe\uffff]')
_SHORT = {"\n": "\\n", "\t": "\\t", "\r": "\\r", '"': '\\"', "\\": "\\\\"}


def plain_text(value: Value, *, quoted: bool = False) -> str:
    """A value in plain text; ``quoted`` asks for quotes around a text that doesn't need them."""
    if value is None:
        return "null"
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, int):
        return str(value)
    if isinstance(value, float):
        return _float(value)
    if not quoted and _SAFE.fullmatch(value) and not _WORDS.fullmatch(value):
        return value
    return double_quoted(value)


def key_text(key: str) -> str:
    """A key, in quotes where it needs them."""
    return plain_text(key)


def double_quoted(text: str) -> str:
    """A text in double quotes."""
    return f'"{_ESCAPED.sub(_escape, text)}"'


def _escape(match: re.Match[str]) -> str:
    character = match.group()
    short = _SHORT.get(character)
    return short if short is not None else f"\\u{ord(character):04x}"


def _float(value: float) -> str:
    if math.isnan(value):
        return ".nan"
    if math.isinf(value):
        return ".inf" if value > 0 else "-.inf"
    text = go_float(value)
    return text if "." in text else f"{text}.0"
