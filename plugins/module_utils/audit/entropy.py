# SPDX-License-Identifier: GPL-3.0-or-later
"""How hard a text is to guess."""

from __future__ import annotations

import collections
import math

LEAST_BITS = 3.0
"""For each character. Fourteen random letters and digits have 3.6, a word twice has less than 3."""


def bits(text: str) -> float:
    """The Shannon entropy of a text's characters, in bits for each."""
    size = len(text)
    return sum(count / size * math.log2(size / count) for count in collections.Counter(text).values())
