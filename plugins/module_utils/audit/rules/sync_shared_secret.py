# SPDX-License-Identifier: GPL-3.0-or-later
"""See RULE."""

from __future__ import annotations

from collections.abc import Iterator

from ..evidence import Evidence
from ..finding import Finding, Severity
from ..rule import Rule


def look(evidence: Evidence) -> Iterator[Finding]:
    holders: dict[str, list[str]] = {}
    for identity in evidence.master:
        for secret_key in {c.secret_key for c in identity.credentials if not c.is_reference}:
            holders.setdefault(secret_key, []).append(identity.name)
    declared = {identity.name for identity in evidence.estate.identities}
    for secret_key, names in holders.items():
        # all of them: the one that kept it would have what another one had
        rotated = ",".join(name for name in names if name in declared)
        for name in names[1:]:
            what = f"its secret key {evidence.fingerprints.of(secret_key)} is that of {names[0]} too"
            mend = f"ansible-playbook rotate.yml -e identity={rotated} -e min_age=0" if rotated else ""
            yield Finding(evidence.of_master(name), what, mend)


RULE = Rule(
    id="sync-shared-secret",
    severity=Severity.ERROR,
    title="Two identities with one secret key",
    why="Who learns the secret of one has the other as well, and a rotation of one leaves it alive.",
    mend="ansible-playbook rotate.yml -e identity=NAME,NAME -e min_age=0",
    look=look,
)
