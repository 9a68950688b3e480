# SPDX-License-Identifier: GPL-3.0-or-later
"""See RULE."""

from __future__ import annotations

from collections.abc import Iterator

from ...failure import Failure
from ..evidence import Evidence
from ..finding import Finding, NotChecked, Severity
from ..rule import Rule


def look(evidence: Evidence) -> Iterator[Finding]:
    place = evidence.estate.master
    if (place.repository, place.file) in evidence.unreadable:
        raise NotChecked(f"{place.repository}:{place.file} can't be read")
    try:
        evidence.read_master()
    except Failure as failure:
        yield Finding(evidence.where(place), failure.what.rstrip("."))


RULE = Rule(
    id="sync-invalid-master",
    severity=Severity.ERROR,
    title="A master that SeaweedFS would not start with",
    why="At its next start every client is refused, or SeaweedFS ends.",
    mend="Mend the document with sops edit, and look at what the gateways run with.",
    look=look,
)
