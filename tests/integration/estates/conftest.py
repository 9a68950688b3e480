# SPDX-License-Identifier: GPL-3.0-or-later
"""What the copies of an estate of any shape hold, read by sops and by nothing of ours."""

from __future__ import annotations

import base64
import json
from collections.abc import Callable
from typing import Any

import pytest
from ansible_collections.lotus_lake.secrets.demo.estate import EmbeddedEstate

Pair = tuple[str, str]
Held = Callable[..., list[Pair]]


@pytest.fixture
def held_by_copies() -> Held:
    """The access key id and the secret key that each copy of an identity holds at the remote's tip."""

    def held(estate: EmbeddedEstate, identity: str) -> list[Pair]:
        return [
            (_value(estate, copy.access_key), _value(estate, copy.secret_key)) for copy in estate.model.identity(identity).copies
        ]

    return held


@pytest.fixture
def held_by_master() -> Held:
    """An identity's credentials in the master, whichever form that has."""

    def held(estate: EmbeddedEstate, identity: str) -> list[Pair]:
        place = estate.model.master
        document = estate.document(place.repository, place.file)
        listed = json.loads(_value(estate, place)) if place.key else document
        found = next(one for one in listed["identities"] if one["name"] == identity)
        return [(one["accessKey"], one["secretKey"]) for one in found["credentials"]]

    return held


def _value(estate: EmbeddedEstate, place: Any) -> str:
    value: Any = estate.document(place.repository, place.file)
    for part in place.key:
        value = value[part]
    if place.encoding == "base64" or (place.encoding is None and place.key[0] == "data" and place.file.endswith(".yaml")):
        value = base64.b64decode(value).decode()
    if place.json is not None:
        value = json.loads(value)
        for part in place.json:
            value = value[part]
    return str(value)
