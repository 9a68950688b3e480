# SPDX-License-Identifier: GPL-3.0-or-later
"""The fields that SeaweedFS knows in its identities document, and of what kind each must be.

They are those of ``S3ApiConfiguration`` in SeaweedFS's ``iam.proto``, read as JSON the way of protobuf: a field has two names
(``secretKey`` and ``secret_key``), of which a document may use one; ``null`` stands for a field that isn't there; a field that
isn't known is passed over. Anything else ends ``weed`` at its start.
"""

from __future__ import annotations

import decimal
import re
from collections.abc import Iterator, Mapping
from typing import Any

_DOCUMENT = "S3ApiConfiguration"
_FIELDS: Mapping[str, Mapping[str, str]] = {
    _DOCUMENT: {
        "identities": "[Identity]",
        "accounts": "[Account]",
        "serviceAccounts": "[ServiceAccount]",
        "policies": "[Policy]",
        "groups": "[Group]",
    },
    "Identity": {
        "name": "text",
        "credentials": "[Credential]",
        "actions": "[text]",
        "account": "Account",
        "disabled": "flag",
        "serviceAccountIds": "[text]",
        "policyNames": "[text]",
        "isStatic": "flag",
        "tags": "[UserTag]",
    },
    "Credential": {"accessKey": "text", "secretKey": "text", "status": "text"},
    "Account": {"id": "text", "displayName": "text", "emailAddress": "text"},
    "UserTag": {"key": "text", "value": "text"},
    "ServiceAccount": {
        "id": "text",
        "parentUser": "text",
        "description": "text",
        "credential": "Credential",
        "actions": "[text]",
        "expiration": "number",
        "disabled": "flag",
        "createdAt": "number",
        "createdBy": "text",
    },
    "Policy": {"name": "text", "content": "text"},
    "Group": {"name": "text", "members": "[text]", "policyNames": "[text]", "disabled": "flag"},
}
"""By message and field: a list of a kind is in brackets."""

_NUMBER = re.compile(r"-?(0|[1-9][0-9]*)(\.[0-9]+)?([eE][+-]?[0-9]+)?")


def problems(document: Any) -> list[str]:
    """What is of another kind than SeaweedFS expects, or there under both of its names. Of values only names of identities are
    quoted.

    Args:
        document: The JSON value of the whole document.
    """
    return list(_wrong(document, _DOCUMENT, "", ""))


def _wrong(value: Any, kind: str, path: str, whole: str) -> Iterator[str]:
    """What is wrong in the value at ``path`` of ``whole``: an identity's name, or empty for the document itself."""
    called = _called(path, whole)
    if value is None:
        yield f"{called} is empty"
    elif kind.startswith("["):
        if not isinstance(value, list):
            yield f"{called} is no list"
            return
        for index, item in enumerate(value):
            name = item.get("name") if kind == "[Identity]" and isinstance(item, dict) else None
            if isinstance(name, str) and name:
                yield from _wrong(item, kind[1:-1], "", name)
            else:
                yield from _wrong(item, kind[1:-1], f"{path}[{index}]", whole)
    elif kind in _FIELDS:
        if not isinstance(value, dict):
            yield f"{called} is no object"
            return
        for field, of_kind in _FIELDS[kind].items():
            yield from _wrong_field(value, field, of_kind, path, whole)
    elif kind == "text" and not isinstance(value, str):
        yield f"{called} is no text"
    elif kind == "flag" and not isinstance(value, bool):
        yield f"{called} is neither true nor false"
    elif kind == "number" and not _is_whole(value):
        yield f"{called} is no whole number"


def _wrong_field(value: Mapping[str, Any], field: str, kind: str, path: str, whole: str) -> Iterator[str]:
    other = re.sub(r"[A-Z]", lambda match: f"_{match[0].lower()}", field)
    names = [name for name in dict.fromkeys((field, other)) if name in value]
    inside = [f"{path}.{name}" if path else name for name in names]
    if len(names) == 2:
        yield f"{_called(inside[0], whole)} is there twice, as {other} too"
    for name, at in zip(names, inside, strict=True):
        if value[name] is not None:
            yield from _wrong(value[name], kind, at, whole)


def _called(path: str, whole: str) -> str:
    return f"{path} of {whole}" if path and whole else path or whole or "it"


def _is_whole(value: Any) -> bool:
    """Whether protobuf takes it for a number of 64 bits: also as a text, and with a fraction of zeros."""
    if isinstance(value, bool) or not isinstance(value, int | float | str) or not _NUMBER.fullmatch(str(value)):
        return False
    number = decimal.Decimal(str(value))
    return -(2**63) <= number < 2**63 and number == number.to_integral_value()
