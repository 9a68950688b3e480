# SPDX-License-Identifier: GPL-3.0-or-later
"""See RULE."""

from __future__ import annotations

from collections.abc import Iterator

from ..evidence import Evidence
from ..finding import Finding, Severity, Where
from ..manifests import plain_secrets
from ..rule import Rule

_APART = "put it into a file of its own, then sops encrypt --in-place FILE"


def look(evidence: Evidence) -> Iterator[Finding]:
    for tip in evidence.tips.values():
        for held in tip.candidates:
            for secret in plain_secrets(held.text) if not held.is_sealed else ():
                what = f"the Secret {secret.name} is in plain text"
                # in a template, a script or a text, sops finds no values
                how = f"sops encrypt --in-place {held.file}" if held.documents else _APART
                mend = f"{how}, and change what was in it: it has been seen"
                yield Finding(Where(tip.name, held.file, secret.line, secret.key), what, mend)


RULE = Rule(
    id="encryption-plain-secret",
    severity=Severity.ERROR,
    title="A Secret in plain text",
    why="Everybody who has the repository has its values, now and from its history.",
    mend="sops encrypt --in-place FILE, and change what was in it: it has been seen",
    look=look,
)
