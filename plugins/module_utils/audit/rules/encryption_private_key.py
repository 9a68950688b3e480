# SPDX-License-Identifier: GPL-3.0-or-later
"""See RULE."""

from __future__ import annotations

from collections.abc import Iterator

from ..evidence import Evidence
from ..finding import Finding, Severity, Where
from ..private_keys import private_keys
from ..rule import Rule


def look(evidence: Evidence) -> Iterator[Finding]:
    for tip in evidence.tips.values():
        for held in tip.candidates:
            for key in private_keys(held.text):
                where = Where(tip.name, held.file, held.line_at(key.start))
                if key.is_of_age:
                    yield Finding(where, "an age private key")
                else:
                    yield Finding(where, "a private key", "Make a new one, have nobody trust the old one, and take it out.")


RULE = Rule(
    id="encryption-private-key",
    severity=Severity.ERROR,
    title="A private key in a repository",
    why="Who has the repository is who the key says. With one of age they can decrypt every file that was ever encrypted for it.",
    mend="Make a new age key, sops updatekeys and sops rotate every file, rotate every secret, and take the key out.",
    look=look,
)
