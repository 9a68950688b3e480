# SPDX-License-Identifier: GPL-3.0-or-later
"""Texts that are written in base64."""

from __future__ import annotations

import base64
import re
from collections.abc import Iterator

SHARED = (0, 2, 3)
"""How many characters of base64 the bytes before a text have a share in, by their number in its group of three."""

_RUN = re.compile(r"[A-Za-z0-9+/]{32,}={0,2}(?:[ \t]*\r?\n[ \t]*[A-Za-z0-9+/]+={0,2}(?=[ \t]*(?:\r?\n|$)))*")
"""Base64, in as many lines as it takes."""


def parts_of(word: str) -> Iterator[str]:
    """What base64 has of a word, whatever stands before it: three texts, one of which is in every text that has the word."""
    raw = word.encode()
    for before, shared in enumerate(SHARED):
        yield base64.b64encode(bytes(before) + raw).decode()[shared : (before + len(raw)) * 8 // 6]


def decoded(text: str) -> str | None:
    """What a text of base64 says, None where it is no base64 of a text."""
    written = "".join(text.split())
    try:
        return base64.b64decode(written, validate=True).decode()
    except ValueError:
        return None


def decoded_start(written: bytes) -> bytes:
    """What base64 without padding says, as far as it goes: it may end anywhere."""
    whole = written[:-1] if len(written) % 4 == 1 else written
    return base64.b64decode(whole + b"=" * (-len(whole) % 4))


def decoded_runs(text: str) -> Iterator[tuple[int, str]]:
    """What is written in base64 within a text, each with its place. Bytes that are no text are left as they come."""
    for run in _RUN.finditer(text):
        written = "".join(run[0].split()).partition("=")[0]
        yield run.start(), decoded_start(written.encode()).decode("utf-8", "replace")
