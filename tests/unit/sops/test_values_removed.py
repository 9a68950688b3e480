# SPDX-License-Identifier: GPL-3.0-or-later
"""What the module sops_value says of mappings and items that it removes."""

from __future__ import annotations

import json
from typing import Any

from ansible_collections.lotus_lake.secrets.plugins.module_utils.operations.operation import Context, perform
from ansible_collections.lotus_lake.secrets.plugins.module_utils.operations.sops_value import OPERATION
from ansible_collections.lotus_lake.secrets.tests.fixtures.sops_lab import SopsLab

PLAIN = {"list": [{"a": "one", "b": "two"}, {"a": "three"}], "map": {"x": "four"}, "empty": {}, "left": "five"}


def value(key: str, **more: Any) -> dict[str, Any]:
    absent = dict.fromkeys(("document", "json", "encoding", "text", "text_file", "copy_from", "generate"))
    return {"key": key, "state": "present", "create": False, **absent, **more}


def test_removed_values_are_shown_by_fingerprint_and_set_ones_where_they_were_asked_for(lab: SopsLab) -> None:
    path = lab.write("x.json", json.dumps(PLAIN))
    encrypted = path.read_text()
    gone = [value(key, state="absent") for key in ("list.0", "map", "empty", "missing")]
    asked = {"path": str(path), "values": [*gone, value("list.1.a", text="new")]}
    predicted = perform(OPERATION, asked, Context(check=True, diff=True, environ=lab.environ))
    assert path.read_text() == encrypted
    result = perform(OPERATION, asked, Context(check=False, diff=True, environ=lab.environ))
    assert predicted == result
    assert lab.values(path.read_text(), "json") == {"list": [{"a": "new"}], "left": "five"}
    assert [one["changed"] for one in result["outcomes"]] == [True, True, True, False, True]
    assert [one["fingerprint"] is None for one in result["outcomes"]] == [True, True, True, True, False]
    keys = [line.split(": fp:")[0] for line in result["diff"]["before"].splitlines()]
    assert keys == ["list.0.a", "list.0.b", "map.x", "list.1.a"]
    assert result["diff"]["after"] == f"list.1.a: {result['outcomes'][-1]['fingerprint']}\n"


def test_a_mapping_that_is_gone_is_no_change(lab: SopsLab) -> None:
    path = lab.write("x.json", json.dumps(PLAIN))
    asked = {"path": str(path), "values": [value("map", state="absent"), value("empty", state="absent")]}
    results = [perform(OPERATION, asked, Context(check=False, diff=False, environ=lab.environ)) for _ in range(2)]
    assert [result["changed"] for result in results] == [True, False]
    assert [one["changed"] for one in results[1]["outcomes"]] == [False, False]
