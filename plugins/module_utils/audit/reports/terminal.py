# SPDX-License-Identifier: GPL-3.0-or-later
"""The results as a person reads them in a terminal: the worst first, then a line for each identity."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from .text import by_reason, place, printable, suppression_of


def lines(results: Mapping[str, Any]) -> Iterator[str]:
    """The lines of results that are as ``schema`` says."""
    return (printable(line).replace("\n", "\\n") for line in _lines(results))


def _lines(results: Mapping[str, Any]) -> Iterator[str]:
    for one in results["findings"]:
        level = "suppressed" if one["suppressed"] else one["severity"]
        where = place(one["where"])
        yield f"{level.upper():<10}  {one['rule']}  {where}{': ' if where else ''}{one['what']}"
        if one["suppressed"]:
            yield f"{'':<10}  {suppression_of(one)}"
        else:
            yield f"{'':<10}  {one['mend']}"
    for reason, rules in by_reason(results["not_checked"]).items():
        yield f"NOT CHECKED  {', '.join(rules)}: {reason}"
    width = max((len(identity["name"]) for identity in results["identities"]), default=0)
    for identity in results["identities"]:
        name, state = identity["name"], identity["state"]
        mine = [one for one in results["findings"] if one["where"]["identity"] == name and not one["suppressed"]]
        yield f"{name.ljust(width)}  {state.ljust(8)}  {', '.join(dict.fromkeys(one['rule'] for one in mine)) or 'nothing found'}"
    counted = ", ".join(f"{number} {severity}{'' if number == 1 else 's'}" for severity, number in results["count"].items())
    yield f"{len(results['rules'])} rules: {counted}, {len(results['not_checked'])} not checked"
