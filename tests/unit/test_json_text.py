# SPDX-License-Identifier: GPL-3.0-or-later
"""Edits of a JSON text: what the change means comes about, and every other character stays."""

from __future__ import annotations

import copy
import json
from collections.abc import Callable
from typing import Any

import pytest
from ansible_collections.lotus_lake.secrets.plugins.module_utils import json_text
from ansible_collections.lotus_lake.secrets.plugins.module_utils.json_text import Append, JsonTextError, Remove, Replace
from hypothesis import given
from hypothesis import strategies as st

TEXTS = st.text(
    alphabet=st.characters(exclude_categories=["Cs"]) | st.sampled_from('"\\/,:[]{} \n\t\r\u2028\u0085\x7f\U0001f600'),
    max_size=8,
)
SCALARS = st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | TEXTS
DOCUMENTS = st.recursive(SCALARS, lambda inner: st.lists(inner, max_size=4) | st.dictionaries(TEXTS, inner, max_size=4))
STYLES: st.SearchStrategy[Callable[[Any], str]] = st.sampled_from(
    [
        lambda value: json.dumps(value, ensure_ascii=False),
        lambda value: json.dumps(value, ensure_ascii=True),
        lambda value: json.dumps(value, ensure_ascii=False, separators=(",", ":")),
        lambda value: json.dumps(value, ensure_ascii=False, indent=2) + "\n",
        lambda value: json.dumps(value, ensure_ascii=True, indent=4),
        lambda value: json.dumps(value, ensure_ascii=False, indent="\t"),
        lambda value: json.dumps(value, ensure_ascii=False, indent=2).replace("\n", "\r\n"),
        lambda value: "\n\t " + json.dumps(value, ensure_ascii=False, indent=1, separators=(" ,\t", " :\n")) + " \r\n",
    ]
)


def paths(value: Any, so_far: tuple[str | int, ...] = ()) -> list[tuple[str | int, ...]]:
    """Every path in a document."""
    found = [so_far]
    for part, inner in value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ():
        found += paths(inner, (*so_far, part))
    return found


def at(value: Any, path: tuple[str | int, ...]) -> Any:
    for part in path:
        value = value[part]
    return value


def changed(value: Any, path: tuple[str | int, ...], change: Callable[[Any, Any], None]) -> Any:
    """A copy of a document in which ``change`` was done to the holder and key at ``path``."""
    root = [copy.deepcopy(value)]
    full = (0, *path)
    change(at(root, full[:-1]), full[-1])
    return root[0]


def put(value: Any) -> Callable[[Any, Any], None]:
    def change(holder: Any, key: Any) -> None:
        holder[key] = value

    return change


def same(one: Any, other: Any) -> bool:
    """Equal, with the order of keys, and with 1, 1.0 and True told apart."""
    return json.dumps(one) == json.dumps(other)


def around(before: str, after: str) -> tuple[str, str, str]:
    """What both texts begin with and end with, and what of ``before`` lies between."""
    start = next((n for n, (a, b) in enumerate(zip(before, after, strict=False)) if a != b), min(len(before), len(after)))
    end = 0
    while end < min(len(before), len(after)) - start and before[len(before) - 1 - end] == after[len(after) - 1 - end]:
        end += 1
    return before[:start], before[len(before) - end :], before[start : len(before) - end]


@given(st.data(), DOCUMENTS, STYLES, DOCUMENTS)
def test_a_value_is_replaced_and_nothing_else(data: st.DataObject, document: Any, style: Any, new: Any) -> None:
    text = style(document)
    path = data.draw(st.sampled_from(paths(document)))
    edited = json_text.edit(text, [Replace(path, new)])
    assert same(json.loads(edited), changed(document, path, put(new)))
    first, last, _ = around(text, edited)
    written = json.dumps(new, ensure_ascii=False)
    # all that is new is a piece of the value, so everything around it is as it was
    assert edited[len(first) : len(edited) - len(last)] in written
    assert same(json_text.get(edited, path), new)


@given(st.data(), DOCUMENTS, STYLES, DOCUMENTS)
def test_an_item_is_appended_and_every_other_character_stays(data: st.DataObject, document: Any, style: Any, item: Any) -> None:
    lists = [path for path in paths(document) if isinstance(at(document, path), list)]
    if not lists:
        return
    text = style(document)
    path = data.draw(st.sampled_from(lists))
    edited = json_text.edit(text, [Append(path, item)])
    assert same(json.loads(edited), changed(document, path, lambda holder, key: holder[key].append(item)))
    if at(document, path):
        _, _, lost = around(text, edited)
        assert lost == ""


@given(st.data(), DOCUMENTS, STYLES)
def test_an_item_goes_and_every_other_character_stays(data: st.DataObject, document: Any, style: Any) -> None:
    items = [path for path in paths(document) if path and isinstance(at(document, path[:-1]), list)]
    if not items:
        return
    text = style(document)
    path = data.draw(st.sampled_from(items))
    edited = json_text.edit(text, [Remove(path)])
    assert same(json.loads(edited), changed(document, path, lambda holder, key: holder.pop(key)))
    if len(at(document, path[:-1])) > 1:
        first, last, _ = around(text, edited)
        assert first + last == edited or len(first) + len(last) >= len(edited)


@given(st.data(), DOCUMENTS, STYLES)
def test_many_changes_are_made_at_once(data: st.DataObject, document: Any, style: Any) -> None:
    leaves = [path for path in paths(document) if not isinstance(at(document, path), dict | list)]
    chosen = data.draw(st.lists(st.sampled_from(leaves), unique=True)) if leaves else []
    edited = json_text.edit(style(document), [Replace(path, f"new {number}") for number, path in enumerate(chosen)])
    expected = document
    for number, path in enumerate(chosen):
        expected = changed(expected, path, put(f"new {number}"))
    assert same(json.loads(edited), expected)


@given(DOCUMENTS, STYLES)
def test_no_change_is_no_change(document: Any, style: Any) -> None:
    assert json_text.edit(style(document), []) == style(document)


@given(st.text(alphabet='{}[]",:\\0123456789.eE+-truefalsn u\t\n ', max_size=30))
def test_any_text_is_edited_or_refused(text: str) -> None:
    try:
        value = json_text.loads(text)
    except JsonTextError:
        with pytest.raises(JsonTextError):
            json_text.edit(text, [Replace((), 1)])
        return
    for path in paths(value):
        assert same(json_text.get(text, path), at(value, path))
        assert same(json_text.get(json_text.edit(text, [Replace(path, "x")]), path), "x")


@pytest.mark.parametrize(
    "style",
    [{"indent": 2}, {"indent": 4}, {"indent": "\t"}, {}, {"separators": (",", ":")}],
    ids=["two", "four", "tab", "one line", "compact"],
)
@pytest.mark.parametrize("held", [1, 2, 3])
def test_an_appended_item_is_written_as_the_items_before_it(style: dict[str, Any], held: int) -> None:
    def document(count: int) -> str:
        credentials = [{"accessKey": f"key{n}", "secretKey": f"secret{n}"} for n in range(count)]
        return json.dumps({"identities": [{"name": "daggy", "credentials": credentials, "actions": ["Read:b"]}]}, **style)

    appended = Append(("identities", 0, "credentials"), {"accessKey": f"key{held}", "secretKey": f"secret{held}"})
    assert json_text.edit(document(held), [appended]) == document(held + 1)
    removed = Remove(("identities", 0, "credentials", held))
    assert json_text.edit(document(held + 1), [removed]) == document(held)


def test_windows_line_ends_are_kept() -> None:
    text = json.dumps({"list": [{"a": 1, "b": 2}]}, indent=2).replace("\n", "\r\n")
    edited = json_text.edit(text, [Append(["list"], {"a": 3})])
    assert "\n" not in edited.replace("\r\n", "")


def test_digits_address_the_items_of_a_list() -> None:
    text = '{"a": [1, 2, 3], "0": 4}'
    assert json_text.get(text, ["a", "1"]) == 2
    assert json_text.get(text, ["0"]) == 4
    assert json_text.edit(text, [Remove(["a", "0"])]) == '{"a": [2, 3], "0": 4}'
    assert json_text.edit(text, [Remove(["a", "2"])]) == '{"a": [1, 2], "0": 4}'


@pytest.mark.parametrize(
    "path", [["b"], ["a", 3], ["a", -1], ["a", "-1"], ["a", "x"], ["a", 0, "deeper"], [0], ["a", "²"], ["a", 1.0]]
)
def test_a_path_that_is_not_there_is_named(path: list[Any]) -> None:
    with pytest.raises(JsonTextError, match="isn't there"):
        json_text.get('{"a": [1, 2, 3]}', path)
    with pytest.raises(JsonTextError, match="isn't there"):
        json_text.edit('{"a": [1, 2, 3]}', [Replace(path, 1)])


def test_only_lists_are_appended_to() -> None:
    with pytest.raises(JsonTextError, match=r"^a\.b is no list$"):
        json_text.edit('{"a": {"b": {}}}', [Append(["a", "b"], 1)])
    with pytest.raises(JsonTextError, match=r"^the document is no list$"):
        json_text.edit("{}", [Append([], 1)])


@pytest.mark.parametrize(
    "changes",
    [
        [Replace(["a"], 1), Replace(["a", 0], 1)],
        [Replace(["a", 0], 1), Replace(["a", 0], 2)],
        [Append(["a"], 1), Append(["a"], 2)],
        [Append(["b"], 1), Append(["b"], 2)],
        [Remove(["a", 1]), Replace(["a", 1], 2)],
        [Remove(["a", 0]), Remove(["a", 1])],
        [Remove(["c", 0]), Append(["c"], 2)],
    ],
)
def test_changes_that_overlap_are_refused(changes: list[json_text.Change]) -> None:
    with pytest.raises(JsonTextError, match=r"^two changes overlap$"):
        json_text.edit('{"a": [10, 20, 30], "b": [], "c": [1]}', changes)


def test_the_last_item_may_go_while_another_comes() -> None:
    edited = json_text.edit('{"a": [10, 20]}', [Append(["a"], 30), Remove(["a", 1])])
    assert json.loads(edited) == {"a": [10, 30]}


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ('{"hunter2": 1, "hunter2": 2}', "is there twice"),
        ('{"a": NaN}', "NaN is no JSON"),
        ('{"a": -Infinity}', "-Infinity is no JSON"),
        ('{"a": "hunter2}', "line 1, column 7: Unterminated string starting at"),
        ('{"a": "hunter2",\n}', "line 1, column 16|line 2, column 1"),
        ('{"a": hunter2}', "line 1, column 7: Expecting value"),
        ('{"a": "\\hunter2"}', "line 1, column 8: Invalid"),
        ('{"a": "\thunter2"}', "line 1, column 8: Invalid control character"),
        ('{"a": "hunter2"} hunter2', "line 1, column 18: Extra data"),
        ('\ufeff{"a": "hunter2"}', "line 1, column 1"),
        ('{"a": "\\ud83d"}', "lone surrogate"),
        ("", "line 1, column 1"),
        ("[" * 100_000, "nested too deep"),
    ],
)
def test_what_is_no_json_is_said_without_its_content(text: str, why: str) -> None:
    for attempt in (lambda: json_text.loads(text), lambda: json_text.get(text, []), lambda: json_text.edit(text, [])):
        with pytest.raises(JsonTextError, match=why) as caught:
            attempt()
        assert "hunter2" not in str(caught.value).replace("the key 'hunter2'", "")
        assert caught.value.__cause__ is None


def test_a_change_shows_no_value() -> None:
    shown = repr([Replace(["a"], "hunter2"), Append(["a"], "hunter2"), Remove(["a", 0])])
    assert "hunter2" not in shown
