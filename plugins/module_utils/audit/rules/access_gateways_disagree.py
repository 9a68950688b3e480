# SPDX-License-Identifier: GPL-3.0-or-later
"""See RULE."""

from __future__ import annotations

from collections.abc import Iterator

from ...s3.verdict import Verdict
from ..evidence import Evidence
from ..finding import Finding, NotChecked, Severity
from ..proven import NO_ANSWER
from ..rule import Rule


def look(evidence: Evidence) -> Iterator[Finding | NotChecked]:
    answers: dict[tuple[str, str], dict[str, bool]] = {}
    silent: set[str] = set()
    for proof in evidence.proofs_by_pod:
        if proof.verdict in NO_ANSWER:
            silent.add(proof.endpoint)
        else:
            asked = answers.setdefault((proof.check.name, proof.check.credential.public_id), {})
            asked[proof.endpoint] = proof.verdict is Verdict.accepted
    for (name, access_key_id), accepted in answers.items():
        refusing = sorted(pod for pod, is_accepted in accepted.items() if not is_accepted)
        if refusing and len(refusing) < len(accepted):
            what = f"{access_key_id} is refused by {', '.join(refusing)} and accepted by the others"
            yield Finding(evidence.of_master(name), what)
    yield from (NotChecked(f"{pod} gives no answer") for pod in sorted(silent))


RULE = Rule(
    id="access-gateways-disagree",
    severity=Severity.ERROR,
    title="Gateways that have different masters",
    why="A request works or fails by the gateway that it happens to reach.",
    mend="kubectl rollout restart of the gateways' workload, then ansible-playbook verify.yml",
    look=look,
)
