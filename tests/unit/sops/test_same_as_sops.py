# SPDX-License-Identifier: GPL-3.0-or-later
"""Generated documents, encrypted by the real sops: read alike, and after an edit sops gives just what was intended."""

from __future__ import annotations

import json
import random
import re
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

import pytest
import yaml
from ansible_collections.lotus_lake.secrets.plugins.module_utils.failure import Failure
from ansible_collections.lotus_lake.secrets.plugins.module_utils.sops.changes import Entry, Remove, Set
from ansible_collections.lotus_lake.secrets.plugins.module_utils.sops.key_path import KeyPath
from ansible_collections.lotus_lake.secrets.plugins.module_utils.sops.sops_file import SopsFile
from ansible_collections.lotus_lake.secrets.tests.fixtures import sops_documents as documents
from ansible_collections.lotus_lake.secrets.tests.fixtures.sops_lab import SopsLab, SopsRefused, leaves
from hypothesis import assume, event, given
from hypothesis import strategies as st

NOW = datetime(2031, 2, 3, 4, 5, 6, tzinfo=UTC)
TOKEN = re.compile(r"ENC\[[^\]]*\]")
RANDOMS = st.integers(0, 2**32).map(random.Random)


def shown(entries: list[Entry]) -> dict[Any, Any]:
    return {entry.path: entry.value for entry in entries if entry.document == 0}


def same(ours: dict[Any, Any], theirs: dict[Any, Any]) -> None:
    """Equal values; JSON writes a whole float as an integer."""
    assert list(ours) == list(theirs)
    for path, value in ours.items():
        other = theirs[path]
        if isinstance(value, float) and not isinstance(other, bool):
            assert value == float(other), path
        else:
            assert (type(value), value) == (type(other), other), path


def same_texts_later(lab: SopsLab, file: SopsFile, text: str) -> None:
    """Equal keys and texts in the documents after the first, which sops gives as YAML only."""
    if file.document_count == 1:
        return
    event("several documents")
    told = list(yaml.load_all(lab.decrypt(text), Loader=yaml.BaseLoader))
    assert len(told) == file.document_count
    for number, theirs in enumerate(map(leaves, told)):
        ours = {entry.path: entry for entry in file.entries() if entry.document == number}
        assert list(ours) == list(theirs)
        assert all(theirs[path] == entry.value for path, entry in ours.items() if entry.type == "str")


def edited(file: SopsFile, style: random.Random) -> tuple[SopsFile, dict[Any, str]]:
    """The file with some of its encrypted texts changed, and the new values by document and path."""
    here = file._contents.opened is not None
    # The program edits the first document only, and counts comments as items of a list.
    texts = [entry for entry in file.entries() if entry.encrypted and (here or _for_program(entry))]
    chosen = style.sample(texts, min(len(texts), style.randint(1, 3)))
    new = {(entry.document, entry.path): f"new {style.random()} é\n" for entry in chosen}
    changes = [Set(path, value, document=document) for (document, path), value in new.items()]
    return file.edit(changes, now=NOW), new


def _for_program(entry: Entry) -> bool:
    return entry.document == 0 and all(isinstance(part, str) and not set(part) & set("[]") for part in entry.path)


def only_these_changed(before: str, after: str, changed: int, documents: int) -> None:
    """Outside of encrypted values just ``lastmodified`` differs, and so many values."""
    assert [re.sub(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ", "", part) for part in TOKEN.split(before)] == [
        re.sub(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ", "", part) for part in TOKEN.split(after)
    ]
    pairs = zip(TOKEN.findall(before), TOKEN.findall(after), strict=True)
    assert sum(old != new for old, new in pairs) == changed + documents
    assert "2031-02-03T04:05:06Z" in after


def check(lab: SopsLab, text: str, format: str, style: random.Random) -> None:
    theirs = lab.values(text, format)
    file = lab.read(text, format)
    same(shown(file.entries()), leaves(theirs))
    same_texts_later(lab, file, text)
    after, new = edited(file, style)
    if new and file._contents.opened is not None:
        only_these_changed(text, after.text, len(new), file.document_count)
    again = lab.values(after.text, format)
    expected = {**leaves(theirs), **{path: value for (document, path), value in new.items() if document == 0}}
    assert list(leaves(again).items()) == list(expected.items())
    same_texts_later(lab, after, after.text)
    assert lab.read(after.text, format).values() == after.values()


def places(node: Any, path: KeyPath = ()) -> Iterator[KeyPath]:
    """All but the root: values, mappings and lists, empty ones too."""
    for part, below in node.items() if isinstance(node, dict) else enumerate(node) if isinstance(node, list) else ():
        yield (*path, part)
        yield from places(below, (*path, part))


def removed(file: SopsFile, tree: Any, style: random.Random) -> tuple[SopsFile, Any, int]:
    """The file without some things, with a text elsewhere changed; what it has to hold; and how many texts changed."""
    here = file._contents.opened is not None
    candidates = [
        path for path in places(tree) if here or not any(isinstance(part, int) or set(part) & set("[]") for part in path)
    ]
    gone = style.sample(candidates, min(len(candidates), style.randint(1, 3)))
    texts = [
        entry
        for entry in file.entries()
        if entry.document == 0 and entry.encrypted and not any(entry.path[: len(path)] == path for path in gone)
    ]
    chosen = style.sample(texts, min(len(texts), 1)) if here else []
    changes: list[Set | Remove] = [Remove(path, document=0) for path in gone]
    changes += [Set(entry.path, "new", document=0) for entry in chosen]
    style.shuffle(changes)
    left = json.loads(json.dumps(tree))
    for entry in chosen:
        _holder(left, entry.path)[entry.path[-1]] = "new"
    outer = [path for path in gone if not any(path[:at] in gone for at in range(1, len(path)))]
    # What is later in the document goes first, so that the indexes hold.
    for path in sorted(outer, key=candidates.index, reverse=True):
        del _holder(left, path)[path[-1]]
    return file.edit(changes, now=NOW), left, len(chosen)


def _holder(tree: Any, path: KeyPath) -> Any:
    for part in path[:-1]:
        tree = tree[part]
    return tree


def check_removals(lab: SopsLab, text: str, format: str, style: random.Random) -> None:
    file = lab.read(text, format)
    tree = lab.values(text, format)
    # Some things sops itself can't remove, or only with more.
    refused = pytest.raises(Failure, match=r"could not change|just the change|can't address")
    try:
        after, expected, changed = removed(file, tree, style)
    except Failure as failure:
        event("refused")
        with refused:
            raise failure from None
        return
    assert json.dumps(lab.values(after.text, format)) == json.dumps(expected)
    assert lab.read(after.text, format).values() == after.values()
    if "2031-02-03T04:05:06Z" in after.text:
        event("in process")
        assert lab.read(after.text, format).entries() == after.entries()
        assert len(set(TOKEN.findall(after.text)) - set(TOKEN.findall(text))) == changed + 1
    else:
        event("by the program")


@given(documents.yaml_documents(), st.sampled_from(documents.OPTIONS), RANDOMS)
def test_yaml_as_sops_writes_it(lab: SopsLab, tree: Any, options: tuple[str, ...], style: random.Random) -> None:
    plain = "\n---\n".join(documents.render(document, style, documents.as_written) for document in tree)
    text = encrypted_and_readable(lab, plain + "\n", "yaml", options)
    check(lab, text, "yaml", style)


@given(documents.yaml_documents(), st.sampled_from(documents.OPTIONS), RANDOMS)
def test_yaml_formatted_by_people(lab: SopsLab, tree: Any, options: tuple[str, ...], style: random.Random) -> None:
    plain = "\n---\n".join(documents.render(document, style, documents.as_written) for document in tree)
    try:
        encrypted = lab.encrypt(plain + "\n", "yaml", *options)
    except SopsRefused:
        assume(False)
    text = documents.by_hand(tree, encrypted, style)
    readable(lab, text, "yaml")
    check(lab, text, "yaml", style)


@given(documents.json_documents(), st.sampled_from(documents.OPTIONS), RANDOMS)
def test_json(lab: SopsLab, tree: Any, options: tuple[str, ...], style: random.Random) -> None:
    text = encrypted_and_readable(lab, json.dumps(tree), "json", options)
    text = documents.as_json(json.loads(text), style)
    check(lab, text, "json", style)


@given(documents.dotenv_documents(), st.sampled_from(documents.OPTIONS), RANDOMS)
def test_dotenv(lab: SopsLab, tree: Any, options: tuple[str, ...], style: random.Random) -> None:
    text = encrypted_and_readable(lab, documents.as_dotenv(tree, style), "dotenv", options)
    check(lab, text, "dotenv", style)


@given(documents.ini_documents(), st.sampled_from(documents.OPTIONS), RANDOMS)
def test_ini(lab: SopsLab, tree: Any, options: tuple[str, ...], style: random.Random) -> None:
    text = encrypted_and_readable(lab, documents.as_ini(tree, style), "ini", options)
    check(lab, text, "ini", style)


@given(documents.yaml_documents(), st.sampled_from(documents.OPTIONS), RANDOMS)
def test_removals_from_yaml(lab: SopsLab, tree: Any, options: tuple[str, ...], style: random.Random) -> None:
    plain = "\n---\n".join(documents.render(document, style, documents.as_written) for document in tree)
    text = encrypted_and_readable(lab, plain + "\n", "yaml", options)
    if style.random() < 0.7:
        text = documents.by_hand(tree, text, style)
        readable(lab, text, "yaml")
    check_removals(lab, text, "yaml", style)


@given(documents.json_documents(), st.sampled_from(documents.OPTIONS), RANDOMS)
def test_removals_from_json(lab: SopsLab, tree: Any, options: tuple[str, ...], style: random.Random) -> None:
    text = encrypted_and_readable(lab, json.dumps(tree), "json", options)
    check_removals(lab, documents.as_json(json.loads(text), style), "json", style)


def encrypted_and_readable(lab: SopsLab, plain: str, format: str, options: tuple[str, ...]) -> str:
    """What sops makes of a text, where it can read that itself."""
    try:
        text = lab.encrypt(plain, format, *options)
    except SopsRefused:
        assume(False)
    readable(lab, text, format)
    return text


def readable(lab: SopsLab, text: str, format: str) -> None:
    try:
        lab.decrypt(text, format)
    except SopsRefused:
        # SOPS writes some files that it can't read; then nobody may read them here.
        with pytest.raises(Exception, match=r"MAC|plain text|code"):
            lab.read(text, format)
        assume(False)
