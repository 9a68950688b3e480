# SPDX-License-Identifier: GPL-3.0-or-later
"""Access key ids that carry their birth, and new secret keys."""

from __future__ import annotations

import datetime
import re
import secrets
import string
from collections.abc import Collection, Iterable

ALPHABET = string.ascii_letters + string.digits
SHORTEST_SECRET = 14
"""Characters. What the runbook made by hand; nothing shorter is issued."""

_BIRTH = re.compile(r"-(\d{8}T\d{6}Z)$")
_FORMAT = "%Y%m%dT%H%M%SZ"


def birth(access_key_id: str) -> datetime.datetime | None:
    """When a credential was made, read off its access key id; None where the id doesn't say."""
    found = _BIRTH.search(access_key_id)
    if not found:
        return None
    try:
        return datetime.datetime.strptime(found[1], _FORMAT).replace(tzinfo=datetime.UTC)
    except ValueError:
        return None


def may_be_shown(held: str, known: Collection[str]) -> bool:
    """Whether what lies at the place of an access key id surely is one: ``known``, or it carries a birth.

    Where a key path leads elsewhere than it means to, a secret lies there.
    """
    return held in known or birth(held) is not None


class Issuer:
    """Makes access key ids and secret keys, none of which was there before.

    Args:
        now: The birth that the new access key ids carry.
        access_key_ids: Those that are taken.
        secret_keys: Those that may not come again.
    """

    def __init__(self, now: datetime.datetime, access_key_ids: Iterable[str], secret_keys: Iterable[str]) -> None:
        self._now = now.astimezone(datetime.UTC).replace(microsecond=0)
        self._access_key_ids = set(access_key_ids)
        self._secret_keys = set(secret_keys)

    def access_key_id(self, identity: str, after: datetime.datetime | None = None) -> str:
        """``<identity>-<UTC timestamp>``, the first second from now on that isn't taken.

        Args:
            identity: Whose it will be.
            after: The birth of what it comes after. The clock that told it may be ahead of this one, and the newer of two
                credentials must be told by its birth.
        """
        moment = self._now
        if after is not None and after >= moment:
            moment = after.astimezone(datetime.UTC).replace(microsecond=0) + datetime.timedelta(seconds=1)
        while (issued := f"{identity}-{moment.strftime(_FORMAT)}") in self._access_key_ids:
            moment += datetime.timedelta(seconds=1)
        self._access_key_ids.add(issued)
        return issued

    def secret_key(self, length: int) -> str:
        """Letters and digits from the operating system's generator.

        Raises:
            ValueError: ``length`` is below SHORTEST_SECRET.
        """
        if length < SHORTEST_SECRET:
            raise ValueError(f"a secret key has at least {SHORTEST_SECRET} characters, not {length}")
        while (issued := "".join(secrets.choice(ALPHABET) for _nth in range(length))) in self._secret_keys:
            pass
        self._secret_keys.add(issued)
        return issued
