# SPDX-License-Identifier: GPL-3.0-or-later
"""What is found of many secrets in all the ways to write them, and of what only looks like one."""

from __future__ import annotations

from pathlib import Path

import pytest
from ansible_collections.lotus_lake.secrets.plugins.module_utils.operations.estate_audit import OPERATION
from ansible_collections.lotus_lake.secrets.tests.fixtures.holdings_lab import HoldingsLab
from ansible_collections.lotus_lake.secrets.tests.fixtures.lake_estate import lake_estate
from ansible_collections.lotus_lake.secrets.tests.fixtures.secret_corpus import (
    FALSE_POSITIVES,
    KEY,
    SECRET,
    Item,
    lookalikes,
    real,
)

REAL, LOOKALIKES = real(), lookalikes()
IN_HISTORY = {SECRET: "history-plain-secret", KEY: "history-private-key"}
NOW, ONCE = "real", "lookalike"

Places = dict[str, dict[str, list[int]]]
"""By file and rule, the lines."""


@pytest.fixture(scope="module")
def audits(tmp_path_factory: pytest.TempPathFactory) -> tuple[Places, Places]:
    """What is found while everything is there, and when nothing is there any more."""
    lab = lake_estate(tmp_path_factory.mktemp("corpus"))
    for repository in lab.declared["repositories"]:
        repository["checkout"] = str(lab.folder / repository["name"])
        lab.git(repository["name"], "branch", "-qM", "main")
    for folder, items in ((NOW, REAL), (ONCE, LOOKALIKES)):
        lab.path("h-kube", folder).mkdir()
        for item in items:
            lab.path("h-kube", f"{folder}/{item.file}").write_bytes(item.text.encode())
    lab.commit("Everything")
    there = found(lab)
    lab.git("h-kube", "rm", "-rq", NOW, ONCE)
    lab.commit("Nothing")
    return there, found(lab)


def found(lab: HoldingsLab) -> Places:
    result = lab.perform(OPERATION)
    assert not result.get("failed"), result["msg"]
    places: Places = {}
    for one in result["findings"]:
        if one["rule"] in (*IN_HISTORY, *IN_HISTORY.values()):
            places.setdefault(one["where"]["file"], {}).setdefault(one["rule"], []).append(one["where"]["line"])
    return places


@pytest.mark.parametrize("item", REAL, ids=lambda item: item.name)
def test_every_secret_is_found_at_its_line_now_and_in_the_history(audits: tuple[Places, Places], item: Item) -> None:
    there, gone = audits
    file = f"{NOW}/{item.file}"
    assert set(there.get(file, {})) == set(item.rules)
    assert there[file][item.rules[0]] == [item.line]
    assert gone[file] == {IN_HISTORY[rule]: lines for rule, lines in there[file].items()}


def test_of_what_only_looks_so_these_are_found_and_no_others(audits: tuple[Places, Places]) -> None:
    for places in audits:
        false = {Path(file).name for file in places if file.startswith(ONCE)}
        assert false == {item.file for item in LOOKALIKES if item.name in FALSE_POSITIVES}


def test_the_documentation_tells_how_many_there_are() -> None:
    text = (Path(__file__).parents[3] / "docs" / "audit.md").read_text()
    assert len({item.file for item in LOOKALIKES}) == len(LOOKALIKES)
    assert len({item.file for item in REAL}) == len(REAL)
    assert f"{len(REAL)} files with a secret" in text
    assert f"{len(LOOKALIKES)} that only look so" in text
    assert f"{len(FALSE_POSITIVES)} of them" in text
