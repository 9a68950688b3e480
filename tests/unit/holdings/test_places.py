# SPDX-License-Identifier: GPL-3.0-or-later
"""A credential is read and written wherever a service may keep it, in files that the real sops encrypted."""

from __future__ import annotations

import base64
import json
from pathlib import Path
from typing import Any

import pytest
from ansible_collections.lotus_lake.secrets.plugins.module_utils.estate.declaration import read
from ansible_collections.lotus_lake.secrets.plugins.module_utils.estate.model import Place
from ansible_collections.lotus_lake.secrets.plugins.module_utils.holdings.files import Files
from ansible_collections.lotus_lake.secrets.plugins.module_utils.holdings.places import NoValue
from ansible_collections.lotus_lake.secrets.tests.fixtures.holdings_lab import START
from ansible_collections.lotus_lake.secrets.tests.fixtures.sops_lab import SopsLab

OLD, NEW = "the-old-secret", 'a-new-"secret"'


def encoded(text: str) -> str:
    return base64.b64encode(text.encode()).decode()


SETTINGS = """{
  "users": [
    {"id": "daggy", "secret": "the-old-secret"},
    {"id": "other", "secret": "x"}
  ],
  "n": 1.50
}
"""
SECRET = "apiVersion: v1\nkind: Secret\nmetadata:\n  name: s\n"
KINDS: dict[str, tuple[str, str, Any]] = {
    "stringData of a Secret": ("a.yaml", SECRET + "stringData:\n  SECRET: the-old-secret\n  other: x\n", "stringData.SECRET"),
    "data of a Secret": ("a.yaml", SECRET + f"data:\n  SECRET: {encoded(OLD)}\n  other: eA==\n", "data.SECRET"),
    "data of what is no Secret": ("a.yaml", "kind: ConfigMap\ndata:\n  SECRET: the-old-secret\n", "data.SECRET"),
    "nested YAML": ("a.yaml", "a:\n  b:\n    - c: x\n    - c: the-old-secret\n", "a.b.1.c"),
    "nested JSON": ("a.json", json.dumps({"a": {"b": [{"c": "x"}, {"c": OLD}]}}), ["a", "b", 1, "c"]),
    "a key with a dot": ("a.yaml", "data:\n  conf.d: the-old-secret\n", ["data", "conf.d"]),
    "the second document": (
        "a.yaml",
        "stringData:\n  SECRET: x\n---\nstringData:\n  SECRET: the-old-secret\n",
        {"key": "stringData.SECRET", "document": 1},
    ),
    "dotenv": ("a.env", "ID=daggy\nSECRET=the-old-secret\n", "SECRET"),
    "INI": ("a.ini", "[s3]\nid = daggy\nsecret = the-old-secret\n", "s3.secret"),
    "JSON in a text": (
        "a.json",
        json.dumps({"settings": SETTINGS}),
        {"key": "settings", "json": "users.0.secret"},
    ),
    "base64 of JSON": (
        "a.yaml",
        SECRET + f"data:\n  settings.json: {encoded(SETTINGS)}\n",
        {"key": ["data", "settings.json"], "json": ["users", 0, "secret"]},
    ),
    "base64 where nobody would expect it": (
        "a.env",
        f"SECRET={encoded(OLD)}\n",
        {"key": "SECRET", "encoding": "base64"},
    ),
    "data of a Secret that is not base64": (
        "a.yaml",
        SECRET + "data:\n  SECRET: the-old-secret\n",
        {"key": "data.SECRET", "encoding": "none"},
    ),
}


def place(file: str, key: Any) -> Place:
    declared = {
        "repositories": [{"name": "r", "checkout": "/r"}],
        "master": {"repository": "r", "file": file, "key": key},
        "s3": {"endpoints": [{"url": "http://x"}]},
        "identities": [{"name": "daggy"}],
    }
    estate = read(declared).estate
    assert estate is not None
    return estate.master


@pytest.fixture
def lab(tmp_path: Path) -> SopsLab:
    return SopsLab(tmp_path)


def files(lab: SopsLab) -> Files:
    return Files({"r": lab.folder}, lab.keys)


@pytest.mark.parametrize("kind", KINDS)
def test_a_value_of_each_kind_is_read_and_written_and_nothing_else_changes(kind: str, lab: SopsLab) -> None:
    name, plain, key = KINDS[kind]
    path = lab.write(name, plain)
    there = place(name, key)
    opened = files(lab)
    assert opened.value(there) == OLD
    opened.set(there, NEW)
    assert opened.value(there) == NEW
    assert files(lab).value(there) == OLD
    assert opened.write(START, really=True) == [("r", name)]
    assert files(lab).value(there) == opened.value(there) == NEW

    # as sops itself decrypts it: the value, and all around it as it was
    written = lab.decrypt(path.read_text(), {"env": "dotenv"}.get(name[2:], name[2:]))
    before = lab.decrypt(lab.encrypt(plain, {"env": "dotenv"}.get(name[2:], name[2:])), {"env": "dotenv"}.get(name[2:], name[2:]))
    inner = SETTINGS.replace(json.dumps(OLD), json.dumps(NEW))
    if kind == "JSON in a text":
        assert json.loads(written) == {"settings": inner}
    elif kind == "base64 of JSON":
        assert written == before.replace(encoded(SETTINGS), encoded(inner))
    elif encoded(OLD) in before:
        assert written == before.replace(encoded(OLD), encoded(NEW))
    else:
        assert written.replace(json.dumps(NEW), "V").replace(NEW, "V") == before.replace(json.dumps(OLD), "V").replace(OLD, "V")
    assert opened.write(START, really=True) == []


def test_a_value_that_is_set_to_what_it_is_changes_no_file(lab: SopsLab) -> None:
    path = lab.write("a.env", "SECRET=the-old-secret\n")
    before = path.read_bytes()
    opened = files(lab)
    opened.set(place("a.env", "SECRET"), OLD)
    assert opened.write(START, really=True) == []
    assert path.read_bytes() == before


def test_without_really_nothing_is_written_and_the_change_still_shows(lab: SopsLab) -> None:
    path = lab.write("a.env", "SECRET=the-old-secret\n")
    before = path.read_bytes()
    opened = files(lab)
    opened.set(place("a.env", "SECRET"), NEW)
    assert opened.write(START, really=False) == [("r", "a.env")]
    assert opened.value(place("a.env", "SECRET")) == NEW
    assert path.read_bytes() == before


def test_two_values_in_one_text_are_both_written_however_their_place_is_spelled(lab: SopsLab) -> None:
    lab.write("a.yaml", "settings: '" + SETTINGS.replace("\n", "") + "'\n")
    first = place("a.yaml", {"key": "settings", "json": "users.0.secret"})
    second = place("a.yaml", {"key": ["settings"], "json": ["users", 1, "secret"], "document": 0})
    opened = files(lab)
    opened.set(first, "one")
    opened.set(second, "two")
    opened.write(START, really=True)
    assert (files(lab).value(first), files(lab).value(second)) == ("one", "two")


@pytest.mark.parametrize(
    ("plain", "key", "why"),
    [
        ("a: x\n", "b", "the key isn't there"),
        ("a: {b: x}\n", "a", "the key isn't there"),
        (SECRET + "data:\n  a: '*hunter2*'\n", "data.a", "the value is not base64 of a text"),
        (SECRET + f"data:\n  a: {base64.b64encode(bytes([255])).decode()}\n", "data.a", "the value is not base64 of a text"),
        ("a: '{hunter2'\n", {"key": "a", "json": "b"}, "the JSON text there: line 1, column 2: Expecting property name"),
        ("a: '{}'\n", {"key": "a", "json": "b.c"}, "the JSON text there: b isn't there"),
        ("a: '{\"b\": []}'\n", {"key": "a", "json": "b"}, "the path in the JSON text leads to no single value"),
        ("a: '{\"b\": null}'\n", {"key": "a", "json": "b"}, "the path in the JSON text leads to no single value"),
    ],
)
def test_where_there_is_no_value_it_is_said_without_the_content(plain: str, key: Any, why: str, lab: SopsLab) -> None:
    lab.write("a.yaml", plain)
    with pytest.raises(NoValue) as caught:
        files(lab).value(place("a.yaml", key))
    assert str(caught.value).startswith(why)
    assert "hunter2" not in str(caught.value)
