# SPDX-License-Identifier: GPL-3.0-or-later
"""JUnit XML: a test case for each rule."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from .text import place_of, printable, summary, suppression_of

try:
    import junitparser
except ImportError:  # operations check for it
    pass


def report(results: Mapping[str, Any], name: str) -> str:
    """What counts is a failure, whatever its severity, which is the failure's type. A rule that was not checked is skipped;
    where it found something all the same, it failed. What is suppressed is in the output."""
    suite = junitparser.TestSuite(f"audit of {printable(name)}")
    suite.timestamp = results["time"].removesuffix("Z")
    for rule in results["rules"]:
        mine = [one for one in results["findings"] if one["rule"] == rule["id"]]
        reasons = [one["reason"] for one in results["not_checked"] if one["rule"] == rule["id"]]
        suite.add_testcase(_case(rule, mine, reasons))
    report: Any = junitparser.JUnitXml(f"lotus_lake.secrets: {summary(results)}")
    report.add_testsuite(suite)
    report.update_statistics()
    return str(report.tostring(), "utf-8")


def _case(rule: Mapping[str, Any], findings: Sequence[Mapping[str, Any]], reasons: Sequence[str]) -> junitparser.TestCase:
    case = junitparser.TestCase(rule["id"], "lotus_lake.secrets.audit", 0)
    counting = [one for one in findings if not one["suppressed"]]
    not_checked = [f"not checked: {printable(reason)}" for reason in reasons]
    said = [f"suppressed {suppression_of(one)}\n  {_told(one)}" for one in findings if one["suppressed"]]
    if counting:
        # one for all: readers look at a test case's first failure only
        failure = junitparser.Failure(f"{rule['title']}: {len(counting)}", rule["severity"])
        failure.text = "\n".join(f"{_told(one)}\n  {printable(one['mend'])}" for one in counting)
        case.result = [failure]
        said += not_checked
    elif not_checked:
        case.result = [junitparser.Skipped("\n".join(not_checked))]
    if said:
        case.system_out = "\n".join(said)
    return case


def _told(finding: Mapping[str, Any]) -> str:
    return f"{place_of(finding)}: {printable(finding['what'])}"
