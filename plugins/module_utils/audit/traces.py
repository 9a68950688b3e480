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
from . import manifests, private_keys
from .base64_text import decoded_runs


class Kind(enum.Enum):
    """What was found."""

    PRIVATE_KEY = "a private key"
    PLAIN_SECRET = "a Secret in plain text"
    VALUE = "a secret of the estate"


@dataclasses.dataclass(frozen=True)
class Trace:
    """Something found in a content; ``value`` is the secret that was, never to be shown."""

    kind: Kind
    blob: str
    path: str
    line: int
    value: str = dataclasses.field(default="", repr=False)


def traces(found: Iterable[Blob], values: Collection[str]) -> Iterator[Trace]:
    """Everything of the three kinds.

    Args:
        found: The contents.
        values: Secrets. They are looked for as they are and in base64, all of them at once.
    """
    sought = _Sought(values)
    for blob in found:
        if private_keys.may_have_one(blob.content):
            text = blob.content.decode("utf-8", "replace")
            for key in private_keys.private_keys(text):
                yield Trace(Kind.PRIVATE_KEY, blob.id, blob.path, text.count("\n", 0, key.start) + 1)
        if manifests.may_have_one(blob.content):
            for secret in manifests.plain_secrets(blob.content.decode("utf-8", "replace")):
                yield Trace(Kind.PLAIN_SECRET, blob.id, blob.path, secret.line)
        first: dict[str, int] = {}
        for start, value in (*sought.places(blob.content), *_in_lines(blob.content, sought)):
            first.setdefault(value, start)
        for value, start in first.items():
            yield Trace(Kind.VALUE, blob.id, blob.path, blob.content.count(b"\n", 0, start) + 1, value)


class _Sought:
    """Values that are looked for all at once."""

    def __init__(self, values: Collection[str]) -> None:
        self._forms: dict[bytes, list[_Form]] = {}
        for value in values:
            for written, form in _forms(value):
                self._forms.setdefault(written, []).append(form)
        self._patterns = list(self._forms)
        self._search = ahocorasick_rs.BytesAhoCorasick(self._patterns) if self._patterns else None

    def places(self, content: bytes) -> Iterator[tuple[int, str]]:
        """Each value that is in a content, with its place."""
        hits = self._search.find_matches_as_indexes(content, overlapping=True) if self._search else ()
        there = (
            (start, end, form.value)
            for number, start, end in hits
            for form in self._forms[self._patterns[number]]
            if form.is_at(start, content)
        )
        return ((start, value) for start, _end, value in _outermost(there))


def _in_lines(content: bytes, sought: _Sought) -> Iterator[tuple[int, str]]:
    """The values in base64 that goes on in the next line, with the place at which it begins."""
    if _LONG_LINE.search(content):
        text = content.decode("latin-1")
        for start, inner in decoded_runs(text):
            yield from ((start, value) for _place, value in sought.places(inner.encode()))


@dataclasses.dataclass(frozen=True)
class _Form:
    """How a value may be written: as it is, or in base64 with so many bytes of something else before it in its group of three."""

    value: str = dataclasses.field(repr=False)
    before: int | None = None

    def is_at(self, start: int, content: bytes) -> bool:
        """Whether it is all there: a form of base64 lacks the characters that the value shares with what is beside it."""
        if self.before is None:
            return True
        value = self.value.encode()
        begin = start - _SHARED[self.before]
        if begin < 0:
            return False
        size = -(-(self.before + len(value)) // 3) * 4
        group = _BASE64.match(content[begin : begin + size].translate(_STANDARD))
        written = group[0] if group else b""
        decoded = base64.b64decode(written + b"=" * (-len(written) % 4)) if len(written) % 4 != 1 else b""
        return decoded[self.before : self.before + len(value)] == value


_BASE64 = re.compile(rb"[A-Za-z0-9+/]*")

_LONG_LINE = re.compile(rb"\n(?<=[A-Za-z0-9+/]{55}[A-Za-z0-9+/\r]\n)")
"""The end of a line that may be base64 and go on: programs break it at 60, 64 or 76 characters."""

_SHARED = (0, 2, 3)
"""How many characters of base64 the bytes before a value have a share in, by their number."""

_URL_SAFE, _STANDARD = bytes.maketrans(b"+/", b"-_"), bytes.maketrans(b"-_", b"+/")


def _forms(value: str) -> Iterator[tuple[bytes, _Form]]:
    raw = value.encode()
    yield raw, _Form(value)
    for before, shared in enumerate(_SHARED):
        written = base64.b64encode(bytes(before) + raw)[shared : (before + len(raw)) * 8 // 6]
        for form in dict.fromkeys((written, written.translate(_URL_SAFE))):
            yield form, _Form(value, before)


def _outermost(hits: Iterable[tuple[int, int, str]]) -> Iterator[tuple[int, int, str]]:
    """Those that are no part of another: one secret may begin as another does."""
    reached = -1
    for hit in sorted(hits, key=lambda hit: (hit[0], -hit[1])):
        if hit[1] > reached:
            reached = hit[1]
            yield hit
