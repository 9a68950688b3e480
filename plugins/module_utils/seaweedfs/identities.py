# SPDX-License-Identifier: GPL-3.0-or-later
"""SeaweedFS' identities document.

What ends ``weed`` at its next start was tried on SeaweedFS 4.48: invalid JSON, an empty document, an access key id under two
identities, and a field of another kind than it expects (see ``fields``). It starts with no identities and refuses everybody; the
credentials of two identities of one name add up; a credential without a secret key lets everybody in who signs with an empty
one. None of those is a master to write, so they are problems as well. It reads ``access_key`` and ``secret_key`` too, which are
not edited here.
"""

from __future__ import annotations

import dataclasses
import re
from collections.abc import Sequence
from typing import Any

from .. import json_text
from . import fields

_REFERENCE = re.compile(r"\$\{[^}]*\}|^\$\w+$")


@dataclasses.dataclass(frozen=True)
class MasterCredential:
    """One credential in the document; ``index`` is its place in the identity's list."""

    access_key_id: str
    secret_key: str = dataclasses.field(repr=False)
    index: int
    inactive: bool = False

    @property
    def is_reference(self) -> bool:
        """Whether a value is taken from the gateway's environment and so isn't known here."""
        return bool(_REFERENCE.search(self.access_key_id) or _REFERENCE.search(self.secret_key))


@dataclasses.dataclass(frozen=True)
class MasterIdentity:
    """One identity in the document; ``index`` is its place in the list."""

    name: str
    index: int
    credentials: tuple[MasterCredential, ...]
    actions: tuple[str, ...] = ()
    disabled: bool = False


class InvalidDocument(ValueError):
    """SeaweedFS would not start with the document, or not do what it is for. ``problems`` says why, without a secret."""

    def __init__(self, problems: list[str]) -> None:
        self.problems = problems
        super().__init__("; ".join(problems))


def parse(text: str) -> tuple[MasterIdentity, ...]:
    """The identities of a document.

    Raises:
        InvalidDocument: SeaweedFS would refuse to start with it, would accept nobody, or somebody without a secret key.
    """
    try:
        document = json_text.loads(text)
    except json_text.JsonTextError as error:
        raise InvalidDocument([f"it is no valid JSON ({error})"]) from None
    listed = document.get("identities") if isinstance(document, dict) else None
    if not isinstance(listed, list) or not listed:
        raise InvalidDocument(["it has no identities"])
    problems = fields.problems(document)
    identities = tuple(_identity(index, value, problems) for index, value in enumerate(listed))
    problems += _conflicts(identities)
    if problems:
        raise InvalidDocument(problems)
    return identities


@dataclasses.dataclass(frozen=True)
class Add:
    """``identity`` gets a further credential, after the ones that it has."""

    identity: MasterIdentity
    access_key_id: str
    secret_key: str = dataclasses.field(repr=False)


@dataclasses.dataclass(frozen=True)
class Drop:
    """``identity`` loses ``credential``."""

    identity: MasterIdentity
    credential: MasterCredential


@dataclasses.dataclass(frozen=True)
class NewSecret:
    """``credential`` gets another secret key under the same access key id."""

    identity: MasterIdentity
    credential: MasterCredential
    secret_key: str = dataclasses.field(repr=False)


Change = Add | Drop | NewSecret  # pylint: disable=unsupported-binary-operation


def credential_path(identity: MasterIdentity, index: int) -> tuple[str | int, ...]:
    """Where in the document a credential is."""
    return ("identities", identity.index, "credentials", index)


def edit(text: str, changes: Sequence[Change]) -> str:
    """The document with the changes made; at most one for an identity. All other characters stay.

    Raises:
        InvalidDocument: SeaweedFS would not start with the result.
    """
    try:
        document = json_text.loads(text)
        edited = json_text.edit(text, [_to_text(change, document) for change in changes])
    except json_text.JsonTextError as error:
        raise InvalidDocument([f"it can't be edited ({error})"]) from None
    parse(edited)
    return edited


def _to_text(change: Change, document: Any) -> json_text.Change:
    identity = change.identity
    if isinstance(change, Drop):
        return json_text.Remove(credential_path(identity, change.credential.index))
    if isinstance(change, NewSecret):
        return json_text.Replace((*credential_path(identity, change.credential.index), "secretKey"), change.secret_key)
    credential = {"accessKey": change.access_key_id, "secretKey": change.secret_key}
    listed = document["identities"][identity.index]
    if isinstance(listed.get("credentials"), list):
        return json_text.Append(("identities", identity.index, "credentials"), credential)
    return json_text.Replace(("identities", identity.index), {**listed, "credentials": [credential]})


def _identity(index: int, value: Any, problems: list[str]) -> MasterIdentity:
    """What is of the wrong kind was told before, and is passed over."""
    value = value if isinstance(value, dict) else {"name": ""}
    name = value.get("name")
    if name is None:
        problems.append(f"identities[{index}] has no name")
    name = name if isinstance(name, str) else ""
    read = []
    for position, credential in enumerate(_listed(value, "credentials", dict)):
        access_key_id, secret_key = credential.get("accessKey") or "", credential.get("secretKey") or ""
        if not access_key_id or not secret_key:
            problems.append(f"credentials[{position}] of {name} lacks an accessKey or a secretKey")
        elif isinstance(access_key_id, str) and isinstance(secret_key, str):
            inactive = credential.get("status") == "Inactive"
            read.append(MasterCredential(access_key_id, secret_key, position, inactive))
    return MasterIdentity(
        name=name,
        index=index,
        credentials=tuple(read),
        actions=tuple(_listed(value, "actions", str)),
        disabled=value.get("disabled") is True,
    )


def _listed(value: dict[str, Any], field: str, kind: type) -> list[Any]:
    listed = value.get(field)
    return [item for item in listed if isinstance(item, kind)] if isinstance(listed, list) else []


def _conflicts(identities: tuple[MasterIdentity, ...]) -> list[str]:
    problems: list[str] = []
    names: set[str] = set()
    owners: dict[str, str] = {}
    for identity in identities:
        if identity.name in names:
            problems.append(f"the identity {identity.name} is there twice")
        names.add(identity.name)
        for credential in identity.credentials:
            owner = owners.setdefault(credential.access_key_id, identity.name)
            if owner != identity.name:
                problems.append(
                    f"the access key id {credential.access_key_id} is under two identities, {owner} and {identity.name}"
                )
    return problems
