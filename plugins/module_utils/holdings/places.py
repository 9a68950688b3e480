# SPDX-License-Identifier: GPL-3.0-or-later
"""One value at a declared place of a decrypted file: base64 and JSON text around it are taken off and put on."""

from __future__ import annotations

import base64
import binascii

from .. import json_text
from ..estate.model import Place
from ..sops.sops_file import SopsFile


class NoValue(LookupError):
    """The place holds no value that can be read. The message says why and holds no secret."""


def raw(file: SopsFile, place: Place) -> str:
    """The text at a place's key, as the file has it.

    Raises:
        NoValue: The key isn't there, or holds no single value.
    """
    entry = file.find(place.key, place.document)
    if entry is None:
        raise NoValue("the key isn't there")
    return "" if entry.value is None else str(entry.value)


def unwrap(file: SopsFile, place: Place, text: str) -> str:
    """The value inside the text at the key."""
    if _is_base64(file, place):
        try:
            text = base64.b64decode(text, validate=True).decode()
        except (binascii.Error, UnicodeDecodeError):
            raise NoValue("the value is not base64 of a text") from None
    if place.json is None:
        return text
    try:
        value = json_text.get(text, place.json)
    except json_text.JsonTextError as error:
        raise NoValue(f"the JSON text there: {error}") from None
    if isinstance(value, dict | list) or value is None:
        raise NoValue("the path in the JSON text leads to no single value")
    return str(value)


def wrap(file: SopsFile, place: Place, text: str, value: str) -> str:
    """The text at the key with ``value`` put in; ``text`` is what is there now."""
    encoded = _is_base64(file, place)
    if place.json is not None:
        inside = base64.b64decode(text).decode() if encoded else text
        value = json_text.edit(inside, [json_text.Replace(place.json, value)])
    return base64.b64encode(value.encode()).decode() if encoded else value


def _is_base64(file: SopsFile, place: Place) -> bool:
    if place.encoding is not None:
        return place.encoding == "base64"
    return bool(place.key) and place.key[0] == "data" and _kind(file, place) == "Secret"


def _kind(file: SopsFile, place: Place) -> object:
    entry = file.find(place.key, place.document)
    kind = file.find(("kind",), entry.document if entry else place.document)
    return kind.value if kind else None
