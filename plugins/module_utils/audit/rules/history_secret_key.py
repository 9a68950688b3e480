# SPDX-License-Identifier: GPL-3.0-or-later
"""See RULE."""

from __future__ import annotations

from collections.abc import Iterator

from ..evidence import Evidence
from ..finding import Finding, Severity, Where
from ..rule import Rule
from ..traces import Kind


def look(evidence: Evidence) -> Iterator[Finding]:
    for repository, found in evidence.traces.items():
        for trace, commit in found:
            if trace.kind is Kind.VALUE and trace.value in evidence.secret_keys:
                name = evidence.secret_keys[trace.value]
                used = trace.value in evidence.in_use
                now = "is in use" if used else "is no longer in use"
                what = f"the secret key {evidence.fingerprints.of(trace.value)} came in with {commit[:12]}, and {now}"
                again = f"ansible-playbook rotate.yml -e identity={name} -e min_age=0 -e retire=force -e revoke=true"
                where = Where(repository, trace.path, trace.line, identity=name, commit=commit)
                yield Finding(where, what, again if used else "See that S3 refuses it: the rule access-old-key tries it.")


RULE = Rule(
    id="history-secret-key",
    severity=Severity.ERROR,
    title="A secret key of the estate in plain text in the history",
    why="Who has the repository has had the key. Where it is still in use, it has to go now.",
    mend="ansible-playbook rotate.yml -e identity=NAME -e retire=force -e revoke=true",
    look=look,
)
