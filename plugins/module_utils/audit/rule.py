# SPDX-License-Identifier: GPL-3.0-or-later
"""What a rule is. Ours are in ``rules/``; a user's own are files of the same kind."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Iterable

from .evidence import Evidence
from .finding import Finding, NotChecked, Severity


@dataclasses.dataclass(frozen=True)
class Rule:
    """One thing that can be wrong. A file of rules has one of these, named ``RULE``.

    Attributes:
        id: In lower case with dashes, such as ``sync-drifted-copy``. Suppressions name it.
        title: What is wrong, in a few words.
        why: Why it matters.
        mend: What to do about it; a command where there is one.
        look: Finds it. Raises ``NotChecked`` where there is nothing to tell by, and yields it where that is so for a part.
    """

    id: str
    severity: Severity
    title: str
    why: str
    mend: str
    look: Callable[[Evidence], Iterable[Finding | NotChecked]]
