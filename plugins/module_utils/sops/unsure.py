# SPDX-License-Identifier: GPL-3.0-or-later
"""How the reader says that it leaves something to the program ``sops``."""

from __future__ import annotations

from ..failure import Failure


class Unsure(Exception):
    """The reader can't be certain that it would give what SOPS gives.

    Args:
        reason: Why, as the end of the sentence "This needs the program sops, because …". It holds no value.
        broken: Where the text itself is wrong (its line, say), what to tell if the program refuses it too.
        failure: What to raise if the program is not there, or refuses the file too.
    """

    def __init__(self, reason: str, *, broken: str = "", failure: Failure | None = None) -> None:
        self.reason = reason
        self.broken = broken
        self.failure = failure
        super().__init__(reason)
