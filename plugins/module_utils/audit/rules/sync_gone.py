# SPDX-License-Identifier: GPL-3.0-or-later
"""See RULE."""

from __future__ import annotations

from collections.abc import Iterator

from ..evidence import Evidence
from ..finding import Finding, Severity, Where
from ..rule import Rule


def look(evidence: Evidence) -> Iterator[Finding]:
    master = evidence.estate.master
    if evidence.tips[master.repository].file(master.file) is None:
        yield Finding(Where(master.repository, master.file), "the master is not there")
    for identity, copy in evidence.copies():
        name = (copy.repository, copy.file)
        if evidence.tips[copy.repository].file(copy.file) is None:
            yield Finding(Where(*name, identity=identity.name), "the file is not there")
        elif name not in evidence.unreadable and (why := evidence.missing(copy)):
            yield Finding(Where(*name, identity=identity.name), why)


RULE = Rule(
    id="sync-gone",
    severity=Severity.ERROR,
    title="A declared copy or master that is not there",
    why="No rotation can be done while the estate and the repositories say different things.",
    mend="Correct its file or key in the estate, or bring it back from Git.",
    look=look,
)
