# SPDX-License-Identifier: GPL-3.0-or-later
"""Private keys in a text of any kind: of age, and those between lines of PEM, as they are or in base64."""

from __future__ import annotations

import dataclasses
import re
from collections.abc import Iterator

from .base64_text import decoded_runs, parts_of

SIGNS = ("AGE-SECRET-KEY-", "PRIVATE KEY")
"""A text without any of them has no private key."""

IN_BASE64 = tuple(part for word in ("AGE-SECRET-KEY-", "-----BEGIN ") for part in parts_of(word))
"""What base64 has of them."""

_IN_BYTES = tuple(sign.encode() for sign in (*SIGNS, *IN_BASE64))

_AGE = re.compile(r"AGE-SECRET-KEY-(?:PQ-)?1([02-9AC-HJ-NP-Z]{58,})")
_PEM = re.compile(r"-----BEGIN ([A-Z0-9 ]*)PRIVATE KEY(?: BLOCK)?-----(.{0,20000}?)(?:-----|\Z)", re.DOTALL)
_HEADER = re.compile(r"^[\w-]+: .*$", re.MULTILINE)
_BETWEEN = re.compile(r"\\+[nrt]|[\s\"',#>|]+")
_LINE = re.compile(r"[A-Za-z0-9+/=]{20,}")
_SHORTEST = 60
"""Characters. A key of Ed25519 has 64."""

_FEWEST = 16
"""Different characters. One drawn at random has about twice as many, and what somebody typed in its place has few."""


@dataclasses.dataclass(frozen=True)
class PrivateKey:
    """A private key in a text.

    Attributes:
        start: The place in the text at which it begins, or the base64 that it is in.
        is_of_age: Whether it decrypts what was encrypted for it with age.
    """

    start: int
    is_of_age: bool


def may_have_one(content: bytes) -> bool:
    """Whether it is worth a look: cheap, and true for everything that has a private key."""
    return any(sign in content for sign in _IN_BYTES)


def private_keys(text: str) -> Iterator[PrivateKey]:
    """The private keys in a text, in its order. One whose place is taken by a word or by dots is none."""
    found = list(_written(text))
    if any(part in text for part in IN_BASE64):
        found += [dataclasses.replace(key, start=start) for start, inner in decoded_runs(text) for key in _written(inner)]
    yield from sorted(dict.fromkeys(found), key=lambda key: key.start)


def _written(text: str) -> Iterator[PrivateKey]:
    for match in _AGE.finditer(text):
        if len(set(match[1])) >= _FEWEST:
            yield PrivateKey(match.start(), True)
    for match in _PEM.finditer(text):
        if _is_body(match[2]):
            yield PrivateKey(match.start(), False)


def _is_body(text: str) -> bool:
    """Whether it is the base64 of a key, however its lines are indented, quoted or escaped."""
    lines = _BETWEEN.sub("\n", _HEADER.sub("", text))
    written = "".join(_LINE.findall(lines))
    return len(written) >= _SHORTEST and len(set(written)) >= _FEWEST
