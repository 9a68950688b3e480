# SPDX-License-Identifier: GPL-3.0-or-later
"""Which values of encrypted files are secrets. Such files hold names, addresses and regions too, which are everywhere."""

from __future__ import annotations

import collections
import dataclasses
import itertools
import math
import re
import shlex
import urllib.parse
from collections.abc import Iterator
from typing import Any

from .. import json_text
from ..sops.key_path import KeyPath
from .key_names import is_public, says_password, says_secret
from .placeholders import is_placeholder

SHORTEST = 12
"""Characters of a secret that is one wherever it stands."""

SHORTEST_NAMED = 4
"""Characters of a secret that is looked for where it is called one."""

_SHORTEST_DRAWN = 8

LEAST_BITS = 3.0
"""For each character. Fourteen random letters and digits have 3.6, a word twice has less than 3."""

_PAIR = re.compile(
    r"""[ \t]*(?:export[ ]+)?["']?([A-Za-z_][\w.-]*)["']?[ \t]*[:=][ \t]*"""
    r"""(?:"((?:[^"\\]|\\.)*)"|'([^']*)'|(.*?\S))[ \t]*[,;]?(?:[ \t]+\#.*|[ \t]*)"""
)
_PART = re.compile(r"([A-Za-z_][\w. -]*)=(.*)", re.DOTALL)

_OPEN_FORMS = re.compile(r"-----BEGIN (?!.*PRIVATE KEY)|ssh-|ecdsa-|age1|\$\{|AGE-SECRET-KEY-")
"""Certificates, public keys and references to variables; and private keys of age, which have rules of their own."""

_PRIVATE_KEY = re.compile(r"-----BEGIN [A-Z ]*PRIVATE KEY-----\s+(.*?)\s+-----END ", re.DOTALL)
_WORD_FOR_A_SETTING = re.compile(
    r"true|false|yes|no|none|null|on|off|enabled|disabled|auto|default|required|optional", re.IGNORECASE
)
_ADDRESS = re.compile(r"[a-z][a-z0-9+.-]*://", re.IGNORECASE)
_MOST_ALIKE = 0.25
"""Of two neighbours in a random text of letters and digits, one in two is of another kind, among hexadecimal digits too."""


@dataclasses.dataclass(frozen=True)
class Secret:
    """A secret in a value.

    Attributes:
        key: Its key, within the value too.
        text: The secret itself, never to be shown.
        anywhere: Whether it is hard enough to guess to be no chance wherever it stands. Others may be words and numbers that
            stand for something else.
    """

    key: KeyPath
    text: str = dataclasses.field(repr=False)
    anywhere: bool


def secrets_in(key: KeyPath, text: str) -> Iterator[Secret]:
    """The secrets in a value: a text of JSON or of lines with keys has those within.

    Args:
        key: The key of the value. It says whether what doesn't look drawn at random is a password, and what is public.
        text: The decrypted value.
    """
    text = text.strip()
    inner = _inner(text)
    private = _PRIVATE_KEY.match(text)
    if inner is not None:
        for path, value in _leaves(inner, key):
            yield from secrets_in(path, value)
    elif private:
        # written elsewhere, a key's lines may be indented; the first is the same for many keys
        lines = private[1].split()
        yield Secret(key, lines[len(lines) // 2], True)
    elif "\n" in text:
        for line in text.splitlines():
            pair = _PAIR.fullmatch(line)
            if pair:
                yield from secrets_in((*key, pair[1]), pair[2] or pair[3] or pair[4] or "")
    elif _ADDRESS.match(text):
        yield from _in_address(key, text)
    elif pairs := _connection(text):
        for name, value in pairs:
            yield from secrets_in((*key, name), value)
    elif not _OPEN_FORMS.match(text) and not is_placeholder(text):
        yield from _under(key, text)


def looks_drawn(text: str) -> bool:
    """Whether letters, capitals and digits take turns as in what a machine made, and not as in words, names and times."""
    kinds = ["digit" if c.isdigit() else "capital" if c.isupper() else "letter" for c in text if c.isalnum()]
    turns = sum(one != other for one, other in itertools.pairwise(kinds))
    return {"digit", *kinds} == set(kinds) and len(set(kinds)) > 1 and turns >= _MOST_ALIKE * len(kinds)


def _hard_to_guess(text: str) -> bool:
    return len(text) >= SHORTEST and _bits(text) >= LEAST_BITS


def _bits(text: str) -> float:
    """The Shannon entropy of a text's characters, in bits for each."""
    size = len(text)
    return sum(count / size * math.log2(size / count) for count in collections.Counter(text).values())


def _under(key: KeyPath, text: str) -> Iterator[Secret]:
    """The secret that a text is, by the last name of its key."""
    name = next((part for part in reversed(key) if isinstance(part, str)), "")
    drawn = looks_drawn(text)
    if is_public(name):
        return
    if _hard_to_guess(text) and (drawn or says_password(name)):
        yield Secret(key, text, True)
    elif _may_be_named(text) and (says_secret(name) or (drawn and len(text) >= _SHORTEST_DRAWN)):
        yield Secret(key, text, False)


def _may_be_named(text: str) -> bool:
    """Whether it can be looked for at all: not a few characters, one of them again and again, or a word for on or off."""
    return len(text) >= SHORTEST_NAMED and len(set(text)) > 1 and not _WORD_FOR_A_SETTING.fullmatch(text)


def _in_address(key: KeyPath, text: str) -> Iterator[Secret]:
    """The passwords in an address, in its query too; or the address, where its path or query is what keeps strangers out."""
    try:
        parts = urllib.parse.urlsplit(text)
    except ValueError:
        return
    told = [value for name, value in urllib.parse.parse_qsl(parts.query) if says_password(name)]
    passwords = [urllib.parse.unquote(parts.password or ""), *told]
    if any(passwords):
        for password in passwords:
            if _may_be_named(password) and not is_placeholder(password):
                yield Secret(key, password, _hard_to_guess(password))
    elif any(len(piece) >= SHORTEST and looks_drawn(piece) for piece in re.split(r"[/&=?]", f"{parts.path}?{parts.query}")):
        yield Secret(key, text, True)


def _connection(text: str) -> list[tuple[str, str]]:
    """The parameters of a text that a program connects to a database with, as libpq, ADO.NET and JDBC write it. Empty where it is
    none: one alone may be part of a password."""
    for parts in (text.rstrip(";").split(";"), _words_of(text), text.partition("?")[2].split("&")):
        found = [_PART.fullmatch(part.strip()) for part in parts]
        if len(found) > 1 and all(found):
            return [(pair[1], pair[2].strip("\"'")) for pair in found if pair]
    return []


def _words_of(text: str) -> list[str]:
    try:
        return shlex.split(text)
    except ValueError:
        return []


def _inner(text: str) -> Any:
    if not text.startswith(("{", "[")):
        return None
    try:
        found = json_text.loads(text)
    except json_text.JsonTextError:
        return None
    return found if isinstance(found, dict | list) else None


def _leaves(node: Any, path: KeyPath) -> Iterator[tuple[KeyPath, str]]:
    if isinstance(node, dict | list):
        for part, value in node.items() if isinstance(node, dict) else enumerate(node):
            yield from _leaves(value, (*path, part))
    elif node is not None:
        yield path, str(node)
