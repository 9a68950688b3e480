# SPDX-License-Identifier: GPL-3.0-or-later
"""What encrypts a file's values, and whether it encrypted those of another version, which takes no key of its recipients."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from .age_keys import AgeKeys
from .cipher import SEALED, Cipher, NotEncrypted, Tampered
from .format import Format
from .header import header_of
from .layouts import layout_of
from .program_reading import metadata_leniently
from .unsure import Unsure


def metadata_of(text: str, name: str) -> Mapping[str, Any]:
    """The metadata of a text, empty where it has none that can be read. SOPS writes what has no format as JSON."""
    format = Format.JSON if Format.of(name) is Format.BINARY else Format.of(name)
    return metadata_leniently(text, format, layout_of(format, name))


def may_open(metadata: Mapping[str, Any], keys: AgeKeys) -> bool:
    """Whether one of our age keys opens a file with this metadata. What is odd, or needs the program, may be ours."""
    try:
        header = header_of(metadata)
    except Unsure:
        return True
    return header.for_program_only or any(keys.open(*recipient) for recipient in header.age)


def data_key_of(metadata: Mapping[str, Any], keys: AgeKeys) -> bytes | None:
    """The data key; None where no age key opens it.

    Raises:
        Unsure: The metadata has something that only the program can handle.
    """
    opened = (keys.open(recipient, armoured) for recipient, armoured in header_of(metadata).age)
    return next((data_key for data_key in opened if data_key is not None and len(data_key) == 32), None)


def is_sealed_with(data_key: bytes, metadata: Mapping[str, Any]) -> bool:
    """Whether a data key made the encrypted MAC in some metadata: it is authenticated, so that no other key opens it."""
    mac, lastmodified = metadata.get("mac"), metadata.get("lastmodified")
    if not isinstance(mac, str) or not mac.startswith(SEALED) or not isinstance(lastmodified, str):
        return False
    try:
        Cipher(data_key).decrypt(mac, lastmodified)
    except (NotEncrypted, Tampered):
        return False
    return True
