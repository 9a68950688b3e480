# SPDX-License-Identifier: GPL-3.0-or-later
"""Results with everything in them, and with what breaks formats in every name and message."""

from __future__ import annotations

from typing import Any

import pytest

NASTY = "a|b<c>\"d'&e;\nf\r\x00\x1b[31m `x` *y* _z_ {0} [m](n) @team ~~o~~ $p$ \\ ]]> %41 ä \ud800 \udcff \u202e \u2028 \ufffe #"
SEEN = NASTY.translate(
    {
        **{ord(one): f"\\x{ord(one):02x}" for one in "\x00\x1b"},
        **{ord(one): f"\\u{ord(one):04x}" for one in "\ud800\udcff\u202e\u2028\ufffe"},
        ord("\r"): "\\r",
    }
)
"""How a report shows it."""


@pytest.fixture
def nasty() -> str:
    return NASTY


@pytest.fixture
def seen() -> str:
    return SEEN


@pytest.fixture
def results() -> dict[str, Any]:
    """A rule that found something, one that was not checked, one of both, one that is suppressed, and one that passed."""
    return {
        "changed": False,
        "time": "2026-11-24T23:34:38Z",
        "ok": False,
        "rules": [_rule(name) for name in ("found", "unchecked", "partly", "excused", "passed")],
        "findings": [
            _finding("found", NASTY),
            _finding("partly", "b/ä b.yaml", severity="note", line=0, key=""),
            _finding("excused", "c.yaml", suppressed={"reason": NASTY, "until": "2027-01-31"}),
        ],
        "not_checked": [{"rule": "unchecked", "reason": NASTY}, {"rule": "partly", "reason": "no key for d.yaml"}],
        "count": {"error": 1, "warning": 0, "note": 1},
        "identities": [
            {"name": NASTY, "state": "current", "access_key_id": NASTY, "age_seconds": 90061},
            {"name": "etl", "state": "unknown", "access_key_id": None, "age_seconds": None},
        ],
    }


def _rule(name: str) -> dict[str, Any]:
    severity = "note" if name == "partly" else "error"
    return {"id": name, "severity": severity, "title": f"What {name} is", "why": NASTY, "mend": NASTY}


def _finding(rule: str, file: str, **more: Any) -> dict[str, Any]:
    where = {
        "repository": "h-kube",
        "file": file,
        "line": more.pop("line", 3),
        "key": more.pop("key", NASTY),
        "identity": NASTY,
        "commit": "",
        "resource": more.pop("resource", ""),
    }
    return {"rule": rule, "severity": "error", "where": where, "what": NASTY, "mend": NASTY, "suppressed": None, **more}
