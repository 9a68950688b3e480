# SPDX-License-Identifier: GPL-3.0-or-later
"""Mappings, lists and items of lists are removed with just their own text; sops accepts what is left."""

from __future__ import annotations

import json
import re
from datetime import datetime
from typing import Any

import pytest
from ansible_collections.lotus_lake.secrets.plugins.module_utils.failure import Failure
from ansible_collections.lotus_lake.secrets.plugins.module_utils.sops import sops_file
from ansible_collections.lotus_lake.secrets.plugins.module_utils.sops.changes import Remove, Set
from ansible_collections.lotus_lake.secrets.plugins.module_utils.sops.sops_file import SopsFile
from ansible_collections.lotus_lake.secrets.plugins.module_utils.sops.unsure import Unsure
from ansible_collections.lotus_lake.secrets.tests.fixtures.sops_lab import SopsLab, found

Path = tuple[str | int, ...]
TOKEN = re.compile(r"ENC\[[^\]]*\]")
MASTER: dict[str, Any] = {
    "identities": [
        {"name": "etl", "credentials": [{"accessKey": "a", "secretKey": "1"}, {"accessKey": "b", "secretKey": "2"}]},
        {"name": "bi", "credentials": [{"accessKey": "c", "secretKey": "3"}], "actions": ["Read", "Write", "List"]},
    ],
    "accounts": [],
}
CREDENTIALS: Path = ("identities", 0, "credentials")


def tree_without(tree: Any, *paths: Path) -> Any:
    """A tree less what is at the paths, the last items of lists first."""
    left = json.loads(json.dumps(tree))
    for path in sorted(paths, key=lambda path: [str(part).rjust(9, "0") for part in path], reverse=True):
        parent = left
        for part in path[:-1]:
            parent = parent[part]
        del parent[path[-1]]
    return left


def in_process(file: SopsFile, monkeypatch: pytest.MonkeyPatch) -> SopsFile:
    """The file, which can't turn to the program any more."""
    monkeypatch.setattr(file, "_program", lambda unsure: pytest.fail(f"the program was asked: {unsure.reason}"))
    return file


@pytest.mark.parametrize("format", ["json", "yaml"])
@pytest.mark.parametrize(
    "paths",
    [
        [(*CREDENTIALS, 0)],
        [(*CREDENTIALS, 1)],
        [(*CREDENTIALS, 0), (*CREDENTIALS, 1)],
        [CREDENTIALS],
        [("identities", 0)],
        [("identities", 1, "credentials", 0)],
        [("identities", 1, "actions", 0), ("identities", 1, "actions", 2), ("identities", 0, "credentials", 0)],
        [("identities", 1, "actions"), ("identities", 0)],
        [("identities", 0), ("identities", 1)],
        [("identities",)],
        [("accounts",)],
    ],
    ids=str,
)
def test_what_goes_and_nothing_else(
    lab: SopsLab, now: datetime, format: str, paths: list[Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    text = lab.encrypt(json.dumps(MASTER), format)
    file = in_process(lab.read(text, format), monkeypatch)
    for asked in (paths, paths[::-1]):
        after = file.edit([Remove(path) for path in asked], now=now)
        assert json.dumps(lab.values(after.text, format)) == json.dumps(tree_without(MASTER, *paths))
        assert lab.read(after.text, format).entries() == after.entries()
        assert len(set(TOKEN.findall(after.text)) - set(TOKEN.findall(text))) == 1
        kept = after.text.splitlines()
        if format == "yaml":
            assert len([line for line in kept if line not in text.splitlines()]) <= 2 + len(paths)


YAML = """a:
    # kept: it is before what goes
    first:
        - x: 1 # gone

        - y: 2
          # gone with y
        # kept
        - z: 3
    second:
        q: |-
            4

# end
last: 5
"""


@pytest.mark.parametrize(
    ("paths", "left"),
    [
        ([("a", "first", 0)], YAML.replace("        - x: 1 # gone\n", "")),
        ([("a", "first", 1)], YAML.replace("        - y: 2\n          # gone with y\n", "")),
        ([("a", "second")], YAML[: YAML.index("    second")] + "\n# end\nlast: 5\n"),
        ([("a", "first", 0), ("a", "first", 2)], YAML.replace("        - x: 1 # gone\n", "").replace("        - z: 3\n", "")),
        ([("a",)], "\n# end\nlast: 5\n"),
        ([("a", "second", "q")], YAML.replace("second:\n        q: |-\n            4\n", "second: {}\n")),
    ],
    ids=str,
)
@pytest.mark.parametrize("newline", ["\n", "\r\n"], ids=["lf", "crlf"])
def test_lines_of_yaml(
    lab: SopsLab, now: datetime, paths: list[Path], left: str, newline: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    encrypted = lab.encrypt(re.sub("#.*", "", YAML))
    tokens = iter(TOKEN.findall(encrypted))
    numbered = {number: next(tokens) for number in "12345"}
    by_hand = re.sub(r"\b[1-5]\b", lambda match: numbered[match[0]], YAML)
    metadata = encrypted[encrypted.index("sops:") :]
    text = (by_hand + metadata).replace("\n", newline)
    after = in_process(lab.read(text), monkeypatch).edit([Remove(path) for path in paths], now=now)
    expected = re.sub(r"\b[1-5]\b", lambda match: numbered[match[0]], left).replace("\n", newline)
    assert after.text.split("sops:")[0] == expected
    assert lab.values(after.text) == tree_without(lab.values(text), *paths)
    assert lab.read(after.text).entries() == after.entries()


@pytest.mark.parametrize(
    ("written", "path", "left"),
    [
        ('{"a": [1, 2], "b": 3}', ("a", 0), '{"a": [2], "b": 3}'),
        ('{"a": [ 1 , 2 ], "b": 3}', ("a", 1), '{"a": [ 1  ], "b": 3}'),
        ('{"a": [ 1 ], "b": 3}', ("a", 0), '{"a": [], "b": 3}'),
        ('{"a": [[1, 2],\n  {}, []], "b": 3}', ("a", 1), '{"a": [[1, 2], []], "b": 3}'),
        ('{"a": {"c": 1}, "b": 3}', ("a", "c"), '{"a": {}, "b": 3}'),
        ('{"a": {"c": [1]}, "b": 3}', ("a",), '{"b": 3}'),
    ],
)
def test_characters_of_json(
    lab: SopsLab, now: datetime, written: str, path: Path, left: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    encrypted = lab.encrypt(written, "json")
    tokens = dict(zip(re.findall("[0-9]", written), TOKEN.findall(encrypted), strict=False))
    held = {number: f'"{token}"' for number, token in tokens.items()}
    metadata = json.dumps({"sops": json.loads(encrypted)["sops"]})[1:]
    text = re.sub("[0-9]", lambda match: held[match[0]], written)[:-1] + ", " + metadata
    after = in_process(lab.read(text, "json"), monkeypatch).edit([Remove(path)], now=now)
    assert after.text.split(', "sops"')[0] + "}" == re.sub("[0-9]", lambda match: held[match[0]], left)
    assert lab.values(after.text, "json") == json.loads(left)


@pytest.mark.parametrize("format", ["json", "yaml"])
def test_paths_are_those_before_the_edit(lab: SopsLab, now: datetime, format: str) -> None:
    """Also where the program makes it: an item is added to a list that loses another."""
    file = lab.read(lab.encrypt(json.dumps(MASTER), format), format)
    changes: list[Set | Remove] = [
        Remove((*CREDENTIALS, 0)),
        Set((*CREDENTIALS, 1, "secretKey"), "new"),
        Set(("identities", "1", "credentials", "0", "secretKey"), "newer"),
        Remove(("identities", 1, "actions", "1")),
        Set(("identities", 1, "extra"), "x", create=True),
    ]
    here = file.edit(changes, now=now)
    expected = tree_without(MASTER, (*CREDENTIALS, 0), ("identities", 1, "actions", 1))
    expected["identities"][0]["credentials"][0]["secretKey"] = "new"
    expected["identities"][1]["credentials"][0]["secretKey"] = "newer"
    expected["identities"][1]["extra"] = "x"
    assert lab.values(here.text, format) == expected
    assert lab.read(here.text, format).entries() == here.entries()
    added = [Set((*CREDENTIALS, 2, key), "y", create=True) for key in ("accessKey", "secretKey")]
    through_the_program = file.edit([*changes, *added], now=now)
    expected["identities"][0]["credentials"].append({"accessKey": "y", "secretKey": "y"})
    assert lab.values(through_the_program.text, format) == expected


@pytest.mark.parametrize("format", ["json", "yaml"])
def test_what_the_program_removes_is_taken_over_with_the_least_change(
    lab: SopsLab, now: datetime, format: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    def unsure(*_arguments: object) -> None:
        raise Unsure("a test asks for it")

    text = lab.encrypt(json.dumps(MASTER), format)
    text = text.replace("\t", " ") if format == "json" else text.replace("name: ", "name:  ")
    monkeypatch.setattr(sops_file, "open_text", unsure)
    file = lab.read(text, format)
    paths: list[Path] = [(*CREDENTIALS, 0), ("identities", 1, "actions", 1), ("accounts",)]
    after = file.edit([*map(Remove, paths), Set((*CREDENTIALS, 1, "secretKey"), "new")], now=now)
    expected = tree_without(MASTER, *paths)
    expected["identities"][0]["credentials"][0]["secretKey"] = "new"
    assert lab.values(after.text, format) == expected
    assert len(set(TOKEN.findall(after.text)) - set(TOKEN.findall(text))) == 2
    assert ("\t" not in after.text) if format == "json" else (after.text.count("name:  ") == 2)
    emptied = after.edit([Remove((*CREDENTIALS, 0))], now=now)
    assert lab.values(emptied.text, format)["identities"][0]["credentials"] == []


def test_item_after_item_until_the_list_is_empty_and_then_the_list(lab: SopsLab, now: datetime) -> None:
    file = lab.read(lab.encrypt("a:\n  - b: 1\n  - - 2\n  - 3\nc: 4\n"))
    for left in ([[2], 3], [3], []):
        file = file.edit([Remove(("a", 0))], now=now)
        assert lab.values(file.text) == {"a": left, "c": 4}
    assert "a: []\n" in file.text
    assert file.edit([Remove(("a", 0))], now=now) is file
    file = file.edit([Remove(("a",))], now=now)
    assert lab.values(file.text) == {"c": 4}
    assert file.edit([Remove(("a",))], now=now) is file


@pytest.mark.parametrize(
    ("format", "plain", "path"),
    [
        ("yaml", "a: {b: [1, 2], c: {d: 3}}\ne: 4\n", ("a", "b")),
        ("yaml", "a: {b: [1, 2], c: {d: 3}}\ne: 4\n", ("a", "b", 0)),
        ("yaml", "a: &x {b: 1}\nc: 2\n", ("a",)),
        ("yaml", "a: &x\n  - b: 1\n  - c: 2\nd: *x\n", ("a", 0)),
        ("yaml", "# of a\na:\n  # of b\n  b: 1\n# of c\nc: 2\n", ("a",)),
        ("yaml", "a:\n  b: 1\n", ("a",)),
        ("yaml", "a:\n  - - 1\n    - 2\n  - 3\n", ("a", 0, 0)),
        ("yaml", "a:\n  - b:\n      c: 1\n    d: 2\n", ("a", 0, "b")),
        ("ini", "[a]\nb = 1\n[c]\nd = 2\n", ("a",)),
    ],
)
def test_where_it_is_not_sure_the_program_removes(lab: SopsLab, now: datetime, format: str, plain: str, path: Path) -> None:
    text = lab.encrypt(plain, format)
    if "&x" in plain:
        # sops writes aliases out; this is as it would be with an anchor left in.
        text = text.replace("a:", "a: &x", 1)
    after = lab.read(text, format).edit([Remove(path)], now=now)
    assert lab.values(after.text, format) == tree_without(lab.values(text, format), path)
    assert "ENC" not in lab.decrypt(after.text, format)


def test_an_encrypted_comment_that_sops_counts_as_an_item_is_no_item(lab: SopsLab, now: datetime) -> None:
    """Then sops would remove something else."""
    file = lab.read(lab.encrypt("a:\n  - b: 1\n  # a note\n  - c: 2\n"))
    with pytest.raises(Failure, match=r"just the change|could not change"):
        file.edit([Remove(("a", 1))], now=now)


def test_other_documents_stay_and_several_that_have_it_are_told(lab: SopsLab, now: datetime) -> None:
    text = lab.encrypt("a:\n  - 1\n  - 2\n---\na:\n  b: 1\nc: 3\n---\nd:\n  - 5\n  - 6\n")
    file = lab.read(text)
    with pytest.raises(Failure, match="documents 0, 1"):
        file.edit([Remove(("a",))], now=now)
    after = file.edit([Remove(("a",), document=1), Remove(("a", 0)), Remove(("d", 1))], now=now)
    assert lab.decrypt(after.text).split("---\n") == ["a:\n    - 2\n", "c: 3\n", "d:\n    - 5\n"]
    assert lab.read(after.text).entries() == after.entries()


def test_plain_values_go_too(lab: SopsLab, now: datetime) -> None:
    for more in ((), ("--mac-only-encrypted",)):
        text = lab.encrypt(
            "metadata:\n  labels:\n    x: 1\n  name: n\ndata:\n  a: 1\n", "yaml", "--encrypted-regex", "^data$", *more
        )
        after = lab.read(text).edit([Remove(("metadata", "labels"))], now=now)
        assert lab.values(after.text) == {"metadata": {"name": "n"}, "data": {"a": 1}}


@pytest.mark.parametrize(
    "changes",
    [
        [Remove(CREDENTIALS), Set((*CREDENTIALS, 0, "secretKey"), "x", create=True)],
        [Set((*CREDENTIALS, 0, "secretKey"), "x"), Remove(CREDENTIALS)],
        [Remove(CREDENTIALS), Set(CREDENTIALS, "x", create=True)],
        [Remove((*CREDENTIALS, 0)), Set((*CREDENTIALS, "0", "more"), "x", create=True)],
        [Remove(("identities", 1, "actions", 0)), Set(("identities", 1, "actions", 0, "more"), "x", create=True)],
    ],
)
def test_changes_that_contradict_each_other_are_refused(lab: SopsLab, now: datetime, changes: list[Set | Remove]) -> None:
    file = lab.read(lab.encrypt(json.dumps(MASTER), "json"), "json")
    with pytest.raises(Failure, match="in one edit"):
        file.edit(changes, now=now)


def test_a_part_and_the_whole_may_go_together(lab: SopsLab, now: datetime) -> None:
    file = lab.read(lab.encrypt(json.dumps(MASTER), "json"), "json")
    changes = [Remove((*CREDENTIALS, 0)), Remove(CREDENTIALS), Remove((*CREDENTIALS, 1)), Remove(CREDENTIALS)]
    after = file.edit(changes, now=now)
    assert lab.values(after.text, "json") == tree_without(MASTER, CREDENTIALS)
    assert found(after, ("identities", 1, "actions", 2)).value == "List"
