# SPDX-License-Identifier: GPL-3.0-or-later
"""See RULE."""

from __future__ import annotations

from collections.abc import Iterator

from ..evidence import Evidence
from ..finding import Finding, Severity, Where
from ..rule import Rule


def look(evidence: Evidence) -> Iterator[Finding]:
    for tip in evidence.tips.values():
        for held in tip.candidates:
            if held.is_sealed and tip.creation_rule(held.file) is None:
                yield Finding(Where(tip.name, held.file), "no creation rule of a .sops.yaml is for it")


RULE = Rule(
    id="repositories-no-rule",
    severity=Severity.NOTE,
    title="An encrypted file that no creation rule is for",
    why="Who makes it anew has to remember its recipients, and sops updatekeys has nothing to go by.",
    mend="Add a rule for it to .sops.yaml.",
    look=look,
)
