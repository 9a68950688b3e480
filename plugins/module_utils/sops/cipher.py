# SPDX-License-Identifier: GPL-3.0-or-later
"""One encrypted value: ``ENC[AES256_GCM,data:…,iv:…,tag:…,type:…]``."""

from __future__ import annotations

import binascii
import math
import os
import re
from base64 import b64encode

from .changes import Value
from .go_scalars import INT64_MAX, INT64_MIN, as_bytes, is_canonical_time
from .unsure import Unsure

try:
    from cryptography.exceptions import InvalidTag
    from cryptography.hazmat.primitives.ciphers.aead import AESGCM
except ImportError:  # operations check for it
    pass

SEALED = "ENC[AES256_GCM,"
"""How every encrypted value begins."""

ENCRYPTED = re.compile(
    r"ENC\[AES256_GCM,data:([A-Za-z0-9+/]+={0,2}),iv:([A-Za-z0-9+/]+={0,2}),tag:([A-Za-z0-9+/]+={0,2}),type:([a-z]+)\]"
)
_NONCE_LENGTH = 32
_TAG_LENGTH = 16
_INT = re.compile(r"[-+]?[0-9]+", re.ASCII)
_FLOAT = re.compile(r"[-+]?(?:[0-9]+(?:\.[0-9]*)?(?:[eE][-+]?[0-9]+)?|Inf)|NaN", re.ASCII)
_BOOLS = {**dict.fromkeys(("1", "t", "T", "TRUE", "true", "True"), True)}
_BOOLS.update(dict.fromkeys(("0", "f", "F", "FALSE", "false", "False"), False))


class NotEncrypted(Exception):
    """A text is not an encrypted value."""


class Tampered(Exception):
    """An encrypted value does not fit its key path or this file's data key."""


class Cipher:
    """Encrypts and decrypts single values with a file's data key (32 bytes)."""

    def __init__(self, data_key: bytes) -> None:
        self._gcm = AESGCM(data_key)

    def decrypt(self, text: str, context: str) -> tuple[Value, str]:
        """A value and its type.

        Args:
            text: The encrypted value; the empty string is itself.
            context: What it is bound to: the key path for a value, ``lastmodified`` for the MAC.

        Raises:
            NotEncrypted: It is something else.
            Tampered: It was changed, or belongs elsewhere.
            Unsure: It has a type of value that is not known here.
        """
        if not text:
            return "", "str"
        match = ENCRYPTED.fullmatch(text.rstrip("\n"))
        if match is None:
            if text.startswith(SEALED):
                raise Unsure("it has an oddly written encrypted value")
            raise NotEncrypted
        data, nonce, tag, kind = match.groups()
        try:
            plain = self._gcm.decrypt(
                binascii.a2b_base64(nonce),
                binascii.a2b_base64(data) + binascii.a2b_base64(tag),
                context.encode(),
            )
        except (InvalidTag, binascii.Error, ValueError):
            raise Tampered from None
        return _value(plain, kind), kind

    def encrypt(self, value: Value, kind: str, context: str) -> str:
        """The encrypted text of a value of type ``str``, ``int``, ``float``, ``bool`` or ``time``."""
        plain = as_bytes(value, kind)
        if not plain:
            return ""
        nonce = os.urandom(_NONCE_LENGTH)
        sealed = self._gcm.encrypt(nonce, plain, context.encode())
        data, tag = sealed[:-_TAG_LENGTH], sealed[-_TAG_LENGTH:]
        return f"{SEALED}data:{_text(data)},iv:{_text(nonce)},tag:{_text(tag)},type:{kind}]"

    def __repr__(self) -> str:
        return "<Cipher>"


def _text(data: bytes) -> str:
    return b64encode(data).decode()


def _value(plain: bytes, kind: str) -> Value:
    try:
        text = plain.decode()
    except UnicodeDecodeError:
        raise Unsure("it has a value that is not text") from None
    if kind == "str":
        return text
    if kind == "int" and _INT.fullmatch(text) and INT64_MIN <= int(text) <= INT64_MAX:
        return int(text)
    if kind == "float" and _FLOAT.fullmatch(text):
        number = float(text)
        if not math.isinf(number) or "Inf" in text:
            return number
    if kind == "bool" and text in _BOOLS:
        return _BOOLS[text]
    if kind == "time" and is_canonical_time(text):
        return text
    raise Unsure("it has a value of a type that is not known here")
