# SPDX-License-Identifier: GPL-3.0-or-later
"""What the library calls valid starts a gateway of a real SeaweedFS, and what is said of the rest is so."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import botocore.exceptions
import pytest
from ansible_collections.lotus_lake.secrets.demo.seaweedfs import Gateway, SeaweedFS, identity
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
from ansible_collections.lotus_lake.secrets.tests.fixtures.seaweedfs import s3_client

# A field of each kind in each message, the others are tried on the library alone.
SAMPLE: dict[str, list[Place]] = {
    "of another kind": [
        ("accounts",),
        ("serviceAccounts",),
        ("policies",),
        ("policies", 0),
        ("policies", 0, "content"),
        ("groups",),
        ("groups", 0, "members", 0),
        ("groups", 0, "disabled"),
        ("identities", 1, "account"),
        ("identities", 1, "account", "id"),
        ("identities", 1, "policyNames"),
        ("identities", 1, "isStatic"),
        ("identities", 1, "tags", 0, "value"),
        ("serviceAccounts", 0, "credential"),
        ("serviceAccounts", 0, "credential", "secretKey"),
        ("serviceAccounts", 0, "expiration"),
    ],
    "null in a list": [("identities", 1, "tags", 0), ("groups", 0, "policyNames", 0)],
    "there under both names": [("identities", 1, "credentials", 0, "secretKey"), ("serviceAccounts",)],
}


def document(*identities: Any, **more: Any) -> str:
    return json.dumps({"identities": [GOOD, *identities], **more})


def credential(**fields: Any) -> dict[str, Any]:
    return {"name": "daggy", "credentials": [fields], "actions": ["Read"]}


def is_valid(text: str) -> bool:
    try:
        parse(text)
    except InvalidDocument:
        return False
    return True


def accepts(server: SeaweedFS, access_key_id: str, secret_key: str) -> bool:
    try:
        s3_client(server, access_key_id, secret_key).list_buckets()
    except botocore.exceptions.ClientError:
        return False
    return True


@pytest.mark.parametrize(
    "text",
    [
        "",
        '{"identities": [',
        document() + "x",
        "\ufeff" + document(),
        "[]",
        '{"identities": {}}',
        document().replace('"good"', '"good", "name": "twice"'),
        document(x=float("nan")),
        document().replace("the-good-secret", "\\ud83d"),
        document(None),
        document("daggy"),
        document({"name": 5}),
        document({"name": "daggy", "credentials": {}}),
        document({"name": "daggy", "credentials": [None]}),
        document({"name": "daggy", "actions": "Read"}),
        document({"name": "daggy", "actions": [1]}),
        document({"name": "daggy", "disabled": "true"}),
        document(credential(accessKey=5, secretKey="x")),
        document(credential(accessKey="daggy", secretKey="x", status=1)),
        document(credential(accessKey="good-key", secretKey="x")),
    ],
)
def test_what_ends_seaweedfs_is_called_invalid(text: str, tmp_path: Path, seaweedfs: SeaweedFS) -> None:
    with pytest.raises(RuntimeError, match="it ended with 255"):
        Gateway(tmp_path, text, seaweedfs).start()
    assert not is_valid(text)


def with_something_wrong(wrong: str, place: Place) -> dict[str, Any]:
    value = dict(places())[place]
    if wrong == "null in a list":
        return replaced(place, None)
    if wrong == "there under both names":
        return replaced((*place[:-1], snake(str(place[-1]))), value)
    return replaced(place, wrong_kind(value))


@pytest.mark.parametrize(("wrong", "place"), [(wrong, place) for wrong, sample in SAMPLE.items() for place in sample], ids=str)
def test_a_field_that_ends_seaweedfs_is_called_invalid(wrong: str, place: Place, tmp_path: Path, seaweedfs: SeaweedFS) -> None:
    text = json.dumps(with_something_wrong(wrong, place))
    with pytest.raises(RuntimeError, match="it ended with 255"):
        Gateway(tmp_path, text, seaweedfs).start()
    assert not is_valid(text)


@pytest.mark.parametrize(
    "valid",
    [
        EVERY_FIELD,
        renamed(EVERY_FIELD),
        {**EVERY_FIELD, "accounts": None, "groups": [{}], "policies": [{"name": None, "document": {}}], "kms": 5},
        replaced(("identities", 1, "account"), {"id": None, "colour": [None]}),
        replaced(("serviceAccounts", 0, "expiration"), "1e3"),
        replaced(("serviceAccounts", 0, "createdAt"), 1.0),
        replaced(("serviceAccounts", 0, "credential"), {"access_key": "k", "secretKey": ""}),
    ],
    ids=["every field", "their other names", "null", "null inside", "a number as text", "a fraction of zeros", "half"],
)
def test_a_document_with_any_field_that_is_called_valid_starts_it(valid: Any, tmp_path: Path, seaweedfs: SeaweedFS) -> None:
    text = json.dumps(valid)
    assert is_valid(text)
    with Gateway(tmp_path, text, seaweedfs) as server:
        assert accepts(server, "good-key", "the-good-secret")
        assert accepts(server, "daggy-key", "the-daggy-secret")


def test_what_is_called_valid_starts_it(tmp_path: Path, seaweedfs: SeaweedFS) -> None:
    text = document(
        {"name": "bare"},
        {"name": "nulls", "credentials": None, "actions": None, "disabled": None},
        {"name": "", "credentials": [{"accessKey": "nameless", "secretKey": "x"}]},
        {**credential(accessKey="off", secretKey="x"), "name": "off", "disabled": True},
        {**credential(accessKey="inactive", secretKey="x", status="Inactive"), "name": "inactive"},
        {**credential(accessKey="no-status", secretKey="x", status=None), "name": "no-status"},
        {**credential(accessKey="env", secretKey="${NOT_SET}"), "name": "env"},
        {"name": "both", "credentials": [{"accessKey": "one", "secretKey": "1"}, {"accessKey": "one", "secretKey": "2"}]},
        {"name": "strange", "colour": {"any": [1, None]}, "credentials": []},
        colour="any",
    )
    assert is_valid(text)
    with Gateway(tmp_path, text, seaweedfs) as server:
        assert accepts(server, "good-key", "the-good-secret")
        assert accepts(server, "nameless", "x")
        assert accepts(server, "no-status", "x")
        # the state machine calls these two unusable, and takes two secrets under one id for a person's business
        assert not accepts(server, "off", "x")
        assert not accepts(server, "inactive", "x")
        assert accepts(server, "one", "1")
        assert not accepts(server, "one", "2")


def test_it_starts_with_what_is_called_invalid_for_other_reasons(tmp_path: Path, seaweedfs: SeaweedFS) -> None:
    twice = identity("good", "second-key", "the-second-secret", "Read")
    open_to_all = credential(accessKey="open")
    snake = {"name": "snake", "credentials": [{"access_key": "snake", "secret_key": "x"}]}
    for part in (twice, open_to_all, snake):
        assert not is_valid(document(part))
    with Gateway(tmp_path, document(open_to_all, snake, twice), seaweedfs) as server:
        # of two identities of one name the credentials add up; an absent secret key is an empty one
        assert accepts(server, "good-key", "the-good-secret")
        assert accepts(server, "second-key", "the-second-secret")
        assert accepts(server, "open", "")
        assert accepts(server, "snake", "x")


@pytest.mark.parametrize("text", ["{}", '{"identities": []}', '{"identities": null}', '{"Identities": []}'])
def test_without_identities_it_starts_and_refuses_everybody(text: str, tmp_path: Path, seaweedfs: SeaweedFS) -> None:
    assert not is_valid(text)
    with Gateway(tmp_path, text, seaweedfs) as server:
        assert not accepts(server, "good-key", "the-good-secret")
