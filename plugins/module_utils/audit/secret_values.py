# SPDX-License-Identifier: GPL-3.0-or-later
"""Which values of encrypted files are secrets. Such files hold names, addresses and regions too, which are everywhere."""

from __future__ import annotations

import collections
import itertools
import math
import re
import urllib.parse
from collections.abc import Iterator
from typing import Any

from .. import json_text
from ..sops.key_path import KeyPath

SHORTEST = 12
"""Characters."""

LEAST_BITS = 3.0
"""For each character. Fourteen random letters and digits have 3.6, a word twice has less than 3."""

_WORD = re.compile(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+")
_PASSWORD = re.compile(r"pass ?(?:word|phrase)|passwd|pwd|pass$")
_PUBLIC = re.compile(
    r".* (?:account|address|alias|arn|audience|bucket|ca|certificate|cert|checksum|class|cluster|commit|crt|database|db|digest"
    r"|domain|email|endpoint|file|filename|fingerprint|group|host|hostname|id|image|issuer|kind|login|mail|name|namespace|owner|path"
    r"|port|provider|pub|recipients?|ref|region|repo|repository|revision|role|schema|scope|serial|server|sha|tag|tenant|type|uri|url"
    r"|user|username|version|zone|access key|accesskey|public key)"
)
_PAIR = re.compile(r"""[ \t]*(?:export[ ]+)?["']?([A-Za-z_][\w.-]*)["']?[ \t]*[:=][ \t]*(.*\S)[ \t]*""")
_OPEN_FORMS = re.compile(r"-----BEGIN (?!.*PRIVATE KEY)|ssh-|ecdsa-|age1|\$\{|AGE-SECRET-KEY-")
"""Certificates, public keys and references to variables; and private keys of age, which have rules of their own."""

_PRIVATE_KEY = re.compile(r"-----BEGIN [A-Z ]*PRIVATE KEY-----\s+(.*?)\s+-----END ", re.DOTALL)
_ADDRESS = re.compile(r"[a-z][a-z0-9+.-]*://", re.IGNORECASE)
_MOST_ALIKE = 0.25
"""Of two neighbours in a random text of letters and digits, one in two is of another kind, among hexadecimal digits too."""


def secrets_in(key: KeyPath, text: str) -> Iterator[tuple[KeyPath, str]]:
    """The secrets in a value, each with its key: a text of JSON or of lines with keys has those within.

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
        yield key, lines[len(lines) // 2]
    elif "\n" in text:
        for line in text.splitlines():
            pair = _PAIR.fullmatch(line)
            if pair:
                yield from secrets_in((*key, pair[1]), pair[2].strip("\"'"))
    elif _ADDRESS.match(text):
        yield from ((key, secret) for secret in _in_address(text) if _hard_to_guess(secret))
    elif _hard_to_guess(text) and not _OPEN_FORMS.match(text) and _says_secret(key, text):
        yield key, text


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


def _says_secret(key: KeyPath, text: str) -> bool:
    name = next((part for part in reversed(key) if isinstance(part, str)), "")
    words = "".join(f" {word.lower()}" for word in _WORD.findall(name))
    return not _PUBLIC.fullmatch(words) and (bool(_PASSWORD.search(words)) or looks_drawn(text))


def _in_address(text: str) -> Iterator[str]:
    """The password in an address; or the address, where its path or query is what keeps strangers out."""
    try:
        parts = urllib.parse.urlsplit(text)
    except ValueError:
        return
    if parts.password:
        yield urllib.parse.unquote(parts.password)
    elif any(len(piece) >= SHORTEST and looks_drawn(piece) for piece in re.split(r"[/&=?]", f"{parts.path}?{parts.query}")):
        yield text


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
