# SPDX-License-Identifier: GPL-3.0-or-later
"""What the cluster says, made fit to show: Flux and Kubernetes put values of Secrets into their messages."""

from __future__ import annotations

import base64
import json
import re
from collections.abc import Iterable

LONGEST = 400
_SHORTEST_VALUE = 6
_HIDDEN = "***"
_VALUES = (
    re.compile(r"(?P<kept>\b(?:stringData|data)\b[\"']?\s*[:=]\s*(?:map)?)(?P<value>[{\[].*)", re.IGNORECASE),
    re.compile(r"(?P<kept>\bInvalid value:\s*)(?P<value>\"(?:[^\"\\]|\\.)*\"|\S+)", re.IGNORECASE),
    re.compile(r"(?P<kept>)(?P<value>ENC\[[^\]]*\]?)"),
)
# names and commits are lower-case, and paths are split at their slashes; keys, passwords and base64 mostly mix
_WORD = re.compile(r"(?<![\w+/=.-])(?P<digest>sha(?:1|256|512):)?(?P<word>[\w+/=.-]{12,})")


class Redaction:
    """Hides secret values that are known, and what looks like one.

    Args:
        values: The known ones. Those shorter than six characters are left out: they would hide parts of common words.
    """

    def __init__(self, values: Iterable[str]) -> None:
        known: set[str] = set()
        for value in values:
            for part in {value, value.strip(), *value.splitlines(), *_inside(value)}:
                known |= {part, json.dumps(part)[1:-1], base64.b64encode(part.encode()).decode()}
        self._known = sorted((part for part in known if len(part) >= _SHORTEST_VALUE), key=len, reverse=True)

    def of(self, message: str) -> str:
        """The first lines that say something, as one, and no longer than ``LONGEST``."""
        for value in self._known:
            message = message.replace(value, _HIDDEN)
        text = " ".join(message.split())
        for pattern in _VALUES:
            text = pattern.sub(rf"\g<kept>{_HIDDEN}", text)
        text = _WORD.sub(_word, text)
        return text if len(text) <= LONGEST else f"{text[:LONGEST].rstrip()} …"

    def __repr__(self) -> str:
        return "<Redaction>"


def _inside(value: str) -> list[str]:
    """The texts in a value that is JSON."""
    try:
        held = json.loads(value)
    except ValueError:
        return []
    found, left = [], [held]
    while left:
        one = left.pop()
        if isinstance(one, dict):
            left += one.values()
        elif isinstance(one, list):
            left += one
        elif isinstance(one, str):
            found.append(one)
    return found


def _word(match: re.Match[str]) -> str:
    if match["digest"]:
        return match[0]
    parts = re.split(r"([/.])", match["word"])
    return "".join(_HIDDEN if _looks_secret(part) else part for part in parts)


def _looks_secret(word: str) -> bool:
    if len(word) < 12:
        return False
    kinds = [any(test(c) for c in word) for test in (str.islower, str.isupper, str.isdigit)]
    return all(kinds) or bool(re.fullmatch(r"[A-Za-z0-9+/_-]{16,}={1,2}", word))
