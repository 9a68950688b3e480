# SPDX-License-Identifier: GPL-3.0-or-later
"""See RULE."""

from __future__ import annotations

from collections.abc import Iterator

from ...sops.header import recipients_of
from ..evidence import Evidence
from ..finding import Finding, Severity, Where
from ..rule import Rule


def look(evidence: Evidence) -> Iterator[Finding]:
    for tip in evidence.tips.values():
        for held in tip.candidates:
            rule = tip.creation_rule(held.file) if held.metadata_anyway else None
            if rule is None or not rule.only_these or not rule.recipients:
                continue
            there = frozenset(recipients_of(held.metadata_anyway))
            wrong = [f"{name} is missing" for name in sorted(rule.recipients - there)]
            wrong += [f"{name} should not be one" for name in sorted(there - rule.recipients)]
            if wrong:
                what = f"its recipients are not those of rule {rule.number} in .sops.yaml: {'; '.join(wrong)}"
                mend = f"sops updatekeys {held.file}" + (
                    f", then sops rotate --in-place {held.file}" if there - rule.recipients else ""
                )
                yield Finding(Where(tip.name, held.file, held.metadata_line), what, mend)


RULE = Rule(
    id="encryption-recipients",
    severity=Severity.WARNING,
    title="A file for other recipients than its creation rule says",
    why="Somebody who left can still read it, or somebody who should can not.",
    mend="sops updatekeys FILE, and sops rotate --in-place FILE where a recipient goes",
    look=look,
)
