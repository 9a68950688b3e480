# SPDX-License-Identifier: GPL-3.0-or-later
"""What S3 said about the credentials, as findings."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator

from ..s3.check import Finding as Proof
from ..s3.check import Problem
from ..s3.verdict import Verdict
from .evidence import Evidence
from .finding import Finding, NotChecked

NO_ANSWER = frozenset({Verdict.unreachable, Verdict.unavailable, Verdict.bad_tls, Verdict.wrong_clock, Verdict.other})


def of_accepted(verdicts: Collection[Verdict]) -> Callable[[Evidence], Iterator[Finding | NotChecked]]:
    """Finds problems of these kinds with credentials that must be accepted."""
    return lambda evidence: _problems(evidence, lambda proof, problem: proof.check.accepted and problem.verdict in verdicts)


def of_refused() -> Callable[[Evidence], Iterator[Finding | NotChecked]]:
    """Finds credentials that must be refused and are not."""
    return lambda evidence: _problems(evidence, lambda proof, problem: not proof.check.accepted)


def _problems(evidence: Evidence, meant: Callable[[Proof, Problem], bool]) -> Iterator[Finding | NotChecked]:
    unanswered: dict[str, str] = {}
    for proof in evidence.proofs:
        for problem in proof.problems:
            if problem.verdict in NO_ANSWER:
                unanswered.setdefault(proof.endpoint, problem.what)
            elif meant(proof, problem):
                what = f"{proof.check.credential.public_id} at {proof.endpoint}: {problem.what}"
                yield Finding(evidence.of_master(proof.check.name), what, problem.remedy)
    yield from (NotChecked(f"{endpoint}: {what}") for endpoint, what in unanswered.items())
