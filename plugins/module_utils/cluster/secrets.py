# SPDX-License-Identifier: GPL-3.0-or-later
"""A Secret in the cluster beside what it should hold. Pure functions."""

from __future__ import annotations

import base64
import binascii
import dataclasses
from collections.abc import Mapping

ENCRYPTED = b"ENC["
"""How a value begins that SOPS encrypted and nobody decrypted."""


@dataclasses.dataclass(frozen=True)
class Difference:
    """A key whose value in the cluster isn't that of the file. ``held`` is None where the cluster has no such key."""

    key: str
    wanted: bytes = dataclasses.field(repr=False)
    held: bytes | None = dataclasses.field(repr=False)

    @property
    def is_encrypted(self) -> bool:
        return self.held is not None and self.held.startswith(ENCRYPTED) and not self.wanted.startswith(ENCRYPTED)


def differences(wanted: Mapping[str, bytes], held: Mapping[str, str]) -> list[Difference]:
    """The keys of the file that are otherwise in the cluster. Keys that only the cluster has are somebody else's.

    Args:
        wanted: The values by key.
        held: The ``data`` of the Secret, in base64.
    """
    there = {key: _decoded(value) for key, value in held.items()}
    return [Difference(key, value, there.get(key)) for key, value in wanted.items() if there.get(key) != value]


def _decoded(value: str) -> bytes | None:
    try:
        return base64.b64decode(value, validate=True)
    except binascii.Error:
        return None
