# SPDX-License-Identifier: GPL-3.0-or-later
"""See RULE."""

from __future__ import annotations

from ..finding import Severity
from ..gone import that_was
from ..rule import Rule
from ..traces import Kind

RULE = Rule(
    id="history-plain-secret",
    severity=Severity.ERROR,
    title="A Secret in plain text in the history",
    why="It was encrypted or removed later. Who has the repository can still read what it held then.",
    mend="Change what was in it, then excuse the finding under audit.suppress. Clones keep a history that is rewritten.",
    look=that_was(Kind.PLAIN_SECRET, "a Secret was in plain text in"),
)
