# SPDX-License-Identifier: GPL-3.0-or-later
"""The page of the roles has their options as they are declared, and plays that a molecule scenario runs."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from ..places import ROOT
from .interface import Interface
from .pages import Page

_PAGE = Path("docs") / "roles.md"


def bad_roles_page(pages: Sequence[Page], has: Interface, plays: Sequence[str] | None = None) -> Iterator[str]:
    """Options that the page lacks or has otherwise, and plays on it that nothing runs.

    Args:
        plays: The texts of the playbooks that are run; those of molecule's scenarios where None is given.
    """
    for page in pages:
        if page.path.name != _PAGE.name:
            continue
        for role in sorted(has.roles):
            for name, option in has.roles[role].items():
                row = _row(name, option)
                if row not in page.text:
                    yield f"{page.name}: the role {role} needs this row: {row}"
        run = plays if plays is not None else [path.read_text() for path in sorted(ROOT.glob("molecule/*/converge.yml"))]
        for block in page.blocks():
            if block.language == "yaml" and not any(block.text in play for play in run):
                yield f"{block.place}: no molecule scenario's converge.yml has this play"


def _row(name: str, option: Mapping[str, Any]) -> str:
    """A row of a role's table: name, type, default, description."""
    kind = f"list of {option['elements']}" if option.get("type") == "list" and option.get("elements") else option.get("type", "")
    default = "required" if option.get("required") else f"`{_shown(option['default'])}`" if "default" in option else ""
    described = option["description"]
    text = " ".join(described) if isinstance(described, list) else described
    if option.get("choices"):
        text += " One of " + ", ".join(f"`{_shown(choice)}`" for choice in option["choices"]) + "."
    return f"| `{name}` | {kind} | {default} | {text} |"


def _shown(value: Any) -> str:
    """A value as YAML would have it, in one line."""
    return value if isinstance(value, str) and value else json.dumps(value)
