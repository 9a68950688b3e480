# SPDX-License-Identifier: GPL-3.0-or-later
"""Encrypted texts for an edit, made with the file's own data key."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime

from .changes import Entry, Value
from .key_path import KeyPath
from .mac import mac_of
from .opened import Opened


class DataKeySealer:
    """Encrypts new values, and signs the whole.

    Args:
        opened: The file.
        now: What its ``lastmodified`` becomes.
    """

    def __init__(self, opened: Opened, now: datetime) -> None:
        self._opened = opened
        self._now = now.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")

    def seal(self, document: int, path: KeyPath, context: str, value: Value, kind: str) -> str | None:
        if not self._opened.rules.encrypts(path):
            return None
        return self._opened.cipher.encrypt(value, kind, context)

    def stamp(self, entries: Sequence[Entry]) -> tuple[str, str]:
        mac = mac_of(
            ((entry.value, entry.type, entry.encrypted) for entry in entries),
            only_encrypted=self._opened.header.only_encrypted,
        )
        return self._opened.cipher.encrypt(mac, "str", self._now), self._now
