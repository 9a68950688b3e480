# SPDX-License-Identifier: GPL-3.0-or-later
"""What the history holds and no file holds any more, as findings."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from .evidence import Evidence
from .finding import Finding, Where
from .traces import Kind


def that_was(kind: Kind, words: str) -> Callable[[Evidence], Iterator[Finding]]:
    """Finds traces of a kind; other rules find those that are in a file at the tip. ``words`` stand before the commit."""

    def look(evidence: Evidence) -> Iterator[Finding]:
        for repository, found in evidence.traces.items():
            for trace, commit in found:
                if trace.kind is kind and not evidence.tips[repository].holds(trace.blob):
                    where = Where(repository, trace.path, trace.line, commit=commit)
                    yield Finding(where, f"{words} {commit[:12]}")

    return look
