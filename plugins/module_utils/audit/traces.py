# SPDX-License-Identifier: GPL-3.0-or-later
"""What should never have been in a repository, looked for in every content that any file ever had."""

from __future__ import annotations

import base64
import dataclasses
import enum
import re
from collections.abc import Collection, Iterable, Iterator

try:
    import ahocorasick_rs
except ImportError:  # operations check for it
    pass

from ..git.blobs import Blob
from .manifests import plain_secrets

_KEY = re.compile(rb"AGE-SECRET-KEY-(?:PQ-)?1[02-9AC-HJ-NP-Z]{58,}")
_SECRET = re.compile(rb"^[\s{,-]*[\"']?kind[\"']?: *[\"']?Secret\b", re.MULTILINE)


class Kind(enum.Enum):
    """What was found."""

    PRIVATE_KEY = "an age private key"
    PLAIN_SECRET = "a Secret in plain text"
    VALUE = "a secret key of the estate"


@dataclasses.dataclass(frozen=True)
class Trace:
    """Something found in a content; ``value`` is the secret key that was, never to be shown."""

    kind: Kind
    blob: str
    path: str
    line: int
    value: str = dataclasses.field(default="", repr=False)


def traces(found: Iterable[Blob], values: Collection[str]) -> Iterator[Trace]:
    """Everything of the three kinds.

    Args:
        found: The contents.
        values: Secret keys. They are looked for as they are and in base64, all of them at once.
    """
    forms: dict[bytes, str] = {}
    for value in values:
        forms[value.encode()] = value
        forms[base64.b64encode(value.encode()).rstrip(b"=")] = value
    patterns = list(forms)
    search = ahocorasick_rs.BytesAhoCorasick(patterns) if patterns else None
    for blob in found:
        for match in _KEY.finditer(blob.content):
            yield _trace(Kind.PRIVATE_KEY, blob, match.start())
        if _SECRET.search(blob.content):
            for secret in plain_secrets(blob.content.decode("utf-8", "replace")):
                yield Trace(Kind.PLAIN_SECRET, blob.id, blob.path, secret.line)
        seen = set()
        for number, start, _end in search.find_matches_as_indexes(blob.content) if search else ():
            value = forms[patterns[number]]
            if value not in seen:
                seen.add(value)
                yield _trace(Kind.VALUE, blob, start, value)


def _trace(kind: Kind, blob: Blob, start: int, value: str = "") -> Trace:
    return Trace(kind, blob.id, blob.path, blob.content.count(b"\n", 0, start) + 1, value)
