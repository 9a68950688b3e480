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
            if trace.kind is not Kind.VALUE or trace.value not in evidence.secret_keys:
                continue
            used = trace.value in evidence.in_use
            if not used and trace.value in evidence.refused:
                continue
            name = evidence.secret_keys[trace.value]
            now = "is in use" if used else "is no longer in use, and S3 has not shown that it refuses it"
            what = f"the secret key {evidence.fingerprints.of(trace.value)} came in with {commit[:12]}, and {now}"
            again = f"ansible-playbook rotate.yml -e identity={name} -e min_age=0 -e retire=force -e revoke=true"
            where = Where(repository, trace.path, trace.line, identity=name, commit=commit)
            yield Finding(
                where, what, again if used else "Audit where S3 can be asked: once it refuses the key, nothing is found."
            )


RULE = Rule(
    id="history-secret-key",
    severity=Severity.ERROR,
    title="A secret key of the estate in plain text in the history",
    why="Who has the repository has had the key. Where it is still in use, it has to go now.",
    mend="ansible-playbook rotate.yml -e identity=NAME -e min_age=0 -e retire=force -e revoke=true",
    look=look,
)
