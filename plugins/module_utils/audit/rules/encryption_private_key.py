# SPDX-License-Identifier: GPL-3.0-or-later
"""See RULE."""

from __future__ import annotations

import re
from collections.abc import Iterator

from ..evidence import Evidence
from ..finding import Finding, Severity, Where
from ..rule import Rule

_KEY = re.compile(r"AGE-SECRET-KEY-(?:PQ-)?1[02-9AC-HJ-NP-Z]{58,}")


def look(evidence: Evidence) -> Iterator[Finding]:
    for tip in evidence.tips.values():
        for held in tip.candidates:
            for found in _KEY.finditer(held.text):
                yield Finding(Where(tip.name, held.file, held.line_at(found.start())), "an age private key")


RULE = Rule(
    id="encryption-private-key",
    severity=Severity.ERROR,
    title="An age private key in a repository",
    why="Who has the repository can decrypt every file that was ever encrypted for it, in the history too.",
    mend="Make a new age key, sops updatekeys and sops rotate every file, rotate every secret, and take the key out.",
    look=look,
)
