# SPDX-License-Identifier: GPL-3.0-or-later
"""The findings as a module's result, and everything that is wrong as one message."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from ..failure import Failure
from .check import Finding, Problem


def rows(findings: Sequence[Finding]) -> list[dict[str, Any]]:
    """One row for each check at each endpoint.

    Returns:
        ``name``, ``access_key_id``, ``endpoint``, ``expect`` (accepted or refused), ``verdict``, ``ok``, ``buckets`` (the
        actions that work, by bucket) and ``waited`` in seconds.
    """
    return [
        {
            "name": finding.check.name,
            "access_key_id": finding.check.credential.public_id,
            "endpoint": finding.endpoint,
            "expect": "accepted" if finding.check.accepted else "refused",
            "verdict": finding.verdict.value,
            "ok": finding.ok,
            "buckets": {bucket: list(actions) for bucket, actions in finding.buckets.items()},
            "waited": finding.waited,
        }
        for finding in findings
    ]


def failure(findings: Sequence[Finding]) -> Failure | None:
    """Everything that isn't as it must be, or None. What is wrong with an endpoint is said once for all credentials."""
    wrong = [finding for finding in findings if not finding.ok]
    if not wrong:
        return None
    lines = [*_of_endpoints(wrong), *_of_credentials(wrong)]
    remedies = dict.fromkeys(problem.remedy for finding in wrong for problem in finding.problems)
    waited = max(finding.waited for finding in wrong)
    after = f" after {waited:.0f} s" if waited >= 1 else ""
    listed = "".join(f"\n  - {line}" for line in lines)
    return Failure(
        f"{len(wrong)} of {len(findings)} proofs at S3 failed{after}:{listed}\n",
        state="The proof itself changed nothing; what was pushed before it stays, and the next run goes on from there.",
        remedy=next(iter(remedies)) if len(remedies) == 1 else "What to do:" + "".join(f"\n  - {r}" for r in remedies),
    )


def _of_endpoints(findings: Sequence[Finding]) -> list[str]:
    whose: dict[tuple[str, str], list[str]] = {}
    for finding in findings:
        for problem in finding.problems:
            if problem.of_endpoint:
                whose.setdefault((finding.endpoint, problem.what), []).append(finding.check.name)
    return [f"{url}: {what}. Not proven: {', '.join(dict.fromkeys(names))}" for (url, what), names in whose.items()]


def _of_credentials(findings: Sequence[Finding]) -> list[str]:
    return [_line(finding, problem) for finding in findings for problem in finding.problems if not problem.of_endpoint]


def _line(finding: Finding, problem: Problem) -> str:
    check = finding.check
    lies = f", in {' and '.join(check.sources)}" if check.sources else ""
    return f"{check.name} (access key id {check.credential.public_id}{lies}) at {finding.endpoint}: {problem.what}"
