# SPDX-License-Identifier: GPL-3.0-or-later
"""What may be in a report as it is. File names and messages come from repositories, and may hold anything."""

from __future__ import annotations

import datetime
import unicodedata
from collections.abc import Mapping, Sequence
from typing import Any

from ... import duration

_UNSEEN = frozenset({"Cc", "Cf", "Cn", "Cs", "Zl", "Zp"})
"""Unicode's categories of what controls a terminal or the order of writing, is no character, or can't be encoded."""


def printable(text: str) -> str:
    """The text with everything but visible characters and line breaks written as Python's escapes, such as ``\\x1b``."""
    return "".join(_seen(one) for one in text)


def place(where: Mapping[str, Any]) -> str:
    """What a finding points at, in one word where that is enough."""
    line = f":{where['line']}" if where["line"] else ""
    file = f"{where['repository']}:{where['file']}{line}" if where["file"] else where["repository"]
    identity = f"({where['identity']})" if where["identity"] else ""
    return " ".join(part for part in (file, where["key"], where["resource"], identity) if part)


def place_of(finding: Mapping[str, Any]) -> str:
    """What a finding points at, on one line."""
    return printable(place(finding["where"])).replace("\n", "\\n")


def suppression_of(finding: Mapping[str, Any]) -> str:
    """Why a suppressed finding is excused."""
    return printable(f"until {finding['suppressed']['until']}: {finding['suppressed']['reason']}")


def summary(results: Mapping[str, Any]) -> str:
    """The numbers, such as ``1 error, 0 warnings, 2 notes, 3 not checked``."""
    counted = [f"{number} {severity}{'' if number == 1 else 's'}" for severity, number in results["count"].items()]
    return ", ".join([*counted, f"{len(results['not_checked'])} not checked"])


def age_of(identity: Mapping[str, Any]) -> str:
    """How old an identity's credential is."""
    seconds = identity["age_seconds"]
    return "unknown" if seconds is None else duration.show(datetime.timedelta(seconds=seconds))


def by_reason(not_checked: Sequence[Mapping[str, Any]]) -> dict[str, list[str]]:
    """The rules that were not checked, by why."""
    found: dict[str, list[str]] = {}
    for one in not_checked:
        found.setdefault(one["reason"], []).append(one["rule"])
    return found


def _seen(character: str) -> str:
    if character == "\n" or unicodedata.category(character) not in _UNSEEN:
        return character
    return character.encode("unicode_escape").decode()
