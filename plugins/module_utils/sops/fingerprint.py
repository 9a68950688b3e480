# SPDX-License-Identifier: GPL-3.0-or-later
"""The only form in which a secret may be shown."""

from __future__ import annotations

import hashlib
import hmac


class Fingerprints:
    """Makes fingerprints: equal secrets look equal, and nobody without the key can test a guess.

    Args:
        key: At least 16 secret bytes, such as ``SopsFile.data_key_fingerprint_key``.
    """

    def __init__(self, key: bytes) -> None:
        if len(key) < 16:
            raise ValueError("a key for fingerprints needs 16 bytes or more")
        self._key = key

    def of(self, value: str) -> str:
        """Such as ``fp:1a2b3c4d5e``: 40 bits of an HMAC-SHA256."""
        return f"fp:{hmac.new(self._key, value.encode(), hashlib.sha256).hexdigest()[:10]}"

    def __repr__(self) -> str:
        return "<Fingerprints>"
