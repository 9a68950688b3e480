# SPDX-License-Identifier: GPL-3.0-or-later
"""Checks are all run, and what they say is counted."""

from __future__ import annotations

import dataclasses
import sys
from pathlib import Path

import pytest
from ansible_collections.lotus_lake.secrets.dev.checks import running
from ansible_collections.lotus_lake.secrets.dev.checks.declared import CHECKS, Check, chosen

PROGRAMS = Path(sys.executable).parent


@pytest.fixture(autouse=True)
def logs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setattr(running, "LOGS", tmp_path)
    return tmp_path


def _says(name: str, text: str, status: int = 0) -> Check:
    return Check(name, f"says {text}", ("python", "-c", f"print('{text}'); raise SystemExit({status})"), PROGRAMS)


def test_a_failing_check_hides_no_other_and_shows_its_output(capsys: pytest.CaptureFixture[str]) -> None:
    outcomes = running.run_all([_says("first", "one", 3), _says("second", "two")])
    assert {outcome.check.name: outcome.failed for outcome in outcomes} == {"first": 1, "second": 0}
    printed = capsys.readouterr().out.splitlines()
    assert [line for line in printed if line.startswith("FAILED") and "first" in line]
    assert [line for line in printed if line.startswith("ok") and "second" in line]
    assert "        one" in printed
    assert "        two" not in printed


def test_a_check_without_its_environment_is_not_called_passed(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    [outcome] = running.run_all([Check("absent", "is not there", ("true",), tmp_path / "nothing")])
    assert outcome.counts == "0 passed, 0 failed, 1 skipped"
    assert capsys.readouterr().out.startswith("not run")


def test_pytest_is_counted_by_its_tests(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    tests = tmp_path / "test_three.py"
    tests.write_text(
        "import pytest\n"
        "def test_good(): pass\n"
        "def test_bad(): assert 0\n"
        "@pytest.mark.skipif(True, reason='no')\n"
        "def test_no(): pass\n"
    )
    command = ("python", "-m", "pytest", "--rootdir", str(tmp_path), "-c", "/dev/null", str(tests))
    monkeypatch.setattr(Check, "junit", property(lambda check: tmp_path / f"{check.name}.xml"))
    [outcome] = running.run_all([Check("three", "three tests", command, PROGRAMS)])
    assert outcome.counts == "1 passed, 1 failed, 1 skipped"
    assert "        skipped: no\n" in capsys.readouterr().out


def test_one_that_only_waits_runs_beside_those_that_keep_all_cores_busy(capsys: pytest.CaptureFixture[str]) -> None:
    waits = dataclasses.replace(_says("waits", "waited", 0), cores=0)
    waits = dataclasses.replace(waits, command=("python", "-c", "import time; time.sleep(1)"))
    running.run_all([waits, dataclasses.replace(_says("works", "worked"), cores=1000)])
    names = [line.split()[3] for line in capsys.readouterr().out.splitlines() if line.startswith("ok")]
    assert names == ["works", "waits"]


def test_pytest_that_finds_no_test_has_failed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    command = ("python", "-m", "pytest", "--rootdir", str(tmp_path), "-c", "/dev/null", str(tmp_path))
    monkeypatch.setattr(Check, "junit", property(lambda check: tmp_path / f"{check.name}.xml"))
    [outcome] = running.run_all([Check("none", "no tests", command, PROGRAMS)])
    assert outcome.counts == "0 passed, 1 failed"


def test_checks_are_chosen_by_name_and_group() -> None:
    assert chosen([]) == list(CHECKS)
    assert [check.name for check in chosen(["cluster"])] == ["cluster"]
    assert [check.name for check in chosen(["unit"])] == ["unit"]
    assert {check.name for check in chosen(["lint"])} >= {"ruff", "mypy"}
    with pytest.raises(KeyError):
        chosen(["nothing"])
