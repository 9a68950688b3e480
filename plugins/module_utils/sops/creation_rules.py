# SPDX-License-Identifier: GPL-3.0-or-later
"""The rules of a ``.sops.yaml``: who a new file is encrypted for, and what of it."""

from __future__ import annotations

import dataclasses
import posixpath
from collections.abc import Iterator, Mapping
from typing import Any

try:
    import yaml
except ImportError:  # operations check for it
    pass

from ..failure import Failure
from .go_regex import matcher
from .rules import RULES

NAME = ".sops.yaml"

_ANY_STEMS = ("q", "q7/q7.q7", "Q-Q/Q-Q/Q_Q")
"""Of files that no rule means."""


@dataclasses.dataclass(frozen=True)
class CreationRule:
    """One rule.

    Attributes:
        number: Its place in the file, from 1.
        recipients: Age recipients and, with ``pgp:`` before them, PGP fingerprints.
        only_these: Whether those are all recipients that the rule has; else it has some of key services too.
        parts: What of a file is encrypted: at most one of ``RULES``, by name.
        pattern: The files that it is for, as a regular expression of Go; empty where it is for all.
        path: The file's path from the folder of the rules.
    """

    number: int
    recipients: frozenset[str]
    only_these: bool
    parts: Mapping[str, str]
    pattern: str
    path: str

    def is_for_all_with_the_suffix(self) -> bool:
        """Whether it is for any file with the suffix of this one: it says how such a file is encrypted, and not that it is."""
        suffix = posixpath.splitext(self.path)[1]
        return not self.pattern or all(matcher(self.pattern)(f"{stem}{suffix}") for stem in _ANY_STEMS)


class CreationRules:
    """The rules in the folder ``folder`` of a repository.

    Raises:
        Failure: The text is no such file.
    """

    def __init__(self, text: str, folder: str) -> None:
        self._folder = folder
        try:
            told = yaml.safe_load(text)
        except yaml.YAMLError:
            told = None
        listed = told.get("creation_rules") if isinstance(told, dict) else None
        if not isinstance(listed, list) or not all(isinstance(rule, dict) for rule in listed):
            raise Failure(
                f"{posixpath.join(folder, NAME)} has no list creation_rules.",
                state="Nothing was changed.",
                remedy="Mend it, and try sops with it.",
            )
        self._rules: list[dict[str, Any]] = listed

    def of(self, file: str) -> CreationRule | None:
        """The first rule for a file, by its path from the repository's root.

        Raises:
            Unsure: A regular expression may mean something else in Python.
        """
        path = posixpath.relpath(file, self._folder or ".")
        for number, rule in enumerate(self._rules, 1):
            pattern = rule.get("path_regex")
            if not pattern or matcher(str(pattern))(path):
                return _rule(number, rule, path)
        return None


def folders_above(file: str) -> Iterator[str]:
    """The folders in which ``sops`` looks for a ``.sops.yaml``, nearest first; the root is empty."""
    folder = posixpath.dirname(file)
    while folder:
        yield folder
        folder = posixpath.dirname(folder)
    yield ""


def _rule(number: int, rule: Mapping[str, Any], path: str) -> CreationRule:
    groups = [rule, *(group for group in rule.get("key_groups") or () if isinstance(group, dict))]
    known = {"age", "pgp", "path_regex", "key_groups", "shamir_threshold", "mac_only_encrypted", *RULES}
    recipients = {name for group in groups for name in (*_names(group, "age"), *(f"pgp:{n}" for n in _names(group, "pgp")))}
    services = any(value for group in groups for name, value in group.items() if name not in known)
    parts = {name: str(rule[name]) for name in RULES if rule.get(name)}
    return CreationRule(number, frozenset(recipients), not services, parts, str(rule.get("path_regex") or ""), path)


def _names(group: Mapping[str, Any], kind: str) -> list[str]:
    """Written as a list, or as one text with commas."""
    told = group.get(kind) or []
    parts = told.split(",") if isinstance(told, str) else [str(one) for one in told]
    return [part.strip() for part in parts if part.strip()]
