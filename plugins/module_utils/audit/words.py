# SPDX-License-Identifier: GPL-3.0-or-later
"""The words of names and texts."""

from __future__ import annotations

import re

_WORD = re.compile(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+")


def words(text: str) -> list[str]:
    """The words in lower case, however they are put together: ``dbPassword``, ``DB_PASSWORD`` and ``db-password`` are alike."""
    return [word.lower() for word in _WORD.findall(text)]
