# SPDX-License-Identifier: GPL-3.0-or-later
"""Applies rules to an estate, and what the owner of the estate has excused."""

from __future__ import annotations

import dataclasses
import datetime
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from ..estate.model import Suppression
from ..failure import Failure
from ..sops.unsure import Unsure
from .evidence import Evidence
from .finding import Finding, NotChecked, Severity
from .rule import Rule


@dataclasses.dataclass(frozen=True)
class Found:
    """A finding of a rule; ``suppression`` excuses it today."""

    rule: Rule
    finding: Finding
    suppression: Suppression | None = None


@dataclasses.dataclass(frozen=True)
class Results:
    """What came of an audit.

    Attributes:
        rules: Those that were applied.
        found: The worst first; what is suppressed last.
        not_checked: Rules that could not be evaluated, or not for all, and why.
    """

    rules: tuple[Rule, ...]
    found: tuple[Found, ...]
    not_checked: tuple[tuple[Rule, str], ...]

    def count(self, severity: Severity) -> int:
        """How many findings of a severity are not suppressed."""
        return sum(one.rule.severity is severity for one in self.found if one.suppression is None)

    def fails_on(self, severity: Severity) -> bool:
        """Whether a finding is as bad as this, or worse."""
        return any(self.count(one) for one in Severity if one.rank <= severity.rank)


def audit(rules: Sequence[Rule], evidence: Evidence, suppressions: Sequence[Suppression], today: datetime.date) -> Results:
    """Apply all rules. What one of them trips over is not checked; the others go on."""
    found: list[Found] = []
    not_checked: list[tuple[Rule, str]] = []
    for rule in rules:
        for item in _all_of(rule, evidence):
            if isinstance(item, NotChecked):
                not_checked.append((rule, str(item)))
            else:
                found.append(_judged(rule, item, suppressions, today))
    found.sort(key=lambda one: (one.suppression is not None, one.rule.severity.rank))
    return Results(tuple(rules), tuple(found), tuple(not_checked))


def as_data(results: Results) -> dict[str, Any]:
    """The results in plain types, a part of what docs/audit.schema.json describes."""
    return {
        "rules": [
            {"id": rule.id, "severity": rule.severity.value, "title": rule.title, "why": rule.why, "mend": rule.mend}
            for rule in results.rules
        ],
        "findings": [_finding(one) for one in results.found],
        "not_checked": [{"rule": rule.id, "reason": reason} for rule, reason in results.not_checked],
        "count": {severity.value: results.count(severity) for severity in Severity},
    }


def _all_of(rule: Rule, evidence: Evidence) -> Iterable[Finding | NotChecked]:
    try:
        yield from rule.look(evidence)
    except NotChecked as reason:
        yield reason
    except Unsure as unsure:
        yield NotChecked(f"only sops can tell: {unsure.reason}")
    except Failure as failure:
        yield NotChecked(failure.what.rstrip("."))


def _judged(rule: Rule, finding: Finding, suppressions: Sequence[Suppression], today: datetime.date) -> Found:
    meant = [suppression for suppression in suppressions if _means(suppression, rule, finding)]
    valid = next((suppression for suppression in meant if today <= suppression.until), None)
    if meant and valid is None:
        ended = max(suppression.until for suppression in meant)
        finding = dataclasses.replace(finding, what=f"{finding.what} (no longer suppressed, since {ended} has passed)")
    return Found(rule, finding, valid)


def _means(suppression: Suppression, rule: Rule, finding: Finding) -> bool:
    where = finding.where
    told: Mapping[str, str] = {
        suppression.identity: where.identity,
        suppression.repository: where.repository,
        suppression.file: where.file,
    }
    return suppression.rule == rule.id and all(not wanted or wanted == held for wanted, held in told.items())


def _finding(one: Found) -> dict[str, Any]:
    suppressed = one.suppression and {"reason": one.suppression.reason, "until": one.suppression.until.isoformat()}
    return {
        "rule": one.rule.id,
        "severity": one.rule.severity.value,
        "where": dataclasses.asdict(one.finding.where),
        "what": one.finding.what,
        "mend": one.finding.mend or one.rule.mend,
        "suppressed": suppressed,
    }
