# SPDX-License-Identifier: GPL-3.0-or-later
"""SeaweedFS' identities document: what is read, what is refused, and what an edit leaves alone."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest
from ansible_collections.lotus_lake.secrets.plugins.module_utils.seaweedfs.identities import (
    Add,
    Drop,
    InvalidDocument,
    MasterCredential,
    MasterIdentity,
    NewSecret,
    edit,
    parse,
)

DAGGY = {
    "colour": {"kept": [1, 2.50, None]},
    "name": "daggy",
    "credentials": [{"accessKey": "daggy", "secretKey": "old-secret-of-daggy", "note": "by hand"}],
    "actions": ["Read:cnpg-backups", "Write:cnpg-backups"],
}
ETL = {
    "name": "etl",
    "actions": ["Admin"],
    "credentials": [
        {"accessKey": "etl-1", "secretKey": "first-secret-of-etl"},
        {"accessKey": "etl-2", "secretKey": "second-secret-of-etl", "status": "Inactive"},
    ],
    "account": {"id": "7"},
}
DOCUMENT = {"version": 3, "identities": [DAGGY, ETL], "accounts": [{"id": "7"}]}
STYLES: list[Callable[[Any], str]] = [
    lambda value: json.dumps(value, indent=2) + "\n",
    lambda value: json.dumps(value, indent=4),
    lambda value: json.dumps(value, indent="\t"),
    lambda value: json.dumps(value),
    lambda value: json.dumps(value, separators=(",", ":")),
    lambda value: json.dumps(value, indent=2).replace("\n", "\r\n"),
]


def problems(text: str) -> list[str]:
    with pytest.raises(InvalidDocument) as caught:
        parse(text)
    assert str(caught.value) == "; ".join(caught.value.problems)
    assert "secret-of" not in str(caught.value)
    return caught.value.problems


def identities(*listed: Any) -> str:
    return json.dumps({"identities": listed})


def credentials(*listed: Any, name: str = "daggy", **more: Any) -> str:
    return identities({"name": name, "credentials": listed, **more})


def test_every_identity_is_read_with_its_place() -> None:
    daggy, etl = parse(json.dumps(DOCUMENT))
    assert daggy == MasterIdentity(
        "daggy", 0, (MasterCredential("daggy", "old-secret-of-daggy", 0),), ("Read:cnpg-backups", "Write:cnpg-backups")
    )
    assert [(c.access_key_id, c.index, c.inactive) for c in etl.credentials] == [("etl-1", 0, False), ("etl-2", 1, True)]
    assert etl.index == 1


def test_a_disabled_identity_is_told_apart() -> None:
    (off,) = parse(credentials({"accessKey": "a", "secretKey": "b"}, disabled=True))
    (on,) = parse(credentials({"accessKey": "a", "secretKey": "b"}, disabled=False))
    assert off.disabled
    assert not on.disabled


@pytest.mark.parametrize(
    ("access_key_id", "secret_key", "reference"),
    [
        ("${DAGGY_ID}", "x", True),
        ("daggy", "${DAGGY_SECRET}", True),
        ("daggy", "prefix-${DAGGY_SECRET}", True),
        ("daggy", "$DAGGY_SECRET", True),
        ("daggy", "pa$$word", False),
        ("daggy", "$", False),
        ("daggy", "{DAGGY}", False),
    ],
)
def test_a_reference_to_the_environment_is_told_apart(access_key_id: str, secret_key: str, reference: bool) -> None:
    (identity,) = parse(credentials({"accessKey": access_key_id, "secretKey": secret_key}))
    assert identity.credentials[0].is_reference is reference


@pytest.mark.parametrize("left_out", [{}, {"credentials": None}, {"credentials": []}, {"actions": None}])
def test_an_identity_may_have_no_credentials(left_out: dict[str, Any]) -> None:
    (identity,) = parse(identities({"name": "daggy", **left_out}))
    assert identity.credentials == ()


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "it is no valid JSON (line 1, column 1: Expecting value)"),
        ('{"identities": [', "it is no valid JSON (line 1, column 17: Expecting value)"),
        ('{"identities": [{"name": "a", "name": "b"}]}', "it is no valid JSON (the key 'name' is there twice)"),
        ('{"identities": [{"name": "a", "x": NaN}]}', "it is no valid JSON (NaN is no JSON)"),
        ("[]", "it has no identities"),
        ("null", "it has no identities"),
        ("{}", "it has no identities"),
        ('{"identities": []}', "it has no identities"),
        ('{"identities": null}', "it has no identities"),
        ('{"identities": {"name": "a"}}', "it has no identities"),
        (identities({"credentials": []}), "identities[0] has no name"),
        (identities({"name": 5}), "identities[0].name is no text"),
        (identities({"name": "a"}, None), "identities[1] is empty"),
        (identities({"name": "a"}, "b"), "identities[1] is no object"),
        (identities({"name": "a", "credentials": {}}), "credentials of a is no list"),
        (identities({"name": "a", "credentials": "x"}), "credentials of a is no list"),
        (identities({"name": "a", "actions": "Read"}), "actions of a is no list"),
        (identities({"name": "a", "actions": ["Read", 1]}), "actions[1] of a is no text"),
        (identities({"name": "a", "disabled": "true"}), "disabled of a is neither true nor false"),
        (credentials(None), "credentials[0] of daggy is empty"),
        (credentials({"accessKey": "a"}), "credentials[0] of daggy lacks an accessKey or a secretKey"),
        (credentials({"secretKey": "a-secret-of"}), "credentials[0] of daggy lacks an accessKey or a secretKey"),
        (credentials({"accessKey": "a", "secretKey": ""}), "credentials[0] of daggy lacks an accessKey or a secretKey"),
        (credentials({"accessKey": 5, "secretKey": "b"}), "credentials[0].accessKey of daggy is no text"),
        (credentials({"accessKey": "a", "secretKey": "b", "status": 1}), "credentials[0].status of daggy is no text"),
        (identities({"name": "a"}, {"name": "a"}), "the identity a is there twice"),
        (
            identities(
                {"name": "a", "credentials": [{"accessKey": "k", "secretKey": "1-secret-of"}]},
                {"name": "b", "credentials": [{"accessKey": "k", "secretKey": "2-secret-of"}]},
            ),
            "the access key id k is under two identities, a and b",
        ),
    ],
)
def test_what_is_wrong_is_named_without_a_secret(text: str, said: str) -> None:
    assert problems(text) == [said]


def test_all_that_is_wrong_is_named_at_once() -> None:
    text = identities(
        {"name": "a", "credentials": [{"accessKey": "k", "secretKey": "1-secret-of"}, {"accessKey": "only-secret-of"}]},
        {"name": "a", "actions": [1], "credentials": []},
        {"name": "b", "credentials": [{"accessKey": "k", "secretKey": "2-secret-of"}]},
        {},
    )
    assert problems(text) == [
        "actions[0] of a is no text",
        "credentials[1] of a lacks an accessKey or a secretKey",
        "identities[3] has no name",
        "the identity a is there twice",
        "the access key id k is under two identities, a and b",
    ]


def test_one_identity_may_have_an_access_key_id_twice() -> None:
    (identity,) = parse(credentials({"accessKey": "a", "secretKey": "1"}, {"accessKey": "a", "secretKey": "2"}))
    assert len(identity.credentials) == 2


def test_no_repr_shows_a_secret() -> None:
    daggy, etl = parse(json.dumps(DOCUMENT))
    shown = repr([daggy, etl, Add(daggy, "k", "new-secret-of"), NewSecret(etl, etl.credentials[0], "new-secret-of")])
    assert "secret-of" not in shown


@pytest.mark.parametrize("style", STYLES)
def test_an_edit_leaves_unknown_fields_order_and_indentation(style: Callable[[Any], str]) -> None:
    text = style(DOCUMENT)
    daggy, etl = parse(text)
    edited = edit(text, [Add(daggy, "daggy-2", "new-secret-of-daggy"), Drop(etl, etl.credentials[1])])
    expected = json.loads(text)
    expected["identities"][0]["credentials"].append({"accessKey": "daggy-2", "secretKey": "new-secret-of-daggy"})
    expected["identities"][1]["credentials"].pop()
    assert edited == style(expected)
    back = edit(edited, [Drop(parse(edited)[0], parse(edited)[0].credentials[1])])
    again = edit(back, [Add(parse(back)[1], "etl-2", "second-secret-of-etl")])
    assert json.loads(again)["identities"][0] == DAGGY


@pytest.mark.parametrize("style", STYLES)
def test_a_new_secret_changes_its_own_characters_only(style: Callable[[Any], str]) -> None:
    text = style(DOCUMENT)
    daggy, etl = parse(text)
    changes = [NewSecret(daggy, daggy.credentials[0], "D" * 40), NewSecret(etl, etl.credentials[1], "E" * 40)]
    expected = text.replace("old-secret-of-daggy", "D" * 40).replace("second-secret-of-etl", "E" * 40)
    assert edit(text, changes) == expected


def test_numbers_and_escapes_stay_as_they_were_written() -> None:
    credentials = '[{"secretKey":"s","accessKey":"k"}]'
    text = '{"x":1.50e+1,"y":"\\u00fc\\/\\ud83d\\ude00", "identities":[ {"name":"daggy" ,"credentials":' + credentials + "}]}"
    (daggy,) = parse(text)
    edited = edit(text, [NewSecret(daggy, daggy.credentials[0], "t")])
    assert edited == text.replace('"s"', '"t"')


def test_an_identity_without_credentials_gets_its_first() -> None:
    for listed in ({"name": "new", "actions": []}, {"name": "new", "credentials": None}, {"name": "new", "credentials": []}):
        text = json.dumps({"identities": [DAGGY, listed]}, indent=2)
        edited = edit(text, [Add(parse(text)[1], "new-1", "first-secret-of-new")])
        (credential,) = parse(edited)[1].credentials
        assert (credential.access_key_id, credential.secret_key) == ("new-1", "first-secret-of-new")
        assert edited.startswith(text.split('"new"')[0].removesuffix('{\n      "name": '))
        assert json.loads(edited)["identities"][1].keys() == listed.keys() | {"credentials"}


def test_an_edit_that_would_end_seaweedfs_is_refused() -> None:
    text = json.dumps(DOCUMENT)
    daggy, _ = parse(text)
    with pytest.raises(InvalidDocument, match="the access key id etl-1 is under two identities, daggy and etl"):
        edit(text, [Add(daggy, "etl-1", "new-secret-of-daggy")])
    with pytest.raises(InvalidDocument, match="lacks an accessKey or a secretKey"):
        edit(text, [NewSecret(daggy, daggy.credentials[0], "")])


def test_an_edit_of_a_place_that_is_gone_is_refused() -> None:
    daggy, etl = parse(json.dumps(DOCUMENT))
    shorter = json.dumps({"identities": [DAGGY]})
    with pytest.raises(InvalidDocument, match="can't be edited"):
        edit(shorter, [Drop(etl, etl.credentials[0])])
    with pytest.raises(InvalidDocument, match="can't be edited"):
        edit(shorter, [Drop(daggy, MasterCredential("x", "y", 7))])
    with pytest.raises(InvalidDocument, match="can't be edited"):
        edit("{", [Drop(daggy, daggy.credentials[0])])
