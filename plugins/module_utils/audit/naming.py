# SPDX-License-Identifier: GPL-3.0-or-later
"""Whether a text is called a secret where it stands. What is short, or a word, is one only there."""

from __future__ import annotations

import re

_NAMED = re.compile(
    rb"""(?ix)
    (?: (?:pass(?:_?word|wd|phrase)?|pwd|secret|token|credentials?|key|auth|pin) [\w.-]* [\\"'`\]]*
        (?: [ \t]* (?::=|=>|[:=]) [ \t]*                      # a key, or a variable
          | [ \t]* ,?\s+ [\\"']*value[\\"']* [ \t]*[:=][ \t]* # what a variable of a pod has, after its name
        )
      | (?:^|\s) --?[\w-]*(?:pass(?:word|wd|phrase)?|secret|token|key) [ ]
    )
    (?: [!&|>][\w+-]*\s+ )? [\\"'`]* $                        # a tag, an anchor, a text in lines; quotes
    | :// [^\s/@:"']* : $                                     # an address
    | \b basic [ ]+ $                                         # the header of a request
    """
)
_ENDS = re.compile(rb"[.,:;!]*(?:[\s\"'`\\)\]}<,;&@#|]|$)")
_BEFORE = 300
"""Bytes that are looked at before a text."""


def is_named(content: bytes, start: int, end: int) -> bool:
    """Whether what is from ``start`` to ``end`` is all of a value, and called a secret: by its key, a variable, an option."""
    return _ENDS.match(content, end) is not None and _NAMED.search(content, max(0, start - _BEFORE), start) is not None
