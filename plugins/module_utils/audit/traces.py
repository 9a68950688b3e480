# SPDX-License-Identifier: GPL-3.0-or-later
"""What should never have been in a repository, looked for in every content that any file ever had."""

from __future__ import annotations

import dataclasses
import enum
import html
import json
import re
import urllib.parse
from collections.abc import Collection, Iterable, Iterator

try:
    import ahocorasick_rs
except ImportError:  # operations check for it
    pass

from ..git.blobs import Blob
from . import manifests, private_keys
from .base64_text import SHARED, decoded_runs, decoded_start, parts_of
from .naming import is_named, is_of_a_request


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


def traces(found: Iterable[Blob], values: Collection[str], named: Collection[str] = ()) -> Iterator[Trace]:
    """Everything of the three kinds.

    Args:
        found: The contents.
        values: Secrets. They are looked for as they are, escaped, and in base64, all of them at once.
        named: Secrets that could be something else as well. They count where they are called a secret.
    """
    sought = _Sought(values, named)
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

    def __init__(self, values: Collection[str], named: Collection[str]) -> None:
        self._forms: dict[bytes, list[_Form]] = {}
        for value in {*values, *named}:
            for written, form in _forms(value, value not in values):
                self._forms.setdefault(written, []).append(form)
        self._patterns = list(self._forms)
        self._longest = max(map(len, self._patterns), default=0)
        self._search = ahocorasick_rs.BytesAhoCorasick(self._patterns) if self._patterns else None

    def places(self, content: bytes) -> Iterator[tuple[int, str]]:
        """Each value that is in a content, with its place."""
        there = (
            (start, end, form.value)
            for number, start, end in self._hits(content)
            for form in self._forms[self._patterns[number]]
            if form.is_at(start, content)
        )
        return ((start, value) for start, _end, value in _outermost(there))

    def _hits(self, content: bytes) -> Iterator[tuple[int, int, int]]:
        """Pattern, start and end. The search makes a list of them: piece by piece, so that it can't become too long."""
        if self._search:
            for first in range(0, len(content), _PIECE):
                piece = content[first : first + _PIECE + self._longest - 1]
                for number, start, end in self._search.find_matches_as_indexes(piece, overlapping=True):
                    if start < _PIECE:
                        yield number, first + start, first + end


_PIECE = 1 << 20
"""Bytes of a content that are searched at once."""


def _in_lines(content: bytes, sought: _Sought) -> Iterator[tuple[int, str]]:
    """The values in base64 that goes on in the next line, with the place at which it begins."""
    if _LONG_LINE.search(content):
        text = content.decode("latin-1")
        for start, inner in decoded_runs(text):
            yield from ((start, value) for _place, value in sought.places(inner.encode()))


@dataclasses.dataclass(frozen=True)
class _Form:
    """How a value may be written.

    Attributes:
        value: The value.
        escaped: The same as it is or escaped.
        before: For base64: how many bytes of something else are before it in its group of three.
        named: Whether it counts only where it is called a secret.
    """

    value: str = dataclasses.field(repr=False)
    escaped: bytes = dataclasses.field(repr=False)
    before: int | None
    named: bool

    def is_at(self, start: int, content: bytes) -> bool:
        """Whether it is all there: a form of base64 lacks the characters that the value shares with what is beside it."""
        if self.before is None:
            return not self.named or is_named(content, start, start + len(self.escaped))
        begin = start - SHARED[self.before]
        if begin < 0:
            return False
        end = begin + -(-(self.before + len(self.escaped)) // 3) * 4
        if _decoded(content, begin, end)[self.before :][: len(self.escaped)] != self.escaped:
            return False
        return not self.named or self._is_named_within(content, begin, end)

    def _is_named_within(self, content: bytes, begin: int, end: int) -> bool:
        """Whether it is called a secret in what is in base64 around it, or is all of that and the base64 is called so."""
        run = _RUN_BEFORE.search(content, max(0, begin - _AROUND), begin)
        first = begin - (begin - run.start()) // 4 * 4 if run else begin
        inner = _decoded(content, first, end + _AROUND)
        start = (begin - first) // 4 * 3 + (self.before or 0)
        stop = start + len(self.escaped)
        if is_named(inner, start, stop):
            return True
        if inner[stop:].strip():
            return False
        last = _BASE64.match(content, first, end + _AROUND)
        alone = start == 0 or (_USER.fullmatch(inner[:start]) is not None)
        return (
            alone
            and last is not None
            and (is_named(content, first, last.end()) or (start > 0 and is_of_a_request(content, first)))
        )


def _decoded(content: bytes, start: int, end: int) -> bytes:
    group = _BASE64.match(content[start:end].translate(_STANDARD))
    return decoded_start(group[1]) if group else b""


_BASE64 = re.compile(rb"([A-Za-z0-9+/_-]*)={0,2}")
_RUN_BEFORE = re.compile(rb"[A-Za-z0-9+/_-]*\Z")
_AROUND = 400
"""Characters of base64 that are looked at on either side of a value that counts only where it is called a secret."""

_USER = re.compile(rb"[\w.@-]+:")
"""What is before a password in the header of a request."""

_LONG_LINE = re.compile(rb"\n(?<=[A-Za-z0-9+/]{55}[A-Za-z0-9+/\r]\n)")
"""The end of a line that may be base64 and go on: programs break it at 60, 64 or 76 characters."""

_URL_SAFE, _STANDARD = bytes.maketrans(b"+/", b"-_"), bytes.maketrans(b"-_", b"+/")


def _forms(value: str, named: bool) -> Iterator[tuple[bytes, _Form]]:
    for text in dict.fromkeys(_escaped(value)):
        raw = text.encode()
        yield raw, _Form(value, raw, None, named)
        for before, part in enumerate(parts_of(text)):
            written = part.encode()
            for form in dict.fromkeys((written, written.translate(_URL_SAFE))):
                yield form, _Form(value, raw, before, named)


def _escaped(value: str) -> Iterator[str]:
    """A value as it is, and as programs write it in JSON, in an address, in XML or HTML, and between single quotes in YAML."""
    yield value
    if value.isascii() and value.isalnum():
        return
    yield value.replace("'", "''")
    for in_json in (json.dumps(value)[1:-1], json.dumps(value, ensure_ascii=False)[1:-1]):
        yield in_json
        yield json.dumps(in_json, ensure_ascii=False)[1:-1]
        yield in_json.replace("/", "\\/")
        for signs in _ESCAPED_IN_JSON:
            plain = in_json.replace('\\"', '"') if '"' in signs else in_json
            escaped = plain.translate({ord(sign): f"\\u{ord(sign):04x}" for sign in signs})
            yield escaped
            yield _CODE.sub(lambda code: f"\\u{code[1].upper()}", escaped)
    for safe in _LEFT_IN_ADDRESSES:
        for in_address in (urllib.parse.quote(value, safe=safe), urllib.parse.quote_plus(value, safe=safe)):
            yield in_address
            yield _PERCENT.sub(lambda code: code[0].lower(), in_address)
    in_text = html.escape(value, quote=False)
    yield in_text
    for single in ("'", "&apos;", "&#39;", "&#039;", "&#x27;"):
        for double in ('"', "&quot;", "&#34;"):
            yield in_text.replace("'", single).replace('"', double)


_ESCAPED_IN_JSON = ("<>&", "<>&'=", "<>&'", "<>&'+\"`")
"""By Go; by Gson, for HTML too; by PHP; by .NET."""

_LEFT_IN_ADDRESSES = ("", "/", "/:", "!'()*", "$&+,;=", "!$&'()*+,;=")
"""By Python; by JavaScript; by Go; by those who follow RFC 3986 to the letter."""

_CODE = re.compile(r"\\u([0-9a-f]{4})")
_PERCENT = re.compile("%[0-9A-F]{2}")


def _outermost(hits: Iterable[tuple[int, int, str]]) -> Iterator[tuple[int, int, str]]:
    """Those that are no part of another: one secret may begin as another does."""
    reached = -1
    for hit in sorted(hits, key=lambda hit: (hit[0], -hit[1])):
        if hit[1] > reached:
            reached = hit[1]
            yield hit
