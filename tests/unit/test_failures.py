# SPDX-License-Identifier: GPL-3.0-or-later
"""What every failure tells an operator besides what happened."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

PLUGINS = Path(__file__).parents[2] / "plugins"


def _raised() -> Iterator[tuple[str, set[str | None]]]:
    """Each place where a Failure is made, and the arguments that it names."""
    for file in PLUGINS.rglob("*.py"):
        for node in ast.walk(ast.parse(file.read_text())):
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "Failure":
                yield f"{file.relative_to(PLUGINS)}:{node.lineno}", {keyword.arg for keyword in node.keywords}


def test_every_failure_says_the_state_of_things_and_what_to_do_next() -> None:
    raised = dict(_raised())
    assert len(raised) > 50
    assert [place for place, told in raised.items() if not {"state", "remedy"} <= told] == []
