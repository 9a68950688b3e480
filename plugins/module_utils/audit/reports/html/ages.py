# SPDX-License-Identifier: GPL-3.0-or-later
"""How old a credential is against how old it may become."""

from __future__ import annotations

import dataclasses
import datetime
from collections.abc import Mapping
from typing import Any

from .... import duration

WIDTH = 200
"""Of the whole bar, in the page's units."""


@dataclasses.dataclass(frozen=True)
class Bar:
    """A bar that is full at the limit.

    Attributes:
        filled: How much of ``WIDTH``; None where there is no limit or nobody knows the age.
        overdue: Whether the limit has passed.
        said: The same in words.
    """

    filled: int | None
    overdue: bool
    said: str


def bar_of(identity: Mapping[str, Any]) -> Bar:
    """The bar of an identity."""
    age, limit = identity["age_seconds"], identity["max_age_seconds"]
    if limit is None:
        return Bar(None, False, "no limit")
    if age is None:
        return Bar(None, False, f"of {_shown(limit)}")
    if age >= limit:
        return Bar(WIDTH, True, f"of {_shown(limit)}, overdue by {_shown(age - limit)}")
    return Bar(WIDTH * age // limit, False, f"of {_shown(limit)}, {_shown(limit - age)} left")


def _shown(seconds: int) -> str:
    return duration.show(datetime.timedelta(seconds=seconds))
