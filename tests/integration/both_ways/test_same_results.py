# SPDX-License-Identifier: GPL-3.0-or-later
"""Each module gives the same results in ansible-playbook's process, shipped to another host, and as a job of its own (async)."""

from __future__ import annotations

import json
import re
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import yaml
from ansible_collections.lotus_lake.secrets.demo.estate import EmbeddedEstate
from ansible_collections.lotus_lake.secrets.demo.playbook import PlaybookRun, run_playbook
from ansible_collections.lotus_lake.secrets.demo.seaweedfs import SeaweedFS
from ansible_collections.lotus_lake.secrets.tests.fixtures.quick_estate import QuickEstate

CASES = Path(__file__).resolve().parent / "cases.yml"
ELSEWHERE = Path(__file__).resolve().parents[2] / "fixtures" / "elsewhere"
JOBS = ("made", "tabled", "keyless", "taken", "changed", "published", "proven")
OF_A_JOB = {"ansible_job_id", "results_file", "started", "finished", "stdout", "stderr", "stdout_lines", "stderr_lines"}
OF_A_WAY = {*OF_A_JOB, "invocation", "progress", "warnings", "deprecations", "ansible_facts", "exception"}
"""What Ansible adds to the result of a module, or to that of an action plugin."""
DIFFERENT_EACH_TIME = (
    (re.compile(r"fp:[0-9a-f]{10}"), "fp"),
    (re.compile(r"\d{8}T\d{6}Z"), "birth"),
    (re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ"), "time"),
    (re.compile(r"\b[0-9a-f]{40}\b"), "commit"),
    (re.compile(r"\b[0-9a-f]{10}\b"), "commit"),
    (re.compile(r"(lotus_lake\.secrets-[\w.-]+?)-[0-9a-f]{8}"), r"\1"),
    (re.compile(r"\b\d+(\.\d+)? ?s\b"), "seconds"),
)
ByWay = Callable[..., dict[str, Any]]


@pytest.fixture
def by_way(quick_templates: Callable[..., EmbeddedEstate], seaweedfs: SeaweedFS, tmp_path: Path) -> ByWay:
    """Calls every module in one of the two ways, on one and the same estate, and returns what came of it."""

    def call(way: str, *arguments: str) -> dict[str, Any]:
        # always in the same folder: it is in the results
        folder = tmp_path / "estate"
        shutil.rmtree(folder, ignore_errors=True)
        quick = QuickEstate(quick_templates(200).copied_to(folder), seaweedfs).serve()
        results = tmp_path / "results.json"
        playbook = CASES
        if way == "as jobs":
            playbook = tmp_path / "jobs.yml"
            playbook.write_text(yaml.safe_dump(_as_jobs()))
        given = {"results": str(results), "scratch": str(tmp_path / "scratch")}
        if way == "shipped":
            given["ansible_connection"] = "elsewhere"
        environ = {"ANSIBLE_CONNECTION_PLUGINS": str(ELSEWHERE)}
        done = run_playbook(quick.estate, str(playbook), "-e", json.dumps(given), *arguments, environ=environ)
        assert done.code == 0, done.output
        return {**json.loads(results.read_text()), "run": done}

    return call


def _as_jobs() -> list[dict[str, Any]]:
    """The cases with async, but for those that fail for their arguments: each takes two seconds."""
    play: dict[str, Any] = yaml.safe_load(CASES.read_text())[0]
    for task in play["tasks"]:
        if task.get("register") in JOBS:
            task |= {"async": 60, "poll": 1}
    return [play]


@pytest.mark.parametrize("arguments", [("--diff",), ("--check", "--diff"), ()], ids=["diff", "check and diff", "as jobs"])
def test_every_module_gives_the_same_results_both_ways(by_way: ByWay, arguments: tuple[str, ...]) -> None:
    here, shipped = by_way("in process", *arguments), by_way("shipped" if arguments else "as jobs", *arguments)
    here_run, shipped_run = here.pop("run"), shipped.pop("run")
    for case in here:
        assert _comparable(shipped[case]) == _comparable(here[case]), case
    _are_worth_comparing(here, check="--check" in arguments, diff="--diff" in arguments)
    assert "IDENTITY" in _progress(here_run)
    if arguments:
        assert "IDENTITY" in _progress(shipped_run)
    else:
        # Ansible itself fetches what came of a job, and shows its progress as any other part of the result
        assert "IDENTITY" in shipped["tabled"]["progress"][0]


def _are_worth_comparing(results: dict[str, Any], *, check: bool, diff: bool) -> None:
    """The cases do what they are made for."""
    assert results["taken"]["changed"]
    assert {one["rule"] for one in results["audited"]["findings"]} >= {"age-overdue"}
    assert bool(results["taken"]["results"][0].get("diff")) == diff
    # in check mode the files before it were not edited
    assert results["published"]["changed"] == (not check)
    assert results["published"]["published"][0]["pushed"] == (not check)
    assert results["keyless"]["msg"].startswith("None of the estate's 3 files can be read.")
    assert "/nowhere.key" in results["keyless"]["msg"], "the environment of the task counts"
    for failing in (
        "nowhere",
        "mistyped",
        "missing",
        "keyless",
        "nobody",
        "unchanged",
        "unpublished",
        "unreachable",
        "unreported",
    ):
        assert results[failing]["failed"], failing
        assert results[failing]["msg"]


def _progress(run: PlaybookRun) -> str:
    """The lines that operations said: indented by two."""
    return "\n".join(line for line in run.stdout.splitlines() if re.match(r"  \S", line))


def _comparable(result: Any) -> Any:
    """A result without what no two calls have in common."""
    if isinstance(result, dict):
        kept = {key: value for key, value in result.items() if key not in OF_A_WAY}
        return {key: "measured" if key in ("age", "age_seconds", "waited") else _comparable(value) for key, value in kept.items()}
    if isinstance(result, list):
        return [_comparable(item) for item in result]
    if isinstance(result, str):
        for pattern, name in DIFFERENT_EACH_TIME:
            result = pattern.sub(name, result)
    return result
