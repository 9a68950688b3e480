# SPDX-License-Identifier: GPL-3.0-or-later
"""See RULE."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from ...rotation.observed import Credential
from ...seaweedfs.identities import MasterIdentity
from ..evidence import Evidence
from ..finding import Finding, Severity
from ..rule import Rule


def look(evidence: Evidence) -> Iterator[Finding]:
    for held, target in evidence.targets():
        name = held.declared.name
        before = None if target.reference else _earlier_use(evidence, name, target)
        if before:
            what = f"its secret key {evidence.fingerprints.of(target.secret_key)} {before}"
            yield Finding(evidence.of_master(name), what, f"ansible-playbook rotate.yml -e identity={name} -e min_age=0")


def _earlier_use(evidence: Evidence, identity: str, credential: Credential) -> str:
    """Where a secret key was in use before, as the end of a sentence; empty where it was not."""
    today, absent = dict(_holders(evidence.master, credential.secret_key)), ""
    for commit, identities in evidence.masters:
        holders = dict(_holders(identities, credential.secret_key))
        others = [access_key_id for access_key_id in holders if access_key_id not in today]
        if others:
            return f"was that of {others[0]} ({holders[others[0]]}) in {commit[:12]}"
        if credential.access_key_id in holders and absent:
            return f"was replaced in {absent[:12]}, and is there again"
        if not holders and any(one.name == identity and one.credentials for one in identities):
            absent = commit
    return ""


def _holders(identities: Iterable[MasterIdentity], secret_key: str) -> Iterator[tuple[str, str]]:
    """The access key ids with a secret key, and whose they are."""
    return ((c.access_key_id, one.name) for one in identities for c in one.credentials if c.secret_key == secret_key)


RULE = Rule(
    id="strength-reused",
    severity=Severity.WARNING,
    title="A secret key that was in use before",
    why="It was replaced for a reason, and whoever had it then has it again. A rollback does this too.",
    mend="ansible-playbook rotate.yml -e identity=NAME -e min_age=0",
    look=look,
)
