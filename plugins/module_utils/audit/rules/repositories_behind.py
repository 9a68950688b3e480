# SPDX-License-Identifier: GPL-3.0-or-later
"""See RULE."""

from __future__ import annotations

from collections.abc import Iterator

from ..evidence import Evidence
from ..finding import Finding, Severity, Where
from ..rule import Rule


def look(evidence: Evidence) -> Iterator[Finding]:
    for name, checkout in evidence.checkouts.items():
        if checkout.unpulled:
            what = f"the remote has {checkout.unpulled} commits to files of the estate that {checkout.branch} lacks"
            yield Finding(Where(name), what)


RULE = Rule(
    id="repositories-behind",
    severity=Severity.NOTE,
    title="A checkout that is behind with the files of the estate",
    why="What is looked at or edited in it is old.",
    mend="git pull",
    look=look,
)
