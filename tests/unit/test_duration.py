# SPDX-License-Identifier: GPL-3.0-or-later
"""Lengths of time as the estate writes them."""

from __future__ import annotations

import contextlib
import datetime

import pytest
from ansible_collections.lotus_lake.secrets.plugins.module_utils import duration
from hypothesis import given
from hypothesis import strategies as st


@pytest.mark.parametrize(
    ("text", "seconds"),
    [
        ("0", 0),
        ("0s", 0),
        ("30s", 30),
        ("15m", 900),
        ("24h", 86400),
        ("90d", 90 * 86400),
        ("2w", 14 * 86400),
        ("1h30m", 5400),
        ("1w2d3h4m5s", 604800 + 2 * 86400 + 3 * 3600 + 4 * 60 + 5),
    ],
)
def test_a_length_of_time_is_read(text: str, seconds: int) -> None:
    assert duration.parse(text) == datetime.timedelta(seconds=seconds)


@pytest.mark.parametrize(
    "text", ["", "5", "90 d", "90d ", "90d\n", "d", "-1d", "1.5h", "30m1h", "1d1d", "٣d", "1y", "999999999999d"]
)
def test_another_way_to_write_it_is_named(text: str) -> None:
    with pytest.raises(ValueError, match="no length of time such as 90d") as caught:
        duration.parse(text)
    assert repr(text) in str(caught.value)


@given(st.text(alphabet="0123456789wdhms \n", max_size=20))
def test_any_text_is_read_or_refused(text: str) -> None:
    with contextlib.suppress(ValueError):
        assert duration.parse(text) >= datetime.timedelta(0)


@pytest.mark.parametrize(
    ("seconds", "shown"),
    [
        (0, "0s"),
        (-5, "0s"),
        (59, "59s"),
        (60, "1m"),
        (3661, "1h 1m"),
        (86400, "1d"),
        (86400 + 5, "1d"),
        (3 * 86400 + 4 * 3600 + 59 * 60, "3d 4h"),
        (90 * 86400, "90d"),
    ],
)
def test_the_two_largest_units_are_shown(seconds: int, shown: str) -> None:
    assert duration.show(datetime.timedelta(seconds=seconds)) == shown


@given(st.integers(min_value=0, max_value=10**9))
def test_what_is_shown_is_never_longer_than_it_is(seconds: int) -> None:
    length = datetime.timedelta(seconds=seconds)
    shown = duration.parse(duration.show(length).replace(" ", ""))
    assert shown <= length
    assert length - shown < max(datetime.timedelta(seconds=1), length * 0.05)
