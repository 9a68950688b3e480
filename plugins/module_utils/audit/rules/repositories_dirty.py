# SPDX-License-Identifier: GPL-3.0-or-later
"""See RULE."""

from __future__ import annotations

from collections.abc import Iterator

from ..evidence import Evidence
from ..finding import Finding, Severity, Where
from ..rule import Rule


def look(evidence: Evidence) -> Iterator[Finding]:
    for name, checkout in evidence.checkouts.items():
        for file in checkout.dirty:
            mend = f"git commit {file} and git push; or git restore {file}"
            yield Finding(Where(name, file), "it has changes that are not committed", mend)


RULE = Rule(
    id="repositories-dirty",
    severity=Severity.WARNING,
    title="A file of the estate with changes that are not committed",
    why="Nobody else has them, and a rotation will not see them: it works at the tip of the remote.",
    mend="git commit FILE and git push; or git restore FILE",
    look=look,
)
