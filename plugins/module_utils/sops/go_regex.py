# SPDX-License-Identifier: GPL-3.0-or-later
"""Go's regular expressions, as far as they certainly mean the same in Python."""

from __future__ import annotations

import functools
import re
from collections.abc import Callable

from .unsure import Unsure

_PIECE = re.compile(
    r"""
    (?P<literal>[^\\.^$|?*+()\[\]{}])
    |(?P<escaped>\\[\\.^$|?*+()\[\]{}/_\-:,'"@%&=!<> #~;])
    |(?P<letter>\\[dDwWbAtnr])
    |(?P<begin>\^)
    |(?P<end>\$|\\z)
    |(?P<any>\.)
    |(?P<open>\((?:\?:|(?!\?)))
    |(?P<close>\))
    |(?P<bar>\|)
    |(?P<quantifier>(?:[*+?]|\{[0-9]{1,3}(?:,(?:[0-9]{1,3})?)?\})(?:\?|(?![*+?{])))
    |(?P<set>\[\^?(?:[A-Za-z0-9_.,:;/@%=+ !\#-]|\\[\\dDwW.\-\]\[^])+\])
    """,
    re.VERBOSE,
)


@functools.lru_cache(maxsize=128)
def matcher(pattern: str) -> Callable[[str], bool]:
    """A function that tells whether Go's ``regexp.Match`` finds the pattern in a text.

    Raises:
        Unsure: Where the pattern could mean something else in Python. The function raises it too, for odd texts.
    """
    fold = pattern.startswith("(?i)")
    rest = pattern[4:] if fold else pattern
    if fold and not rest.isascii():
        raise Unsure("one of its rules ignores the case of letters beyond ASCII")
    translated = []
    at = 0
    while at < len(rest):
        piece = _PIECE.match(rest, at)
        if piece is None or (piece.lastgroup == "set" and "--" in piece.group()):
            raise Unsure("one of its rules is a regular expression that may mean something else in Python")
        translated.append(r"\Z" if piece.lastgroup == "end" else piece.group())
        at = piece.end()
    try:
        compiled = re.compile("".join(translated), re.ASCII | (re.IGNORECASE if fold else 0))
    except re.error:
        raise Unsure("one of its rules is not a regular expression for Python") from None

    def matches(text: str) -> bool:
        if fold and ("\u212a" in text or "\u017f" in text):
            # In Go these two are cases of k and s.
            raise Unsure("one of its rules ignores case, and a key has an odd letter")
        return compiled.search(text) is not None

    return matches
