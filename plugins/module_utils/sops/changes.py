# SPDX-License-Identifier: GPL-3.0-or-later
"""One value of a document, and the changes that can be asked for."""

from __future__ import annotations

import dataclasses

from .key_path import KeyPath, show

Value = str | int | float | bool | None  # pylint: disable=unsupported-binary-operation


@dataclasses.dataclass(frozen=True)
class Entry:
    """One value of a document.

    Attributes:
        document: The document's place in its file, from 0.
        path: Where in the document. Items of a list have their index.
        value: The decrypted value. A time is text as RFC 3339 has it.
        type: ``str``, ``int``, ``float``, ``bool``, ``time`` or ``null``.
        encrypted: Whether the file holds it encrypted.
    """

    document: int
    path: KeyPath
    value: Value
    type: str
    encrypted: bool

    def __repr__(self) -> str:
        return f"<Entry {show(self.path)} of document {self.document}: {self.type}>"


@dataclasses.dataclass(frozen=True)
class Set:
    """Set the value of a key.

    Attributes:
        path: The key.
        value: The new value.
        document: The document, or None for the only one that has the key.
        create: Make the key where it is missing. Otherwise a missing key is a Failure.
    """

    path: KeyPath
    value: Value
    document: int | None = None
    create: bool = False

    def __repr__(self) -> str:
        return f"<Set {show(self.path)}>"


@dataclasses.dataclass(frozen=True)
class Remove:
    """Remove a key with all that it holds, or an item of a list; a list's last item leaves it empty.

    What is missing is no change.

    Attributes:
        path: The key, or the item by its place before the edit, whatever else the edit removes.
        document: The document, or None for the only one that has it.
    """

    path: KeyPath
    document: int | None = None


Change = Set | Remove  # pylint: disable=unsupported-binary-operation
