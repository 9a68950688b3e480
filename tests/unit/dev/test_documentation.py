# SPDX-License-Identifier: GPL-3.0-or-later
"""Each disagreement between documentation and project is found, and agreement is not complained of."""

from __future__ import annotations

import dataclasses
from pathlib import Path

import pytest
from ansible_collections.lotus_lake.secrets.dev.checks.documentation.coverage import unknown_names, unmentioned
from ansible_collections.lotus_lake.secrets.dev.checks.documentation.examples import bad_examples
from ansible_collections.lotus_lake.secrets.dev.checks.documentation.interface import Interface
from ansible_collections.lotus_lake.secrets.dev.checks.documentation.links import dead_links, paths_of_one_machine
from ansible_collections.lotus_lake.secrets.dev.checks.documentation.pages import Page
from ansible_collections.lotus_lake.secrets.dev.checks.documentation.roles import bad_roles_page

HAS = Interface(
    modules={
        "paint": {
            "options": {
                "colour": {"required": True, "choices": ["red", "blue"], "aliases": ["color"]},
                "walls": {"suboptions": {"side": {}}},
            },
            "examples": "- lotus_lake.secrets.paint:\n    colour: blue\n",
        }
    },
    roles={"house": {"house_size": {"description": "How big."}}},
    playbooks=frozenset({"build"}),
    targets={"test": "every check", "ruff": ""},
)


def _page(folder: Path, text: str) -> Page:
    path = folder / "page.md"
    path.write_text(text)
    return Page(path)


@pytest.mark.parametrize(
    ("example", "complaint"),
    [
        ("- lotus_lake.secrets.paint:\n    colour: blue\n    walls: [{side: left}]", None),
        ("- lotus_lake.secrets.paint: {color: '{{ favourite }}'}", None),
        ("- hosts: all\n  roles:\n    - role: lotus_lake.secrets.house\n      house_size: 3", None),
        ("- lotus_lake.secrets.paint: {colour: green}", "colour can't be 'green'"),
        ("- block:\n    - lotus_lake.secrets.paint: {colour: red, walls: [{sides: left}]}", "has no option sides"),
        ("- lotus_lake.secrets.paint: {walls: []}", "needs the option colour"),
        ("- lotus_lake.secrets.plaster: {}", "there is no module lotus_lake.secrets.plaster"),
        (
            "- ansible.builtin.import_role:\n    name: lotus_lake.secrets.house\n  vars:\n    house_height: 3",
            "has no option house_height",
        ),
        ("- a: b: c", "does not parse"),
    ],
)
def test_examples(tmp_path: Path, example: str, complaint: str | None) -> None:
    problems = list(bad_examples([_page(tmp_path, f"```yaml\n{example}\n```\n")], HAS))
    assert len(problems) == (complaint is not None)
    assert complaint is None or complaint in problems[0]


def test_links_lead_to_files_and_headings(tmp_path: Path) -> None:
    text = "# Set up: `make`\n[a](#set-up-make) [b](page.md#set-up-make) [c](https://example.com/) [d](#other) [e](gone.md)\n"
    problems = "\n".join(dead_links([_page(tmp_path, text)]))
    assert "#other leads to no heading" in problems
    assert "gone.md leads to no file" in problems
    assert len(problems.splitlines()) == 2


def test_paths_of_one_machine(tmp_path: Path) -> None:
    [problem] = paths_of_one_machine([_page(tmp_path, "In /tmp/x or ~/work/y or https://example.com/tmp/z.")])
    assert "/tmp/x" in problem


def test_names_are_there_and_mentioned(tmp_path: Path) -> None:
    page = _page(tmp_path, "`lotus_lake.secrets.paint`, lotus_lake.secrets.plaster, `house`, build, `make ruff`, `make tests`\n")
    assert [problem.rpartition(" ")[2] for problem in unknown_names([page], HAS)] == ["lotus_lake.secrets.plaster", "tests"]
    assert [problem.partition("mentions ")[2] for problem in unmentioned([page], HAS)] == [
        "lotus_lake.secrets.build",
        "make test",
    ]


ROW = "| `house_size` |  |  | How big. |"


@pytest.mark.parametrize(
    ("text", "complaint"),
    [
        (f"{ROW}\n\n```yaml\n- name: Build\n```\n", None),
        ("| `house_size` | | | How wide. |\n", "the role house needs this row"),
        (f"{ROW}\n\n```yaml\n- name: Burn\n```\n", "roles.md:3: no molecule scenario's converge.yml has this play"),
    ],
)
def test_the_page_of_the_roles_has_their_options_and_plays_that_are_run(tmp_path: Path, text: str, complaint: str | None) -> None:
    (tmp_path / "roles.md").write_text(text)
    problems = list(bad_roles_page([Page(tmp_path / "roles.md")], HAS, plays=["---\n- name: Build\n"]))
    assert len(problems) == (complaint is not None)
    assert complaint is None or complaint in problems[0]


def test_a_row_tells_type_default_and_choices(tmp_path: Path) -> None:
    (tmp_path / "roles.md").write_text("")
    option = {"type": "list", "elements": "str", "default": [], "description": ["Walls.", "Any."], "choices": ["left"]}
    [problem] = bad_roles_page([Page(tmp_path / "roles.md")], dataclasses.replace(HAS, roles={"house": {"house_walls": option}}))
    assert "| `house_walls` | list of str | `[]` | Walls. Any. One of `left`. |" in problem
