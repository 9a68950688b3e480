# SPDX-License-Identifier: GPL-3.0-or-later
"""Lengths of time as the estate writes them: ``90d``, ``24h``, ``15m``, ``30s``, ``1h30m``, ``0``."""

from __future__ import annotations

import datetime
import re

UNITS = {"w": 604800, "d": 86400, "h": 3600, "m": 60, "s": 1}
PATTERN = r"^(?=.)(0|([0-9]{1,5}w)?([0-9]{1,5}d)?([0-9]{1,5}h)?([0-9]{1,5}m)?([0-9]{1,5}s)?)$"
"""As JSON schema takes it, too."""


def parse(text: str) -> datetime.timedelta:
    """The length of time that ``text`` says.

    Raises:
        ValueError: It is written in another way.
    """
    if not re.match(PATTERN, text) or text.endswith("\n"):
        raise ValueError(f"{text!r} is no length of time such as 90d, 24h, 15m, 1h30m or 0")
    return datetime.timedelta(seconds=sum(int(n) * UNITS[unit] for n, unit in re.findall(r"(\d+)([wdhms])", text)))


def show(length: datetime.timedelta) -> str:
    """The two largest units of a length of time, such as ``3d 4h``."""
    rest = max(0, int(length.total_seconds()))
    shown: list[str] = []
    for unit in ("d", "h", "m", "s"):
        count, rest = divmod(rest, UNITS[unit])
        if count or shown:
            shown.append(f"{count}{unit}" if count else "")
        if len(shown) == 2:
            break
    return " ".join(part for part in shown if part) or "0s"
