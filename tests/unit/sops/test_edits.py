# SPDX-License-Identifier: GPL-3.0-or-later
"""An edit changes just what was asked for; sops itself decrypts the result."""

from __future__ import annotations

import difflib
import re
from datetime import datetime

import pytest
from ansible_collections.lotus_lake.secrets.plugins.module_utils.failure import Failure
from ansible_collections.lotus_lake.secrets.plugins.module_utils.sops.changes import Remove, Set
from ansible_collections.lotus_lake.secrets.tests.fixtures.sops_lab import SopsLab, found

SECRET = """# the credentials of the warehouse
apiVersion: v1
kind: Secret
metadata:
  name: s3
  labels: {app: x}
stringData:
  user: alice
  password: "hunter2" # rotated yearly
  empty: ""
"""
MANIFEST = ("--encrypted-regex", "^(data|stringData)$")


def lines_changed(before: str, after: str) -> list[str]:
    """The keys of changed lines, with + or - in front."""
    changed = [
        line
        for line in difflib.unified_diff(before.splitlines(), after.splitlines(), lineterm="", n=0)
        if line[:1] in "+-" and line[:3] not in ("+++", "---")
    ]
    return [re.sub(r"[\s\"]*([\w.#-]+).*", r"\1", line[1:]).join((line[0], "")) for line in changed]


@pytest.fixture
def secret(lab: SopsLab) -> str:
    return lab.encrypt(SECRET, "yaml", *MANIFEST)


def test_several_values_in_one_edit_with_one_new_mac(lab: SopsLab, secret: str, now: datetime) -> None:
    file = lab.read(secret)
    after = file.edit([Set(("stringData", "user"), "bob"), Set(("stringData", "password"), "näw\n")], now=now)
    assert lab.values(after.text)["stringData"] == {"user": "bob", "password": "näw\n", "empty": ""}
    assert sorted(lines_changed(secret, after.text)) == sorted(
        sign + key for sign in "+-" for key in ("user", "password", "lastmodified", "mac")
    )
    assert file.text == secret
    assert found(file, ("stringData", "user")).value == "alice"


def test_an_edit_of_an_edited_file(lab: SopsLab, secret: str, now: datetime) -> None:
    once = lab.read(secret).edit([Set(("stringData", "user"), "bob")], now=now)
    twice = once.edit([Set(("stringData", "password"), "new"), Set(("stringData", "user"), "carol")], now=now)
    assert lab.values(twice.text)["stringData"] == {"user": "carol", "password": "new", "empty": ""}
    assert lab.read(twice.text).entries() == twice.entries()


def test_an_equal_value_changes_nothing(lab: SopsLab, secret: str, now: datetime) -> None:
    file = lab.read(secret)
    same = file.edit([Set(("stringData", "user"), "alice"), Remove(("stringData", "gone"))], now=now)
    assert same.text == secret
    there_and_back = [Set(("stringData", "user"), "bob"), Set(("stringData", "user"), "alice")]
    assert file.edit(there_and_back, now=now).text == secret
    made_and_dropped: list[Set | Remove] = [Set(("stringData", "new"), "x", create=True), Remove(("stringData", "new"))]
    assert file.edit(made_and_dropped, now=now).text == secret


def test_an_empty_value_is_filled_and_a_value_is_emptied(lab: SopsLab, secret: str, now: datetime) -> None:
    changes = [Set(("stringData", "empty"), "full"), Set(("stringData", "user"), ""), Set(("stringData", "password"), None)]
    after = lab.read(secret).edit(changes, now=now)
    assert lab.values(after.text)["stringData"] == {"user": "", "password": None, "empty": "full"}
    assert lab.read(after.text).entries() == after.entries()


@pytest.mark.parametrize("value", [5, -(2**63), 2.5, 1e300, -0.0, True, False, "2024-01-01", "null", "5", "\t ü🎉\0"])
def test_values_of_every_type(lab: SopsLab, secret: str, now: datetime, value: str | float) -> None:
    after = lab.read(secret).edit([Set(("stringData", "user"), value)], now=now)
    assert lab.values(after.text)["stringData"]["user"] == value
    entry = found(lab.read(after.text), ("stringData", "user"))
    assert (type(entry.value), entry.value) == (type(value), value)


@pytest.mark.parametrize("value", ["other", "yes", "a: b #c", "0777", "line\nline\n", "", 5, 2.5, True, None, "\x85\u2028"])
def test_a_plain_field(lab: SopsLab, secret: str, now: datetime, value: str | float | None) -> None:
    file = lab.read(secret)
    assert file.is_plain_by_rules(("metadata", "name"))
    after = file.edit([Set(("metadata", "name"), value)], now=now)
    assert lab.values(after.text)["metadata"]["name"] == value
    assert found(lab.read(after.text), ("metadata", "name")).value == value


def test_the_rules_say_which_keys_stay_plain(lab: SopsLab, secret: str) -> None:
    file = lab.read(secret)
    assert not file.is_plain_by_rules(("stringData", "new"))
    assert not file.is_plain_by_rules(("spec", "data", "deep"))
    assert file.is_plain_by_rules(("metadata", "annotations", "x"))
    assert lab.read(lab.encrypt("a: 1\n")).is_plain_by_rules(("b_unencrypted", "c"))


@pytest.mark.parametrize(
    ("format", "plain", "path"),
    [
        ("yaml", SECRET, ("stringData", "new key")),
        ("yaml", SECRET, ("data", "nested", "yes")),
        ("yaml", "a:\n  - b: 1\n    c: |\n      x\n\n  - d: 1\n", ("a", 0, "new")),
        ("yaml", "a:\n  b: |+\n    x\n\n\nc: 1\n", ("a", "new")),
        ("yaml", "a:\n  b: 1 # note\n# end\n", ("a", "new")),
        ("json", '{"a": {"b": "x"}, "c": [{"d": 1}]}', ("a", "new")),
        ("json", '{"a": {"b": "x"}, "c": [{"d": 1}]}', ("c", "0", "new")),
        ("json", '{"a": 1}', ("deep", "er", 'é "q"')),
        ("dotenv", "A=1\n# end\n", ("NEW",)),
        ("ini", "[a]\nb = 1\n; end\n\n[c]\nd=2\n", ("a", "new")),
        ("ini", "[a]\nb = 1\n", ("new section", "new")),
        ("ini", "top = 0\n[a]\nb = 1\n", ("DEFAULT", "new")),
        ("ini", "[a]\nb = 1\n", ("DEFAULT", "new")),
    ],
)
def test_a_new_key_adds_its_line_only(lab: SopsLab, now: datetime, format: str, plain: str, path: tuple[str | int, ...]) -> None:
    text = lab.encrypt(plain, format)
    file = lab.read(text, format)
    after = file.edit([Set(path, "value", create=True)], now=now)
    node = lab.values(after.text, format)
    for part in path:
        node = node[int(part) if isinstance(node, list) else part]
    assert node == "value"
    removed = [line for line in lines_changed(text, after.text) if line[0] == "-"]
    assert {line.strip("-").split("_")[-1] for line in removed} <= {"mac", "lastmodified", "a", "b", "d"}
    assert len(removed) <= 3
    assert lab.read(after.text, format).values() == after.values()
    assert after.edit([Remove(path)], now=now).values() == file.values() or len(path) > 2


@pytest.mark.parametrize(
    ("format", "plain", "path"),
    [
        ("yaml", SECRET, ("stringData", "password")),
        ("yaml", SECRET, ("stringData", "user")),
        ("yaml", "a:\n  b: x\n  c: |\n    y\n    z\nd: 1\n", ("a", "c")),
        ("yaml", "a: [1, 2]\nb: {c: 1, d: 2}\n", ("b", "c")),
        ("yaml", "a:\n  - 1\n  - 2\n", ("a", 1)),
        ("yaml", "a:\n  only: 1\nb: 1\n", ("a", "only")),
        ("json", '{"a": 1, "b": 2}', ("a",)),
        ("json", '{"a": {"b": 1}}', ("a", "b")),
        ("json", '{"a": {"b": 1, "c": 2}}', ("a", "c")),
        ("dotenv", "A=1\nB=2\n", ("A",)),
        ("ini", "[a]\nb = 1\nc = 2\n", ("a", "b")),
    ],
)
def test_a_key_is_removed(lab: SopsLab, now: datetime, format: str, plain: str, path: tuple[str | int, ...]) -> None:
    text = lab.encrypt(plain, format)
    after = lab.read(text, format).edit([Remove(path)], now=now)
    node = lab.values(text, format)
    parent = node
    for part in path[:-1]:
        parent = parent[part]
    del parent[path[-1]]
    assert lab.values(after.text, format) == node


def test_several_new_keys_and_changes_at_once(lab: SopsLab, secret: str, now: datetime) -> None:
    changes: list[Set | Remove] = [
        Set(("stringData", "one"), "1", create=True),
        Set(("stringData", "user"), "bob"),
        Remove(("stringData", "empty")),
        Set(("data", "deep", "two"), "2", create=True),
        Set(("data", "deep", "three"), "3", create=True),
        Set(("stringData", "one"), "1!"),
    ]
    after = lab.read(secret).edit(changes, now=now)
    values = lab.values(after.text)
    assert values["stringData"] == {"user": "bob", "password": "hunter2", "one": "1!"}
    assert values["data"] == {"deep": {"two": "2", "three": "3"}}
    assert lab.read(after.text).entries() == after.entries()


def test_lines_keep_their_endings_and_their_formatting(lab: SopsLab, secret: str, now: datetime) -> None:
    formatted = re.sub(r"user: (ENC.*)", r"user:   '\1'   # who", secret)
    formatted = re.sub(r"password: (ENC\S*)", r"password: >-\n        \1", formatted).replace("\n", "\r\n")
    changes = [
        Set(("stringData", "user"), "bob"),
        Set(("stringData", "password"), "new"),
        Set(("stringData", "x"), "y", create=True),
    ]
    after = lab.read(formatted).edit(changes, now=now)
    assert lab.values(after.text)["stringData"] == {"user": "bob", "password": "new", "empty": "", "x": "y"}
    assert after.text.count("\r\n") == after.text.count("\n") == formatted.count("\n") + 1
    assert re.search(r"user:   'ENC\[[^']*'   # who\r", after.text)


def test_documents_are_addressed(lab: SopsLab, now: datetime) -> None:
    text = lab.encrypt("a: one\nx: 1\n---\na: two\nz: 2\n---\na: three\n")
    file = lab.read(text)
    assert file.document_count == 3
    assert found(file, ("z",)).document == 1
    assert found(file, ("a",), 2).value == "three"
    assert file.find(("missing",)) is None
    with pytest.raises(Failure, match="documents 0, 1, 2"):
        file.find(("a",))
    with pytest.raises(Failure, match="documents 0, 1, 2"):
        file.edit([Set(("a",), "new")], now=now)
    with pytest.raises(Failure, match="documents 0, 1, 2"):
        file.edit([Set(("new",), "new", create=True)], now=now)
    after = file.edit([Set(("a",), "new", document=1), Set(("z",), "Z"), Set(("b",), "B", document=2, create=True)], now=now)
    assert lab.decrypt(after.text).split("---\n") == ["a: one\nx: 1\n", "a: new\nz: Z\n", "a: three\nb: B\n"]
    assert after.text.count('lastmodified: "2031-02-03T04:05:06Z"') == 3


def test_items_of_lists_and_keys_of_digits(lab: SopsLab, now: datetime) -> None:
    text = lab.encrypt('users:\n  - name: a\n  - name: b\nports:\n  "8080": open\n')
    file = lab.read(text)
    assert file.find(("users", "1", "name")) == file.find(("users", 1, "name"))
    assert file.find(("ports", 8080)) == file.find(("ports", "8080"))
    assert found(file, ("users", "1", "name")).path == ("users", 1, "name")
    after = file.edit([Set(("users", "1", "name"), "c"), Set(("ports", 8080), "shut")], now=now)
    assert lab.values(after.text) == {"users": [{"name": "a"}, {"name": "c"}], "ports": {"8080": "shut"}}


def test_line_formats_hold_texts_only(lab: SopsLab, now: datetime) -> None:
    for format, plain, path in (("dotenv", "A=1\n", ("A",)), ("ini", "[a]\nb = 1\n", ("a", "b"))):
        file = lab.read(lab.encrypt(plain, format), format)
        assert file.edit([Set(path, 1)], now=now) is file
        assert found(file.edit([Set(path, True)], now=now), path).value == "true"
        with pytest.raises(Failure, match="null"):
            file.edit([Set(path, None)], now=now)


def test_plain_values_that_a_line_format_cannot_hold_are_refused(lab: SopsLab, now: datetime) -> None:
    plain = ("--encrypted-regex", "^secret$")
    for format, text, path in (("dotenv", "A=1\nsecret=1\n", ("A",)), ("ini", "[a]\nb = 1\nsecret = 1\n", ("a", "b"))):
        file = lab.read(lab.encrypt(text, format, *plain), format)
        good = file.edit([Set(path, "two words")], now=now)
        assert lab.read(good.text, format).values() == good.values()
        with pytest.raises(Failure, match="plain text"):
            file.edit([Set(path, "a\\nb\r")], now=now)
    file = lab.read(lab.encrypt("A=1\n", "dotenv"), "dotenv")
    for key in ("sops_x", "a=b", ""):
        with pytest.raises(Failure, match="can't have the key"):
            file.edit([Set((key,), "x", create=True)], now=now)


def test_every_recipient_can_open_the_edited_file(lab: SopsLab, now: datetime, tmp_path_factory: pytest.TempPathFactory) -> None:
    other = SopsLab(tmp_path_factory.mktemp("other"))
    text = lab.encrypt("a: one\n", "yaml", recipients=(other.recipient,))
    after = other.read(text).edit([Set(("a",), "two")], now=now)
    assert lab.values(after.text) == other.values(after.text) == {"a": "two"}
    assert after.recipients == (other.recipient, lab.recipient)


def test_fingerprint_keys_are_those_of_the_data_key(lab: SopsLab, secret: str, now: datetime) -> None:
    file = lab.read(secret)
    edited = file.edit([Set(("stringData", "user"), "bob")], now=now)
    assert len(file.data_key_fingerprint_key) == 32
    assert file.data_key_fingerprint_key == edited.data_key_fingerprint_key
    assert file.data_key_fingerprint_key != lab.read(lab.encrypt("a: 1\n")).data_key_fingerprint_key
    assert file._contents.opened
    assert file.data_key_fingerprint_key != file._contents.opened.data_key
