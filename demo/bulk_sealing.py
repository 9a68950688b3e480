# SPDX-License-Identifier: GPL-3.0-or-later
"""Encrypts many Secret manifests at once, each with a data key of its own, without starting sops for each."""

from __future__ import annotations

import base64
import datetime
import os
import textwrap
from collections.abc import Iterator
from typing import Any

import pyrage
import yaml

from ..plugins.module_utils.sops.cipher import Cipher
from ..plugins.module_utils.sops.mac import mac_of

ENCRYPTED_KEYS = ("data", "stringData")


def seal_manifest(text: str, recipient: str) -> str:
    """The encrypted text of one Secret manifest whose values are texts, as sops would write it."""
    data_key = os.urandom(32)
    cipher = Cipher(data_key)
    manifest = yaml.load(text, yaml.CSafeLoader)
    values = list(_values(manifest, ()))
    for path, value in values:
        if _is_encrypted(path):
            holder = manifest
            for part in path[:-1]:
                holder = holder[part]
            holder[path[-1]] = cipher.encrypt(value, "str", "".join(f"{part}:" for part in path))
    now = datetime.datetime.now(datetime.UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
    mac = mac_of(((value, "str", _is_encrypted(path)) for path, value in values), only_encrypted=False)
    manifest["sops"] = {
        "age": [
            {"recipient": recipient, "enc": _armoured(pyrage.encrypt(data_key, [pyrage.x25519.Recipient.from_str(recipient)]))}
        ],
        "lastmodified": now,
        "mac": cipher.encrypt(mac, "str", now),
        "encrypted_regex": f"^({'|'.join(ENCRYPTED_KEYS)})$",
        "version": "3.11.0",
    }
    return yaml.dump(manifest, Dumper=_Blocks, sort_keys=False, width=100_000, indent=4)


class _Blocks(yaml.CSafeDumper):
    """Writes texts of several lines as sops does."""


def _text(dumper: _Blocks, text: str) -> yaml.ScalarNode:
    return dumper.represent_scalar("tag:yaml.org,2002:str", text, style="|" if "\n" in text else None)


_Blocks.add_representer(str, _text)


def _values(held: Any, path: tuple[str, ...]) -> Iterator[tuple[tuple[str, ...], str]]:
    if isinstance(held, dict):
        for key, inner in held.items():
            yield from _values(inner, (*path, key))
    elif isinstance(held, str):
        yield path, held
    else:
        raise TypeError(f"{'.'.join(path)} is no text")


def _is_encrypted(path: tuple[str, ...]) -> bool:
    return any(part in ENCRYPTED_KEYS for part in path)


def _armoured(sealed: bytes) -> str:
    lines = textwrap.wrap(base64.b64encode(sealed).decode(), 64)
    return "\n".join(["-----BEGIN AGE ENCRYPTED FILE-----", *lines, "-----END AGE ENCRYPTED FILE-----", ""])
