# SPDX-License-Identifier: GPL-3.0-or-later
"""What the name of a key, a variable or an option says of its value."""

from __future__ import annotations

import re

from .words import words

_PASSWORD = re.compile(r"pass ?(?:word|phrase)|passwd|pwd|(?<!by)(?<!com)(?<!tres)(?<!over)(?<!under)pass$")
_SECRET = re.compile(
    rf"{_PASSWORD.pattern}|secret(?!ar)|token(?!i)|credential| (?:auth|pin|pw)$"
    r"|(?:api|auth|private|encryption|signing|master|session) ?key(?= |$)"
)
_PUBLIC = re.compile(
    r".* (?:account|address|alias|arn|audience|bucket|ca|certificate|cert|checksum|class|cluster|commit|crt|database|db|digest"
    r"|domain|email|endpoint|file|filename|fingerprint|group|host|hostname|id|image|issuer|kind|login|mail|name|namespace|owner|path"
    r"|port|provider|pub|recipients?|ref|region|repo|repository|revision|role|schema|scope|serial|server|sha|tag|tenant|type|uri|url"
    r"|user|username|version|zone|(?<! secret )(?:access key|accesskey)|public key"
    r"|password key|secret store|(?:existing|pull|tls) secrets?|secrets)"
)
"""The last of them are names of Secrets and of keys in them."""

_SETTING = re.compile(
    r".* (?:algorithm|count|enabled|expiry|format|header|length|lifetime|max|method|min|mode|policy|prefix|size|suffix|timeout"
    r"|ttl)"
)


def is_public(name: str) -> bool:
    """Whether it says that the value is no secret, whatever it looks like: a user, a host, a region."""
    return _PUBLIC.fullmatch(_words(name)) is not None


def says_password(name: str) -> bool:
    """Whether it says that the value is a password: what a person may have made up."""
    return not is_public(name) and _PASSWORD.search(_words(name)) is not None


def says_secret(name: str) -> bool:
    """Whether it says that the value is a secret: a password, a token, a key of some kind. What is about one is none."""
    words = _words(name)
    return not is_public(name) and not _SETTING.fullmatch(words) and _SECRET.search(words) is not None


def _words(name: str) -> str:
    """Its words, with a space before each."""
    return "".join(f" {word}" for word in words(name))
