# SPDX-License-Identifier: GPL-3.0-or-later
"""Where Go and Python read a text differently, sops's reading counts; what isn't certain goes to the program."""

from __future__ import annotations

import re
from datetime import datetime

import pytest
from ansible_collections.lotus_lake.secrets.plugins.module_utils.failure import Failure
from ansible_collections.lotus_lake.secrets.plugins.module_utils.sops.age_keys import AgeKeys
from ansible_collections.lotus_lake.secrets.plugins.module_utils.sops.changes import Set
from ansible_collections.lotus_lake.secrets.plugins.module_utils.sops.format import Format
from ansible_collections.lotus_lake.secrets.plugins.module_utils.sops.go_regex import matcher
from ansible_collections.lotus_lake.secrets.plugins.module_utils.sops.sops_file import SopsFile
from ansible_collections.lotus_lake.secrets.plugins.module_utils.sops.unsure import Unsure
from ansible_collections.lotus_lake.secrets.tests.fixtures.sops_lab import SopsLab, SopsRefused, found

HALF = ("--encrypted-regex", "^secret$")


def in_process_only(lab: SopsLab, text: str, format: str = "yaml") -> SopsFile:
    keys = AgeKeys.find({**lab.environ, "PATH": ""})
    return SopsFile.parse(text, name="document", format=Format(format), keys=keys)


def test_plain_scalars_as_go_reads_them(lab: SopsLab) -> None:
    spelled = {
        "yes": "yes", "1:30": "1:30", "0777": 511, "0o17": 15, "1_000": 1000, "0b11": 3, "08": 8.0, "~": None, "1e3": 1000.0,
        "2024-01-01": "2024-01-01T00:00:00Z", "2024-01-01 10:20:30": "2024-01-01T10:20:30Z", "2024-13-01": "2024-13-01",
        "123456789012345678901234567890": 123456789012345678901234567890.0, "1e400": "1e400", "True": True, "NO": "NO",
    }  # fmt: skip
    text = "".join(f"k{at}: {word}\n" for at, word in enumerate(spelled)) + "secret: x\n"
    for options in ((), HALF):
        file = in_process_only(lab, lab.encrypt(text, "yaml", *options))
        values = [entry.value for entry in file.entries()]
        assert values[:-1] == list(spelled.values())
        if not options:
            assert [type(value) for value in values[:-1]] == [type(value) for value in spelled.values()]


def test_plain_scalars_in_an_encrypted_file_may_be_respelled(lab: SopsLab) -> None:
    text = lab.encrypt("mode: 511\nwhen: 2024-01-01\nbig: 1e20\nsecret: x\n", "yaml", *HALF)
    respelled = text.replace("mode: 511", "mode: 0777").replace("1e+20", "100000000000000000000.0")
    assert lab.values(respelled) == lab.values(text)
    assert found(in_process_only(lab, respelled), ("mode",)).value == 511


def test_infinities_and_no_numbers(lab: SopsLab) -> None:
    text = "a: .inf\nb: -.INF\nsecret: .inf\n"
    for options in ((), HALF):
        file = in_process_only(lab, lab.encrypt(text, "yaml", *options))
        assert [entry.value for entry in file.entries()] == [float("inf"), float("-inf"), float("inf")]
    assert repr(in_process_only(lab, lab.encrypt("secret: .nan\n")).entries()[0].value) == "nan"


def test_an_encrypted_negative_zero_counts_as_go_writes_it(lab: SopsLab) -> None:
    text = lab.encrypt("a: -0e-3\n")
    lab.decrypt(text)
    assert str(found(in_process_only(lab, text), ("a",)).value) == "-0.0"


def test_a_file_that_sops_writes_and_cannot_read_is_reported(lab: SopsLab) -> None:
    text = lab.encrypt("zero: -0.0\nsecret: x\n", "yaml", *HALF)
    with pytest.raises(SopsRefused):
        lab.decrypt(text)
    with pytest.raises(Failure, match="MAC"):
        lab.read(text)


@pytest.mark.parametrize(
    ("added", "values"),
    [
        ("anchored: &a x\nalias: *a\n", {"anchored": "x", "alias": "x"}),
        ("tagged: !!str 5\n", {"tagged": "5"}),
        ("twice: !!float 5\n", {"twice": 5}),
        ("odd: 2024-1-2\n", {"odd": "2024-01-02T00:00:00Z"}),
        ("binary: !!binary aGk=\n", {"binary": "hi"}),
        ('line: "a\\u2028b"\n', {"line": "a\u2028b"}),
    ],
)
def test_what_is_odd_is_read_by_the_program(lab: SopsLab, now: datetime, added: str, values: dict[str, object]) -> None:
    """The plain part is written by hand; the MAC counts its values, however they are spelled."""
    text = lab.encrypt(added + "secret: hunter2\n", "yaml", *HALF)
    by_hand = added + text[text.index("secret:") :]
    file = lab.read(by_hand)
    assert {entry.path[0]: entry.value for entry in file.entries()} == {**values, "secret": "hunter2"}
    assert found(file, ("secret",)).encrypted
    after = file.edit([Set(("secret",), "new")], now=now)
    assert lab.values(after.text)["secret"] == "new"
    if "line" not in values:
        with pytest.raises(Failure, match="needs the program sops, because") as caught:
            in_process_only(lab, by_hand)
        assert "hunter2" not in str(caught.value)


def test_documents_that_sops_refuses_are_refused(lab: SopsLab) -> None:
    text = lab.encrypt("a: 1\nsecret: hunter2\n", "yaml", *HALF)
    for odd in ("5: x\n", "true: x\n", "? [a]\n: b\n", "a: 2\n", "<<: {b: 1}\n"):
        changed = odd + text
        with pytest.raises(SopsRefused):
            lab.decrypt(changed)
        with pytest.raises(Failure) as caught:
            lab.read(changed)
        assert "hunter2" not in str(caught.value)
    for odd in ("- a\n", "just text\n"):
        with pytest.raises(Failure):
            lab.read(text + "---\n" + odd)


def test_an_encrypted_comment_in_a_list_is_no_item(lab: SopsLab) -> None:
    text = lab.encrypt("list:\n  # note\n  - a\n  # other\n  - b\n")
    assert text.count("    - ENC[") == 4
    assert [(entry.path, entry.value) for entry in lab.read(text).entries()] == [(("list", 0), "a"), (("list", 1), "b")]


def test_rules_about_comments_are_left_to_the_program(lab: SopsLab, now: datetime) -> None:
    text = lab.encrypt("# sops:enc\na: hunter2\nb: plain\n", "yaml", "--encrypted-comment-regex", "sops:enc")
    file = lab.read(text)
    assert [(entry.path, entry.value, entry.encrypted) for entry in file.entries()] == [
        (("a",), "hunter2", True),
        (("b",), "plain", False),
    ]
    assert not file.is_plain_by_rules(("a",))
    assert file.is_plain_by_rules(("b",))
    assert file.is_plain_by_rules(("new",))
    after = file.edit([Set(("a",), "new")], now=now)
    assert lab.values(after.text) == {"a": "new", "b": "plain"}
    assert re.sub(r"ENC\[[^]]*\]|\d{4}-[^\"]*Z", "", after.text) == re.sub(r"ENC\[[^]]*\]|\d{4}-[^\"]*Z", "", text)


@pytest.mark.parametrize(
    ("pattern", "text", "found"),
    [
        ("^(data|stringData)$", "data", True),
        ("^data$", "data\n", False),
        ("pass", "my_password", True),
        ("(?i)pass", "PASS", True),
        (r"^a\.b$", "a.b", True),
        (r"^[^_]+_secret\d{2}$", "x_secret12", True),
        (r"\bkey\b", "a-key", True),
        (r"^\w+$", "é", False),
        (r"(?:a|b)+?c\z", "abac", True),
    ],
)
def test_regular_expressions_of_go(lab: SopsLab, pattern: str, text: str, found: bool) -> None:
    assert matcher(pattern)(text) is found
    plain = "".join(f'"{key}": x\n' for key in (text.replace("\n", "\\n"),))
    encrypted = lab.encrypt(plain + "zzz_other: 1\n", "yaml", "--encrypted-regex", pattern)
    assert ("ENC[" in encrypted.splitlines()[0]) is found


@pytest.mark.parametrize(
    "pattern", [r"\pL", "[[:alpha:]]", "a{,3}", "(?s).", "(?P<a>b)", r"\s", "a*+", r"\Qa\E", "(?i)é", "a{1001}", "["]
)
def test_regular_expressions_that_may_differ_are_left_to_the_program(pattern: str) -> None:
    with pytest.raises(Unsure):
        matcher(pattern)
    with pytest.raises(Unsure):
        matcher("(?i)k")("\u212a")


def test_json_numbers_strings_and_duplicates(lab: SopsLab) -> None:
    text = lab.encrypt('{"a": 1.0, "b": 1e3, "c": "\\ud83c\\udf89<&>", "d": -5, "secret": "x"}', "json", *HALF)
    file = in_process_only(lab, text.replace('"c": "🎉', '"c": "\\ud83c\\udf89'), "json")
    assert [entry.value for entry in file.entries()] == [1, 1000, "🎉<&>", -5, "x"]
    large = lab.encrypt('{"a": 12345678901234567890, "secret": "x"}', "json", *HALF)
    assert found(lab.read(large, "json"), ("a",)).value == 12345678901234567000
    with pytest.raises(Failure):
        lab.read('{"secret": "y",' + text[1:], "json")


def test_a_dotenv_file_with_carriage_returns_is_refused_as_by_sops(lab: SopsLab) -> None:
    text = lab.encrypt("A=hunter2\n", "dotenv").replace("\n", "\r\n")
    with pytest.raises(SopsRefused):
        lab.decrypt(text, "dotenv")
    with pytest.raises(Failure):
        lab.read(text, "dotenv")


def test_an_ini_file_with_several_lines_and_quotes(lab: SopsLab, now: datetime) -> None:
    text = lab.encrypt('[a]\nb = """one\ntwo"""\nc = "q;r"\nd = x # note\nsecret = 1\n', "ini", *HALF)
    file = lab.read(text, "ini")
    theirs = lab.values(text, "ini")["a"]
    assert {entry.path[1]: entry.value for entry in file.entries()} == theirs
    after = file.edit([Set(("a", "secret"), "2")], now=now)
    assert lab.values(after.text, "ini")["a"] == {**theirs, "secret": "2"}


def test_a_yaml_file_with_a_byte_order_mark(lab: SopsLab, now: datetime) -> None:
    text = "\ufeff" + lab.encrypt("a: one\nb: é\n")
    after = lab.read(text).edit([Set(("a",), "two")], now=now)
    assert lab.values(after.text) == {"a": "two", "b": "é"}
