# SPDX-License-Identifier: GPL-3.0-or-later
"""See RULE."""

from __future__ import annotations

from collections.abc import Iterator

from ...estate.model import OperatorMade
from ..evidence import Evidence
from ..finding import Finding, Severity, Where
from ..manifests import named_secrets
from ..rule import Rule


def look(evidence: Evidence) -> Iterator[Finding]:
    made = {(one.namespace, one.name): one for one in evidence.estate.operator_made}
    for tip in evidence.tips.values() if made else ():
        for held in tip.candidates:
            for namespace, name, line in named_secrets(held.text):
                mine = made.get((namespace, name)) or (None if namespace else _of_name(evidence, name))
                if mine is not None:
                    what = f"{mine.made_by} makes the Secret {mine.namespace}/{mine.name} itself"
                    yield Finding(Where(tip.name, held.file, line, "metadata.name"), what)


def _of_name(evidence: Evidence, name: str) -> OperatorMade | None:
    return next((one for one in evidence.estate.operator_made if one.name == name), None)


RULE = Rule(
    id="repositories-operator-made",
    severity=Severity.ERROR,
    title="A Secret in a repository that an operator in the cluster makes",
    why="Two write it, and the database is locked out when the repository wins.",
    mend="git rm FILE, or take it out of the file, and let the operator make it anew.",
    look=look,
)
