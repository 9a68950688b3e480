# SPDX-License-Identifier: GPL-3.0-or-later
"""The master, in either of its two forms: a JSON text at a key of a SOPS file, or a SOPS file that is the document itself."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from typing import Any

from ..estate.model import Place
from ..failure import Failure
from ..seaweedfs import identities as document
from ..seaweedfs.identities import Add, Change, Drop, InvalidDocument, MasterIdentity, NewSecret
from ..sops.key_path import KeyPath
from ..sops.sops_file import Remove, Set, SopsFile
from . import places
from .files import Files


def text_of(file: SopsFile, place: Place) -> str:
    """The identities document of a decrypted master file, of any version of it.

    Raises:
        places.NoValue: There is none at the place.
    """
    if place.key:
        return places.unwrap(file, place, places.raw(file, place))
    return json.dumps(_tree(file))


def read(files: Files, place: Place) -> tuple[MasterIdentity, ...]:
    """The identities of the master, changes included.

    Raises:
        Failure: It can't be read, or SeaweedFS would not start with it.
    """
    try:
        text = files.value(place) if place.key else text_of(files.opened((place.repository, place.file)), place)
        return document.parse(text)
    except (places.NoValue, InvalidDocument) as error:
        raise Failure(
            f"The master {place} holds no document that SeaweedFS would start with: {error}.",
            state="Nothing was changed.",
            remedy=f"Mend it with `sops edit {place.file}` in {place.repository}, and look at what the gateways run with.",
        ) from None


def values_in(files: Files, place: Place) -> list[str]:
    """All that is secret in the master and in its file, for messages to be redacted."""
    file = files.opened((place.repository, place.file))
    held = [credential.secret_key for one in read(files, place) for credential in one.credentials]
    return [*held, *(str(entry.value) for entry in file.entries() if entry.encrypted and entry.value is not None)]


def secret_keys(file: SopsFile) -> Iterator[KeyPath]:
    """Where secret keys are in a file that is the document itself, and where the next one of each identity comes to be."""
    held: dict[KeyPath, int] = {}
    for entry in file.entries():
        if len(entry.path) > 1 and entry.path[0] == "identities":
            count = held.setdefault(entry.path[:2], 0)
            if len(entry.path) > 3 and entry.path[2] == "credentials" and isinstance(entry.path[3], int):
                held[entry.path[:2]] = max(count, entry.path[3] + 1)
    for identity, count in held.items():
        yield from ((*identity, "credentials", index, "secretKey") for index in range(count + 1))


def edit(files: Files, place: Place, changes: Sequence[Change]) -> None:
    """Change the master in memory; the result is one that SeaweedFS starts with."""
    if not changes:
        return
    name = (place.repository, place.file)
    try:
        edited = document.edit(files.value(place) if place.key else text_of(files.opened(name), place), changes)
    except InvalidDocument as error:
        raise Failure(
            f"The change would leave the master {place} invalid: {error}.",
            state="Nothing was written.",
            remedy=f"Look at the document with `sops edit {place.file}` in {place.repository}.",
        ) from None
    if place.key:
        files.set(place, edited)
    else:
        files.change(name, [keyed for change in changes for keyed in _keyed(change)])


def _keyed(change: Change) -> list[Set | Remove]:
    identity = change.identity
    if isinstance(change, Drop):
        return [Remove(document.credential_path(identity, change.credential.index))]
    if isinstance(change, NewSecret):
        return [Set((*document.credential_path(identity, change.credential.index), "secretKey"), change.secret_key)]
    path = document.credential_path(identity, len(identity.credentials))
    return [
        Set((*path, "accessKey"), change.access_key_id, create=True),
        Set((*path, "secretKey"), change.secret_key, create=True),
    ]


def _tree(file: SopsFile) -> Any:
    """The document that a file's values make."""
    root: dict[str, Any] = {}
    for entry in file.entries():
        holder: Any = root
        for part, following in zip(entry.path, (*entry.path[1:], None), strict=True):
            value: Any = entry.value if following is None else [] if isinstance(following, int) else {}
            if isinstance(holder, list):
                # an empty mapping or list before it has no values to be seen by
                while len(holder) < int(part):
                    holder.append(None)
                if part == len(holder):
                    holder.append(value)
            else:
                holder.setdefault(part, value)
            holder = holder[part]
    return root


__all__ = ["Add", "Drop", "NewSecret", "edit", "read", "secret_keys", "text_of"]
