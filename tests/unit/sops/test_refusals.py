# SPDX-License-Identifier: GPL-3.0-or-later
"""Every refusal says what happened, what state things are in and what to do, and no value."""

from __future__ import annotations

import json
import re
from datetime import datetime

import pyrage
import pytest
from ansible_collections.lotus_lake.secrets.plugins.module_utils.failure import Failure
from ansible_collections.lotus_lake.secrets.plugins.module_utils.sops.age_keys import AgeKeys
from ansible_collections.lotus_lake.secrets.plugins.module_utils.sops.changes import Remove, Set
from ansible_collections.lotus_lake.secrets.plugins.module_utils.sops.format import Format
from ansible_collections.lotus_lake.secrets.plugins.module_utils.sops.sops_file import SopsFile
from ansible_collections.lotus_lake.secrets.tests.fixtures.sops_lab import SopsLab, SopsRefused, found

PLAIN = """kind: Secret
stringData:
  user: alice
  password: hunter2
"""
ONLY_DATA = ("--encrypted-regex", "^(data|stringData)$")


@pytest.fixture
def text(lab: SopsLab) -> str:
    return lab.encrypt(PLAIN, "yaml", *ONLY_DATA)


def refused(lab: SopsLab, text: str, format: str = "yaml") -> Failure:
    """The failure to read a text, which sops refuses too."""
    with pytest.raises(SopsRefused):
        lab.decrypt(text, format)
    with pytest.raises(Failure) as caught:
        lab.read(text, format)
    failure = caught.value
    assert failure.state
    assert failure.remedy
    assert failure.what.startswith("document.")
    for secret in ("hunter2", "alice", "ENC["):
        assert secret not in str(failure)
    return failure


def test_without_any_age_key_it_says_where_it_looked(text: str) -> None:
    keys = AgeKeys.find({"HOME": "/home/nobody", "PATH": ""})
    with pytest.raises(Failure) as caught:
        SopsFile.parse(text, name="secret.yaml", format=Format.YAML, keys=keys)
    assert "/home/nobody/.config/sops/age/keys.txt" in caught.value.what
    assert "SOPS_AGE_KEY_FILE" in caught.value.remedy


def test_with_the_wrong_key_it_names_the_recipients(lab: SopsLab, text: str) -> None:
    keys = AgeKeys.find({"SOPS_AGE_KEY": str(pyrage.x25519.Identity.generate())})
    with pytest.raises(Failure, match=lab.recipient):
        SopsFile.parse(text, name="secret.yaml", format=Format.YAML, keys=keys)


def test_a_tampered_value_is_named(lab: SopsLab, text: str) -> None:
    first, second = re.findall(r"ENC\[AES256_GCM,data:([^,]*),", text)[:2]
    failure = refused(lab, text.replace(second, second[:-4] + first[:4], 1))
    assert "stringData.password" in failure.what


def test_a_value_copied_from_another_key_is_named(lab: SopsLab, text: str) -> None:
    user, password = re.findall(r"ENC\[[^\]]*\]", text)[:2]
    assert "stringData.password" in refused(lab, text.replace(password, user)).what


def test_a_changed_plain_field_fails_the_mac_and_says_how_to_mend_it(lab: SopsLab, text: str) -> None:
    changed = text.replace("kind: Secret", "kind: Other")
    failure = refused(lab, changed)
    assert "MAC" in failure.what
    path = lab.folder / "document.yaml"
    path.write_text(changed)
    said = re.search(r"sops (--rotate --ignore-mac --in-place) ", failure.remedy)
    assert said
    lab.run(*said[1].split(), str(path))
    assert found(lab.read(path.read_text()), ("kind",)).value == "Other"


def test_a_key_added_in_plain_text_is_named_without_its_value(lab: SopsLab, text: str) -> None:
    failure = refused(lab, text.replace("stringData:\n", "stringData:\n    token: hunter2\n"))
    assert "stringData.token is in plain text" in failure.what
    failure = refused(lab, text.replace("stringData:\n", "stringData:\n    number: 5\n"))
    assert "stringData.number is in plain text" in failure.what


def test_removed_and_added_lines_fail_the_mac(lab: SopsLab, text: str) -> None:
    assert "MAC" in refused(lab, re.sub(r"    user: .*\n", "", text)).what
    assert "MAC" in refused(lab, text.replace("kind: Secret", "kind: Secret\nmore: 1")).what
    assert "MAC" in refused(lab, re.sub(r"    mac: .*\n", "", text)).what


def test_a_plain_field_may_change_where_the_mac_is_over_encrypted_values_only(lab: SopsLab) -> None:
    text = lab.encrypt(PLAIN, "yaml", *ONLY_DATA, "--mac-only-encrypted")
    file = lab.read(text.replace("kind: Secret", "kind: Other"))
    assert found(file, ("kind",)).value == "Other"


@pytest.mark.parametrize(
    ("format", "plain"),
    [("yaml", PLAIN), ("json", '{"password": "hunter2"}'), ("dotenv", "PASSWORD=hunter2\n"), ("ini", "[a]\nb = hunter2\n")],
)
def test_a_file_that_is_not_encrypted(lab: SopsLab, format: str, plain: str) -> None:
    failure = refused(lab, plain, format)
    assert "not encrypted" in failure.what
    assert "sops encrypt" in failure.remedy


@pytest.mark.parametrize(
    ("format", "broken", "line"),
    [
        ("yaml", 'a: 1\nb: "hunter2\nc: [\n', "line 4"),
        ("json", '{"a": 1,\n"b": hunter2}', "line 2"),
        ("json", '{"a": "hunter2"', "line 1"),
        ("dotenv", "A=1\nhunter2\n", "line 2"),
        ("ini", "[a]\nhunter2\n", "line 2"),
    ],
)
def test_a_broken_text_is_told_with_its_line(lab: SopsLab, format: str, broken: str, line: str) -> None:
    assert line in refused(lab, broken, format).what


def test_a_merge_conflict_is_told_with_its_line(lab: SopsLab, text: str) -> None:
    conflict = text.replace("kind: Secret\n", "<<<<<<< HEAD\nkind: Secret\n=======\nkind: Other\n>>>>>>> theirs\n")
    assert "line" in refused(lab, conflict).what


def test_a_binary_file_has_no_keys(lab: SopsLab) -> None:
    path = lab.folder / "certificate.p12"
    path.write_bytes(b"\x00\x01")
    with pytest.raises(Failure, match="binary"):
        SopsFile.load(path, lab.keys)


def test_a_missing_an_unreadable_and_a_non_text_file(lab: SopsLab) -> None:
    with pytest.raises(Failure, match="does not exist"):
        SopsFile.load(lab.folder / "nothing.yaml", lab.keys)
    with pytest.raises(Failure, match="can't be read"):
        SopsFile.load(lab.folder.rename(lab.folder.with_suffix(".yaml")), lab.keys)
    path = lab.folder.with_suffix(".yaml") / "latin.yaml"
    path.write_bytes(b"a: \xe9")
    with pytest.raises(Failure, match="UTF-8"):
        SopsFile.load(path, lab.keys)


def test_changes_that_cannot_be_made(lab: SopsLab, now: datetime, text: str) -> None:
    file = lab.read(text)
    for change, words in (
        (Set(("stringData", "missing"), "x"), "has no key stringData.missing"),
        (Set(("stringData",), "x"), "holds a mapping"),
        (Remove(()), "empty"),
        (Set(("kind",), "x", document=3), "has no document 3"),
        (Set((), "x", create=True), "empty"),
        (Set(("kind",), 2**70), "can't hold"),
    ):
        with pytest.raises(Failure, match=words):
            file.edit([change], now=now)


def test_json_is_broken_where_its_metadata_is_no_object(lab: SopsLab) -> None:
    text = json.loads(lab.encrypt('{"a": "hunter2"}', "json"))
    text["sops"] = "gone"
    assert refused(lab, json.dumps(text), "json")
