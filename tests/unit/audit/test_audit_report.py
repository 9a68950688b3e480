# SPDX-License-Identifier: GPL-3.0-or-later
"""Where reports are written, how, and what is no report's place or source."""

from __future__ import annotations

import json
import os
import stat
from pathlib import Path
from typing import Any

import pytest
import yaml
from ansible_collections.lotus_lake.secrets.plugins.module_utils.audit.reports import FORMATS
from ansible_collections.lotus_lake.secrets.plugins.module_utils.operations.audit_report import OPERATION
from ansible_collections.lotus_lake.secrets.plugins.module_utils.operations.operation import Context, perform

Results = dict[str, Any]


def written(results: Results, *paths: Path, check: bool = False, format: str = "json") -> dict[str, Any]:
    reports = [{"format": format, "path": str(path)} for path in paths]
    return perform(OPERATION, {"name": "lake", "results": results, "reports": reports}, Context(check=check))


@pytest.mark.parametrize("check", [False, True])
def test_every_report_is_written_in_check_mode_or_not(results: Results, tmp_path: Path, check: bool) -> None:
    reports = [{"format": format, "path": str(tmp_path / format)} for format in FORMATS]
    said: list[str] = []
    context = Context(check=check, progress=said.append)
    done = perform(OPERATION, {"name": "lake", "results": results, "reports": reports}, context)
    assert done == {"changed": False, "reports": reports}
    assert said == [f"{format}: {tmp_path / format}" for format in FORMATS]
    for format in FORMATS:
        assert (tmp_path / format).read_bytes().decode() == FORMATS[format](results, "lake")
    assert sorted(path.name for path in tmp_path.iterdir()) == sorted(FORMATS), "nothing else is left"


@pytest.mark.parametrize(("umask", "mode"), [(0o022, 0o644), (0o077, 0o600)])
def test_who_may_read_it_is_as_the_umask_says(results: Results, tmp_path: Path, umask: int, mode: int) -> None:
    before = os.umask(umask)
    try:
        written(results, tmp_path / "a.json")
    finally:
        os.umask(before)
    assert stat.S_IMODE((tmp_path / "a.json").stat().st_mode) == mode


def test_whoever_reads_the_old_report_meanwhile_reads_all_of_it(results: Results, tmp_path: Path) -> None:
    (tmp_path / "a.json").write_text("old")
    with (tmp_path / "a.json").open() as reader:
        written(results, tmp_path / "a.json")
        assert reader.read() == "old"
    assert json.loads((tmp_path / "a.json").read_text())["estate"] == "lake"


def test_a_symbolic_link_stays(results: Results, tmp_path: Path) -> None:
    (tmp_path / "latest").symlink_to(tmp_path / "a.json")
    written(results, tmp_path / "latest")
    assert (tmp_path / "latest").is_symlink()
    assert json.loads((tmp_path / "a.json").read_text())["estate"] == "lake"


def test_where_one_has_no_place_none_is_written(results: Results, tmp_path: Path) -> None:
    (tmp_path / "folder").mkdir()
    (tmp_path / "link").symlink_to(tmp_path / "a.json")
    for bad, why in (
        ("nowhere/b.json", "nowhere of the report"),
        ("folder", "is no file"),
        ("a.json", "Two reports have the same path."),
        ("link", "Two reports have the same file."),
    ):
        done = written(results, tmp_path / "a.json", tmp_path / bad)
        assert done["failed"]
        assert why in done["msg"]
        assert "No report was written." in done["msg"]
        assert not (tmp_path / "a.json").exists()


def test_no_report_takes_the_place_of_a_pipe_or_a_device(results: Results, tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")
    assert "pipe is no file" in written(results, tmp_path / "pipe")["msg"]
    assert (tmp_path / "pipe").is_fifo()


@pytest.mark.parametrize(
    ("change", "why"),
    [
        ({"rules": []}, "excused, found, partly, unchecked is none of their rules"),
        ({"time": "yesterday"}, "$.time is not as docs/audit.schema.json says"),
        ({"identities": [{}]}, "$.identities[0] is not as docs/audit.schema.json says: 'name' is a required property"),
    ],
)
def test_what_no_audit_returned_is_not_reported(results: Results, tmp_path: Path, change: Results, why: str) -> None:
    done = written(results | change, tmp_path / "a.json")
    assert done["msg"].startswith(f"The results are not those of an audit: {why}")
    assert not (tmp_path / "a.json").exists()


def test_the_role_takes_every_format() -> None:
    specs = Path(__file__).parents[3] / "roles" / "audit" / "meta" / "argument_specs.yml"
    options = yaml.safe_load(specs.read_text())["argument_specs"]["main"]["options"]
    assert options["audit_reports"]["options"]["format"]["choices"] == [*FORMATS]


def test_an_audit_that_failed_is_not_reported(tmp_path: Path) -> None:
    done = written({"failed": True, "changed": False, "msg": "no"}, tmp_path / "a.json")
    assert "is a required property" in done["msg"]
    assert "unless it failed" in done["msg"]
