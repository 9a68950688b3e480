# SPDX-License-Identifier: GPL-3.0-or-later
"""Fields of the identities document that are of another kind than SeaweedFS expects, each named."""

from __future__ import annotations

import json
from typing import Any

import pytest
from ansible_collections.lotus_lake.secrets.plugins.module_utils.seaweedfs.identities import InvalidDocument, parse
from ansible_collections.lotus_lake.secrets.tests.fixtures.identities_documents import (
    EVERY_FIELD,
    GOOD,
    Place,
    places,
    renamed,
    replaced,
    snake,
    wrong_kind,
)

PLACES = list(places())
AN_IDENTITY = ("identities", 1)
NEEDED = {
    ("identities",),
    (*AN_IDENTITY, "name"),
    (*AN_IDENTITY, "credentials", 0, "accessKey"),
    (*AN_IDENTITY, "credentials", 0, "secretKey"),
}


def problems(document: Any) -> list[str]:
    try:
        parse(json.dumps(document))
    except InvalidDocument as error:
        return error.problems
    return []


def named(place: Place) -> str:
    last = str(place[-1])
    return f"[{last}]" if last.isdigit() else last


@pytest.mark.parametrize("document", [EVERY_FIELD, renamed(EVERY_FIELD)], ids=["one name", "the other name"])
def test_a_document_with_every_field_is_valid(document: Any) -> None:
    assert problems(document) == []


@pytest.mark.parametrize(("place", "value"), PLACES, ids=str)
def test_each_field_of_another_kind_is_named(place: Place, value: Any) -> None:
    if place == ("identities",):
        assert problems(replaced(place, "text")) == ["it has no identities"]
        return
    (said,) = problems(replaced(place, wrong_kind(value)))
    assert named(place) in said
    assert "-secret" not in said
    assert problems(renamed(replaced(place, wrong_kind(value))))


@pytest.mark.parametrize("place", [place for place, _value in PLACES if isinstance(place[-1], int)], ids=str)
def test_a_list_may_not_hold_null(place: Place) -> None:
    (said,) = problems(replaced(place, None))
    assert named(place) in said


@pytest.mark.parametrize(
    "place", [place for place, _value in PLACES if isinstance(place[-1], str) and place not in NEEDED], ids=str
)
def test_a_field_may_be_null(place: Place) -> None:
    assert problems(replaced(place, None)) == []


@pytest.mark.parametrize("place", [place for place, _value in PLACES if snake(str(place[-1])) != str(place[-1])], ids=str)
def test_a_field_under_both_of_its_names_is_named(place: Place) -> None:
    both = (*place[:-1], snake(str(place[-1])))
    (said,) = problems(replaced(both, None))
    assert f"{place[-1]}" in said
    assert said.endswith(f"is there twice, as {both[-1]} too")


@pytest.mark.parametrize("number", [0, -1, 2**63 - 1, 1.0, 1e3, "5", "1.50e1", -(2**63)])
def test_a_number_is_a_whole_one_of_64_bits(number: Any) -> None:
    assert problems(replaced(("serviceAccounts", 0, "expiration"), number)) == []


@pytest.mark.parametrize("number", [1.5, 2**63, "", " 5", "soon", "0x5", "01", True, [], "1e400", 1e300, "1e-1"])
def test_another_number_is_not(number: Any) -> None:
    assert problems(replaced(("serviceAccounts", 0, "expiration"), number)) == [
        "serviceAccounts[0].expiration is no whole number"
    ]


def test_the_place_is_told_by_the_name_of_the_identity() -> None:
    assert problems({"identities": [GOOD, {"name": "daggy", "account": {"id": 5}, "tags": ["x"]}], "groups": "x"}) == [
        "account.id of daggy is no text",
        "tags[0] of daggy is no object",
        "groups is no list",
    ]
