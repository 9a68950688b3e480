# SPDX-License-Identifier: GPL-3.0-or-later
"""The message authentication code over a file's values."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable

from .changes import Value
from .go_scalars import as_bytes

_ONLY_ENCRYPTED = bytes.fromhex("8a3fd2ad54ce66527b1034f3d147be0b0b975b3bf44f72c6fdadec8176f27d69")


def mac_of(values: Iterable[tuple[Value, str, bool]], *, only_encrypted: bool) -> str:
    """The code, as upper-case hexadecimal.

    Args:
        values: Value, type and whether it is encrypted, of all values in document order.
        only_encrypted: Leave the plain ones out, as the file's ``mac_only_encrypted`` asks.
    """
    digest = hashlib.sha512(_ONLY_ENCRYPTED if only_encrypted else b"")
    for value, kind, encrypted in values:
        if encrypted or not only_encrypted:
            digest.update(as_bytes(value, kind))
    return digest.hexdigest().upper()
