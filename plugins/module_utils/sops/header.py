# SPDX-License-Identifier: GPL-3.0-or-later
"""A file's metadata: who can open it, what is encrypted, and its MAC."""

from __future__ import annotations

import dataclasses
import re
from collections.abc import Mapping
from typing import Any

from .unsure import Unsure

_LASTMODIFIED = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}(?:Z|[-+](?!00:00)[0-9]{2}:[0-9]{2})")
_OTHERS = {
    "pgp": "fp",
    "kms": "arn",
    "gcp_kms": "resource_id",
    "hckms": "key_id",
    "azure_kv": "vault_url",
    "hc_vault": "vault_address",
}
_SPECIAL_AGE = re.compile(r"age1(?:pq1|[^1]*1)")


@dataclasses.dataclass(frozen=True)
class Header:
    """The metadata that reading and editing need.

    Attributes:
        age: Recipient and armoured data key, of each age recipient.
        others: The other recipients, for example ``pgp:85D7…``.
        only_encrypted: Whether plain values are left out of the MAC.
    """

    age: tuple[tuple[str, str], ...]
    others: tuple[str, ...]
    lastmodified: str
    mac: str
    only_encrypted: bool

    @property
    def recipients(self) -> tuple[str, ...]:
        return (*(recipient for recipient, _key in self.age), *self.others)

    @property
    def for_program_only(self) -> bool:
        """Whether it has recipients whose keys only the program can use."""
        return bool(self.others) or any(_SPECIAL_AGE.match(recipient) for recipient, _key in self.age)


def recipients_of(metadata: Mapping[str, Any]) -> tuple[str, ...]:
    """All recipients, those of key groups too, however odd the metadata is otherwise."""
    groups = metadata.get("key_groups")
    found = [*_recipients(metadata)]
    for group in groups if isinstance(groups, list) else []:
        if isinstance(group, dict):
            found += _recipients(group)
    return tuple(found)


def _recipients(group: Mapping[str, Any]) -> list[str]:
    found = []
    for kind, field in {"age": "recipient", **_OTHERS}.items():
        listed = group.get(kind)
        for entry in listed if isinstance(listed, list) else []:
            if isinstance(entry, dict):
                name = str(entry.get(field, "?"))
                found.append(name if kind == "age" else f"{kind}:{name}")
    return found


def header_of(metadata: Mapping[str, Any]) -> Header:
    """The metadata as far as this library understands it.

    Raises:
        Unsure: It has something that only the program can handle.
    """
    if metadata.get("key_groups"):
        raise Unsure("its data key is split over key groups")
    version = metadata.get("version")
    if not isinstance(version, str) or not version.startswith("3."):
        raise Unsure("it was written by another major version of SOPS")
    lastmodified = metadata.get("lastmodified")
    if not isinstance(lastmodified, str) or not _LASTMODIFIED.fullmatch(lastmodified):
        raise Unsure("its lastmodified is oddly written")
    mac = metadata.get("mac") or ""
    if not isinstance(mac, str):
        raise Unsure("its MAC is oddly written")
    flag = metadata.get("mac_only_encrypted") or "false"
    if flag not in ("true", "false"):
        raise Unsure("its mac_only_encrypted is oddly written")
    age = []
    listed = metadata.get("age")
    for entry in listed if isinstance(listed, list) else []:
        recipient, armoured = (entry.get("recipient"), entry.get("enc")) if isinstance(entry, dict) else (None, None)
        if not isinstance(recipient, str) or not isinstance(armoured, str):
            raise Unsure("its age recipients are oddly written")
        age.append((recipient, armoured))
    others = tuple(name for name in _recipients({**metadata, "age": None}))
    return Header(tuple(age), others, lastmodified, mac, flag == "true")
