# SPDX-License-Identifier: GPL-3.0-or-later
"""The Secrets that a decrypted file holds as Kubernetes manifests."""

from __future__ import annotations

import base64
import binascii
import dataclasses
from collections.abc import Mapping
from typing import Any

from ..failure import Failure
from ..sops.changes import Entry
from ..sops.sops_file import SopsFile


@dataclasses.dataclass(frozen=True)
class SecretManifest:
    """A Secret.

    Attributes:
        namespace: Empty where the manifest says none.
        values: What each key holds, ``data`` and ``stringData`` together.
        plain: What is encrypted of it in no file: metadata, type.
    """

    namespace: str
    name: str
    values: Mapping[str, bytes] = dataclasses.field(repr=False)
    plain: Mapping[str, Any] = dataclasses.field(repr=False)

    def __str__(self) -> str:
        return f"{self.namespace}/{self.name}" if self.namespace else self.name

    @property
    def manifest(self) -> dict[str, Any]:
        """It as the API takes it, all values under ``data``."""
        data = {key: base64.b64encode(value).decode() for key, value in self.values.items()}
        return {**self.plain, "apiVersion": "v1", "kind": "Secret", "data": data}


def secrets_in(file: SopsFile) -> list[SecretManifest]:
    """The Secrets in a file; none in one that isn't of manifests.

    Raises:
        Failure: One has no name, or something under ``data`` that isn't base64.
    """
    found = []
    for number in range(file.document_count):
        entries = [entry for entry in file.entries() if entry.document == number]
        held = {entry.path: entry.value for entry in entries}
        if held.get(("kind",)) == "Secret" and held.get(("apiVersion",)) == "v1":
            found.append(_secret(file.name, entries))
    return found


def _secret(file: str, entries: list[Entry]) -> SecretManifest:
    plain = _nested([entry for entry in entries if entry.path[0] not in ("data", "stringData")])
    metadata = plain.get("metadata", {})
    name = metadata.get("name")
    if not isinstance(name, str) or not name:
        raise Failure(f"{file} holds a Secret without a name.", state="The cluster was not changed.", remedy="Name it.")
    values: dict[str, bytes] = {}
    for entry in entries:
        if entry.path[0] == "data" and len(entry.path) == 2:
            values[str(entry.path[1])] = _decoded(file, entry)
    for entry in entries:
        if entry.path[0] == "stringData" and len(entry.path) == 2:
            values[str(entry.path[1])] = _text(entry).encode()
    return SecretManifest(str(metadata.get("namespace") or ""), name, values, plain)


def _decoded(file: str, entry: Entry) -> bytes:
    try:
        return base64.b64decode("".join(_text(entry).split()), validate=True)
    except (binascii.Error, ValueError):
        raise Failure(
            f"{file}: data.{entry.path[1]} is not base64, so that no cluster takes the Secret.",
            state="The cluster was not changed.",
            remedy="Encode it, or put it under stringData.",
        ) from None


def _text(entry: Entry) -> str:
    if isinstance(entry.value, bool):
        return str(entry.value).lower()
    return "" if entry.value is None else str(entry.value)


def _nested(entries: list[Entry]) -> dict[str, Any]:
    """The document of some values. Lists come by the indexes of their items, in order."""
    root: dict[Any, Any] = {}
    for entry in entries:
        holder = root
        for part in entry.path[:-1]:
            holder = holder.setdefault(part, {})
        holder[entry.path[-1]] = entry.value
    return {str(key): _with_lists(value) for key, value in root.items()}


def _with_lists(held: Any) -> Any:
    if not isinstance(held, dict):
        return held
    if held and all(isinstance(key, int) for key in held):
        return [_with_lists(value) for value in held.values()]
    return {key: _with_lists(value) for key, value in held.items()}
