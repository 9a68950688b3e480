# SPDX-License-Identifier: GPL-3.0-or-later
"""A user's own rules: files in a folder of theirs, each with a RULE as ours have."""

from __future__ import annotations

import importlib.util
from collections.abc import Collection, Iterator
from pathlib import Path

from ..failure import Failure
from .rule import Rule


def load(folder: Path, taken: Collection[str]) -> Iterator[Rule]:
    """The rules of a folder, by the names of their files.

    Raises:
        Failure: The folder isn't there, or a file in it has no rule, or one whose id is among ``taken``.
    """
    if not folder.is_dir():
        raise _unusable(f"The folder of rules {folder} is not there.")
    known = set(taken)
    for file in sorted(folder.glob("*.py")):
        rule = _rule(file)
        if rule.id in known:
            raise _unusable(f"The id {rule.id} of the rule in {file} is taken.")
        known.add(rule.id)
        yield rule


def _rule(file: Path) -> Rule:
    spec = importlib.util.spec_from_file_location(f"lotus_lake_own_rule_{file.stem}", file)
    if spec is None or spec.loader is None:
        raise _unusable(f"{file} can't be loaded.")
    module = importlib.util.module_from_spec(spec)
    try:
        spec.loader.exec_module(module)
    except Exception as error:
        raise _unusable(f"{file} can't be loaded: {type(error).__name__}: {error}.") from error
    rule = getattr(module, "RULE", None)
    if not isinstance(rule, Rule):
        raise _unusable(f"{file} has no RULE.")
    return rule


def _unusable(what: str) -> Failure:
    return Failure(what, state="Nothing was looked at.", remedy="See docs/audit.md for what a rule of your own is.")
