# SPDX-License-Identifier: GPL-3.0-or-later
"""Whether a text is called a secret where it stands. What is short, or a word, is one only there."""

from __future__ import annotations

import re

from .key_names import says_secret

_NAME = rb"(?<![\w.])(?P<name>[A-Za-z_][\w.-]*)"
_OPENS = rb"""(?:!{1,2}[\w/+-]*\s+|&[\w-]+\s+|[|>][+-]?[0-9]?\s*\n\s*)?[\\"'`]*\Z"""
"""What may stand between a sign and the value: a tag, an anchor, the sign for a text in lines, quotes."""

_WAYS = tuple(
    re.compile(way + _OPENS, re.IGNORECASE)
    for way in (
        # a key or a variable, with its type too; what it falls back on; an element; an entry
        _NAME + rb"""[\\"'`\]]*[ \t]*(?::[ \t]*[\w\[\]|]+[ \t]*=|[:?+]=|=>|[:=>])[ \t]*""",
        rb"\$\{" + _NAME + rb":?[-=?+]",
        # a variable of a pod: its value comes after its name
        _NAME + rb"""[\\"']*[ \t]*,?\s*[\\"']*value[\\"']*[ \t]*[:=][ \t]*""",
        # a call; SQL; a variable of Terraform
        rb"""\(\s*["']""" + _NAME + rb"""["']\s*,\s*(?=["'])""",
        _NAME + rb"""[ \t]+(?=["'])""",
        rb"""variable\s+["']?""" + _NAME + rb"""["']?\s*\{[^{}]*\bdefault\s*=\s*""",
        # an option of a program, in a list too
        rb"""(?:^|[\s"'\[,])--?""" + rb"(?P<name>[A-Za-z_][\w.-]*)" + rb"""(?:[ ]+|["'],\s*|\n[ \t]*-[ ]+)""",
        # a Dockerfile
        rb"\bENV[ \t]+" + _NAME + rb"[ \t]+",
    )
)
"""Ways to give something a name."""

_UNNAMED = re.compile(
    rb"(?:"
    rb"\bmachine\s+\S+\s+login\s+\S+\s+password\s+"  # .netrc
    rb"|\brequirepass[ \t]+|\bmasterauth[ \t]+"  # Redis
    rb"|\bidentified\s+by\s+(?=[\"'])"  # SQL
    rb"""|(?:^|\s)(?:-u|--user)[ =][\\"']?[\w.@-]+:"""  # curl
    rb"""|\bauthorization[\\"']*[ \t]*[:=][ \t]*[\\"']*(?:bearer|token)[ ]+"""
    rb")" + _OPENS,
    re.IGNORECASE,
)
_IN_ADDRESS = re.compile(rb"""://[^\s/@:"']*:\Z""")
_BASIC = re.compile(rb"""\bbasic[ ]+\Z""", re.IGNORECASE)
_STEMS = re.compile(rb"pass|pwd|secret|token|credential|key|auth|pin|pw|identified|-u|--user", re.IGNORECASE)
_ENDS = re.compile(rb"""[.,:;!]*(?:[\s"'`\\)\]}<,;&#|]|\Z)""")
_BEFORE = 300
"""Bytes that are looked at before a text."""


def is_named(content: bytes, start: int, end: int) -> bool:
    """Whether what is from ``start`` to ``end`` is all of a value that is called a secret: by the name of its key, variable or
    option, or as the password of an address."""
    first = max(0, start - _BEFORE)
    if content[end : end + 1] == b"@" and _IN_ADDRESS.search(content, first, start):
        return True
    if not _ENDS.match(content, end) or not _STEMS.search(content, first, start):
        return False
    named = (way.search(content, first, start) for way in _WAYS)
    return _UNNAMED.search(content, first, start) is not None or any(
        found is not None and says_secret(found["name"].decode()) for found in named
    )


def is_of_a_request(content: bytes, start: int) -> bool:
    """Whether what begins at ``start`` is user and password in the header of a request, in base64."""
    return _BASIC.search(content, max(0, start - _BEFORE), start) is not None
