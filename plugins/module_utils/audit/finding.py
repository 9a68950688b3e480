# SPDX-License-Identifier: GPL-3.0-or-later
"""Something that is wrong, and where. No secret in it."""

from __future__ import annotations

import dataclasses
import enum


class NotChecked(Exception):
    """A rule can't be evaluated. The message says why, as a sentence without its full stop."""


class Severity(enum.StrEnum):
    """How bad a finding is, the worst first."""

    ERROR = "error"
    WARNING = "warning"
    NOTE = "note"

    @property
    def rank(self) -> int:
        """0 is the worst."""
        return list(Severity).index(self)


@dataclasses.dataclass(frozen=True)
class Where:
    """What a finding points at; whatever isn't part of it is empty.

    Attributes:
        file: From the repository's root.
        line: In the file as it is at the tip, from 1; 0 for the whole file.
        key: A key path in the file.
        commit: Where the finding is about the history: the commit with which it came in.
        resource: An object in the cluster, such as ``Secret lotus-lake/keys``.
    """

    repository: str = ""
    file: str = ""
    line: int = 0
    key: str = ""
    identity: str = ""
    commit: str = ""
    resource: str = ""


@dataclasses.dataclass(frozen=True)
class Finding:
    """One thing that is wrong.

    Attributes:
        what: A sentence without its full stop.
        mend: What to do about this one, where it differs from the rule's own; a command where there is one.
    """

    where: Where
    what: str
    mend: str = ""
