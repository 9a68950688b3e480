# SPDX-License-Identifier: GPL-3.0-or-later
"""Access key ids that carry their birth, and new secret keys."""

from __future__ import annotations

import datetime
import math
from collections import Counter

import pytest
from ansible_collections.lotus_lake.secrets.plugins.module_utils.rotation.access_key import ALPHABET, Issuer, birth
from hypothesis import given
from hypothesis import strategies as st

NOW = datetime.datetime(2026, 11, 24, 12, 30, 15, 999999, tzinfo=datetime.UTC)


def test_an_access_key_id_carries_its_birth() -> None:
    issued = Issuer(NOW, [], []).access_key_id("daggy")
    assert issued == "daggy-20261124T123015Z"
    assert birth(issued) == NOW.replace(microsecond=0)


def test_the_birth_is_utc_wherever_the_clock_is() -> None:
    there = NOW.astimezone(datetime.timezone(datetime.timedelta(hours=-9)))
    assert Issuer(there, [], []).access_key_id("daggy") == "daggy-20261124T123015Z"


def test_no_access_key_id_is_issued_twice() -> None:
    issuer = Issuer(NOW, ["daggy-20261124T123015Z", "daggy-20261124T123016Z"], [])
    assert [issuer.access_key_id("daggy") for _ in range(2)] == ["daggy-20261124T123017Z", "daggy-20261124T123018Z"]
    assert issuer.access_key_id("etl") == "etl-20261124T123015Z"


def test_an_access_key_id_is_born_after_what_it_replaces_whatever_the_clocks_say() -> None:
    ahead = NOW + datetime.timedelta(hours=2)
    assert Issuer(NOW, [], []).access_key_id("daggy", after=ahead) == "daggy-20261124T143016Z"
    assert Issuer(NOW, [], []).access_key_id("daggy", after=NOW) == "daggy-20261124T123016Z"
    assert Issuer(NOW, [], []).access_key_id("daggy", after=NOW - datetime.timedelta(hours=2)) == "daggy-20261124T123015Z"


@pytest.mark.parametrize(
    "access_key_id",
    [
        "daggy",
        "",
        "daggy-2026",
        "daggy-20261324T123015Z",
        "daggy-20261124T126015Z",
        "20261124T123015Z",
        "daggy-20261124T123015Z-x",
    ],
)
def test_an_id_that_does_not_say_its_birth_has_none(access_key_id: str) -> None:
    assert birth(access_key_id) is None


@given(st.text(), st.datetimes(min_value=datetime.datetime(1000, 1, 1), timezones=st.just(datetime.UTC)))
def test_every_issued_id_tells_its_birth(name: str, moment: datetime.datetime) -> None:
    assert birth(Issuer(moment, [], []).access_key_id(name)) == moment.replace(microsecond=0)


@given(st.text())
def test_any_id_has_a_birth_or_none(access_key_id: str) -> None:
    assert birth(access_key_id) is None or access_key_id.endswith("Z")


@pytest.mark.parametrize("length", [14, 40, 128])
def test_a_secret_key_is_letters_and_digits_of_the_length_asked_for(length: int) -> None:
    issued = Issuer(NOW, [], []).secret_key(length)
    assert len(issued) == length
    assert set(issued) <= set(ALPHABET)


def test_a_short_secret_key_is_refused() -> None:
    with pytest.raises(ValueError, match="at least 14 characters, not 13"):
        Issuer(NOW, [], []).secret_key(13)


def test_a_secret_key_that_was_there_before_is_not_issued_again(monkeypatch: pytest.MonkeyPatch) -> None:
    drawn = iter("a" * 14 + "b" * 14 + "b" * 14 + "c" * 14)
    monkeypatch.setattr("secrets.choice", lambda _: next(drawn))
    issuer = Issuer(NOW, [], ["a" * 14])
    assert issuer.secret_key(14) == "b" * 14
    assert issuer.secret_key(14) == "c" * 14


def test_all_characters_come_about_equally_often() -> None:
    counted = Counter(Issuer(NOW, [], []).secret_key(62 * 400))
    # six standard deviations; the chance to fail is one in millions
    assert all(abs(counted[character] - 400) < 6 * math.sqrt(400) for character in ALPHABET)
