# SPDX-License-Identifier: GPL-3.0-or-later
"""The page of the audit has its rules as they are."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from ansible_collections.lotus_lake.secrets.plugins.module_utils.audit.rule import Rule
from ansible_collections.lotus_lake.secrets.plugins.module_utils.audit.rules import RULES

from .pages import Page

_PAGE = "audit.md"


def bad_rules_page(pages: Sequence[Page]) -> Iterator[str]:
    """Rules that the page lacks or has otherwise."""
    for page in pages:
        if page.path.name == _PAGE:
            yield from (f"{page.name} needs this row: {row}" for row in map(_row, RULES) if row not in page.text)


def _row(rule: Rule) -> str:
    return f"| `{rule.id}` | {rule.severity.value} | {rule.title} | {rule.why} | {rule.mend} |"
