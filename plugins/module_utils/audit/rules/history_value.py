# SPDX-License-Identifier: GPL-3.0-or-later
"""See RULE. Secret keys of identities are for history-secret-key."""

from __future__ import annotations

from collections.abc import Iterator

from ..evidence import Evidence
from ..finding import Finding, NotChecked, Severity, Where
from ..rule import Rule
from ..traces import Kind


def look(evidence: Evidence) -> Iterator[Finding | NotChecked]:
    traces, former = evidence.traces, evidence.former_values
    for repository, found in traces.items():
        in_plain_secrets = {trace.blob for trace, _commit in found if trace.kind is Kind.PLAIN_SECRET}
        for trace, commit in found:
            used = trace.value in former.in_use
            if trace.value in former.places and (used or trace.blob not in in_plain_secrets):
                secret = f"{evidence.fingerprints.of(trace.value)} of {former.places[trace.value]}"
                what = f"the value {secret} came in with {commit[:12]}, and {'is' if used else 'is no longer'} in use"
                mend = "" if used else "See that it is refused where it was used, then excuse the finding under audit.suppress."
                yield Finding(Where(repository, trace.path, trace.line, commit=commit), what, mend)
    if former.closed:
        which = ", ".join(f"{count} of {file}" for file, count in former.closed.items())
        yield NotChecked(f"versions that can't be decrypted here: {which}")


RULE = Rule(
    id="history-value",
    severity=Severity.ERROR,
    title="A secret of an encrypted file in plain text in the history",
    why="Who has the repository has had it, whatever the file that it is in is encrypted with.",
    mend="Change it where it is used, and in the file with sops edit FILE. Then excuse the finding under audit.suppress.",
    look=look,
)
