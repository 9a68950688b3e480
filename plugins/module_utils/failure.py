# SPDX-License-Identifier: GPL-3.0-or-later
"""The one exception that the library raises on purpose."""

from __future__ import annotations


class Failure(Exception):
    """What an operator needs when something can't be done.

    Args:
        what: What happened, in one sentence, naming the file, key, identity or address.
        state: What state things are in now, for example that nothing was changed.
        remedy: What to do next.

    None of the three may hold a secret.
    """

    def __init__(self, what: str, *, state: str = "", remedy: str = "") -> None:
        self.what = what
        self.state = state
        self.remedy = remedy
        super().__init__(what, state, remedy)

    def about(self, old: str, new: str, in_commands: str) -> Failure:
        """The same with a thing called by another name, and by one of its own in what to do: commands are copied from there."""
        return Failure(self.what.replace(old, new), state=self.state, remedy=self.remedy.replace(old, in_commands))

    def __str__(self) -> str:
        return " ".join(part for part in (self.what, self.state, self.remedy) if part)
