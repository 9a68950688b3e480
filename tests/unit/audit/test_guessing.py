# SPDX-License-Identifier: GPL-3.0-or-later
"""What is easy to guess, and what a machine drew."""

from __future__ import annotations

import base64
import secrets
import string

import pytest
from ansible_collections.lotus_lake.secrets.plugins.module_utils.audit.guessing import is_easy

KNOWN = ("daggy", "daggy-20261124T233438Z", "cnpg-backups")


@pytest.mark.parametrize(
    "secret",
    [
        "",
        "changeme",
        "minioadmin",
        "passwordpassword",
        "Password123!Password123!",
        "qwertyuiop1234567890asdf",
        "abcdefghijklmnopqrstuvwxyz0123456789",
        "a" * 200,
        "daggycnpg-backups2026",
        "daggy-20261124T233438Z!",
        "2026-11-24 2026-11-24 2026-11-24",
    ],
)
def test_what_people_type_is_easy(secret: str) -> None:
    assert is_easy(secret, KNOWN)


@pytest.mark.parametrize("length", [14, 16, 20, 40, 64, 128])
def test_what_was_drawn_is_not(length: int) -> None:
    letters = string.ascii_letters + string.digits
    for _try in range(20):
        assert not is_easy("".join(secrets.choice(letters) for _ in range(length)), KNOWN)
        assert not is_easy(secrets.token_hex(length), KNOWN)
        assert not is_easy(base64.b64encode(secrets.token_bytes(length)).decode(), KNOWN)
