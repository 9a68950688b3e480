# SPDX-License-Identifier: GPL-3.0-or-later
"""How many tries a secret takes somebody who knows how people choose them, by zxcvbn (https://www.usenix.org/node/197176)."""

from __future__ import annotations

from collections.abc import Iterable

try:
    import zxcvbn
except ImportError:  # operations check for it
    pass

MAGNITUDE = 12
"""Of the fewest tries, as a power of ten: whoever has one signed request makes as many at home in minutes. It must be no more: of
6,000 times fourteen random letters and digits 17 are below 10^13, since a random character counts as ten tries or fewer."""

_LONGEST = 72
"""Characters that zxcvbn looks at: its time grows faster than the text."""


def is_easy(secret: str, known: Iterable[str]) -> bool:
    """Whether a secret takes fewer tries than that: it has words, names, dates, keyboard walks or repetitions.

    Args:
        known: What is tried first besides the words of the trade, such as the names around it.
    """
    return not secret or bool(zxcvbn.zxcvbn(secret[:_LONGEST], user_inputs=[*known])["guesses"] < 10**MAGNITUDE)
