# SPDX-License-Identifier: GPL-3.0-or-later
"""See RULE."""

from __future__ import annotations

from collections.abc import Iterator

from ..evidence import Evidence
from ..finding import Finding, Severity, Where
from ..rule import Rule


def look(evidence: Evidence) -> Iterator[Finding]:
    for name, checkout in evidence.checkouts.items():
        if checkout.unpushed:
            what = f"{checkout.unpushed} commits of {checkout.branch} change files of the estate and are not pushed"
            yield Finding(Where(name), what)


RULE = Rule(
    id="repositories-unpushed",
    severity=Severity.WARNING,
    title="Commits to files of the estate that are not pushed",
    why="They will conflict with the next rotation, which works at the tip of the remote.",
    mend="git push, after git pull --rebase where the remote has moved",
    look=look,
)
