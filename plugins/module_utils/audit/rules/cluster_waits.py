# SPDX-License-Identifier: GPL-3.0-or-later
"""See RULE."""

from __future__ import annotations

from collections.abc import Iterator

from ...holdings import copied_secrets
from ..evidence import Evidence
from ..finding import Finding, Severity, Where
from ..rule import Rule

_LABELS = {"HelmRelease": ("reconcile.fluxcd.io/watch", "Enabled"), "Cluster": ("cnpg.io/reload", "true")}


def look(evidence: Evidence) -> Iterator[Finding]:
    for identity in evidence.opened.estate.identities:
        wanted = {_LABELS[consumer.kind]: consumer for consumer in identity.consumers if consumer.kind in _LABELS}
        for manifest in copied_secrets.secrets_of(identity, evidence.opened.files) if wanted else ():
            labels = manifest.plain.get("metadata", {}).get("labels") or {}
            for (label, value), consumer in wanted.items():
                if labels.get(label) != value:
                    where = Where(identity=identity.name, resource=f"Secret {manifest}")
                    yield Finding(where, f"{consumer} learns of its change late", f"Give it the label {label}: {value}.")


RULE = Rule(
    id="cluster-waits",
    severity=Severity.NOTE,
    title="A consumer that could be told of a changed Secret and is not",
    why="It goes on with the old key until its interval is over.",
    mend="Give the Secret the label that its consumer looks for.",
    look=look,
)
