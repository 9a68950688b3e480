# SPDX-License-Identifier: GPL-3.0-or-later
"""See RULE."""

from __future__ import annotations

from ..finding import Severity
from ..gone import that_was
from ..rule import Rule
from ..traces import Kind

RULE = Rule(
    id="history-private-key",
    severity=Severity.ERROR,
    title="A private key in the history",
    why="Who has the repository is who the key says, or decrypts what was encrypted for it. Taking it out later does not help.",
    mend="Make a new one and have nobody trust the old one, then excuse the finding under audit.suppress. Where it is of age: "
    "sops updatekeys and sops rotate every file, and rotate every secret.",
    look=that_was(Kind.PRIVATE_KEY, "a private key came in with"),
)
