# SPDX-License-Identifier: GPL-3.0-or-later
"""The demo as its first reader runs it."""

from __future__ import annotations

import json
import os
import re
import shlex
import signal
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest
from ansible_collections.lotus_lake.secrets.demo import command, stage
from ansible_collections.lotus_lake.secrets.demo.background import Ledger
from ansible_collections.lotus_lake.secrets.demo.declarations import ROOT
from ansible_collections.lotus_lake.secrets.demo.estate import EmbeddedEstate
from ansible_collections.lotus_lake.secrets.demo.narration import Narration
from ansible_collections.lotus_lake.secrets.demo.processes import born
from ansible_collections.lotus_lake.secrets.demo.programs import git
from ansible_collections.lotus_lake.secrets.demo.walk import next_commands


@pytest.fixture
def folder(tmp_path: Path) -> Iterator[Path]:
    """Where the demo goes. Nothing of it runs after the test."""
    yield tmp_path / "demo"
    Ledger(tmp_path / "demo").end()


def demo(folder: Path, *arguments: str) -> list[str]:
    return [sys.executable, "-m", "demo", "--folder", str(folder), *arguments]


def test_the_demo_rotates_without_a_failed_request_and_what_it_proposes_works(folder: Path) -> None:
    shown = subprocess.run(demo(folder), cwd=ROOT, capture_output=True, text=True, check=False)
    assert shown.returncode == 0, shown.stdout + shown.stderr
    estate = EmbeddedEstate(folder)

    assert re.search(r"^[1-9]\d+ requests, failed: none", shown.stdout, re.MULTILINE)
    old = re.findall(r"^    \S+ +\S+ +(accepted|InvalidAccessKeyId)$", shown.stdout, re.MULTILINE)
    assert old == ["InvalidAccessKeyId"] * 4
    for repository, tip in estate.tips().items():
        assert f"{repository} was at {tip[:9]} before and is at {tip[:9]} now" in shown.stdout
    for secret in estate.secrets():
        assert secret not in shown.stdout + shown.stderr
    assert (estate.checkout("h-kube") / stage.NOTES).exists()
    assert set(Ledger(folder).running()) == {"SeaweedFS", "the follower", "the services"}

    commands = next_commands(folder)
    for line, _ in commands:
        assert line in shown.stdout
    before, begun = estate.master(), estate.tips()
    said = in_a_shell([line for line, _ in commands])
    assert {"rotated", "rolled back", "mended"} == done_since(estate, begun), said
    assert "ERROR       sync-drifted-copy" in said, "the audit sees what is broken on purpose, and no other error"
    assert "WARNING     strength-reused" in said, "what was rolled back"
    assert re.search(r"rules: 1 error, 1 warning,", said)
    assert "1 error, 1 warning" in (folder / "audit.html").read_text()
    assert estate.master() == before, "the rollback takes the rotation back"
    assert estate.copies("daggy") == before["daggy"]
    counts = json.loads((folder / "client" / "counts.json").read_text())["services"]
    assert set(counts[2]["failures"]) == {"SignatureDoesNotMatch"}, "only the copy that was broken on purpose may fail"
    assert counts[0]["failures"] == counts[1]["failures"] == {}

    pids = Ledger(folder).running().values()
    held = estate.tips()
    again = subprocess.run(demo(folder), cwd=ROOT, capture_output=True, text=True, check=False)
    assert again.returncode == 1
    assert f"--folder {folder} --again" in again.stderr
    assert estate.tips() == held
    assert list(Ledger(folder).running().values()) == list(pids)

    leaves = [leaf for entry in json.loads((folder / "processes.json").read_text()) for leaf in entry["leaves"]]
    ended = subprocess.run(demo(folder, "down"), cwd=ROOT, capture_output=True, text=True, check=False)
    assert ended.returncode == 0, ended.stderr
    assert not folder.exists()
    assert not [pid for pid in pids if born(pid)]
    assert not [leaf for leaf in leaves if Path(leaf).exists()]
    assert not [file for pid in pids for file in Path(tempfile.gettempdir()).glob(f"weed.*.{pid}")], "its log went with it"


def done_since(estate: EmbeddedEstate, begun: dict[str, str]) -> set[str]:
    """What the subjects of the commits say."""
    log = "".join(git(estate.remote(name), "log", "--format=%s%n", f"{tip}..main") for name, tip in begun.items())
    words = {"retire daggy": "rotated", "rollback daggy": "rolled back", "sync daggy": "mended"}
    return {done for word, done in words.items() if word in log}


def in_a_shell(lines: list[str]) -> str:
    """Type commands one after the other; each has to succeed."""
    typed = "\n".join(f"echo {shlex.quote('$ ' + line)}\n{line} || exit 1" for line in lines)
    done = subprocess.run(
        ["bash", "-u"], input=typed, cwd=ROOT, capture_output=True, text=True, check=False, env={**os.environ, "GIT_PAGER": "cat"}
    )
    assert done.returncode == 0, done.stdout[-6000:] + done.stderr
    return done.stdout


def test_interrupted_it_cleans_up(folder: Path) -> None:
    with subprocess.Popen(
        demo(folder), cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, start_new_session=True
    ) as running:
        assert running.stdout is not None
        for line in running.stdout:
            if "Look at the estate and plan" in line:
                break
        pids = Ledger(folder).running().values()
        assert len(pids) == 3
        os.killpg(running.pid, signal.SIGINT)
        rest = running.stdout.read()
    assert running.returncode == 130, rest
    assert not folder.exists()
    assert not [pid for pid in pids if born(pid)]
    assert "Nothing runs any more" in rest


def test_asked_to_begin_again_it_ends_the_earlier_demo_first(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def prepared(there: Path) -> int:
        stage.prepare(there, Narration())
        return 0

    prepared(folder)
    first = Ledger(folder).running()
    monkeypatch.setattr(command, "walk", prepared)
    monkeypatch.setattr(sys, "argv", ["demo", "--folder", str(folder), "--again"])
    assert command.main() == 0
    second = Ledger(folder).running()
    assert not set(first.values()) & set(second.values())
    assert not [pid for pid in first.values() if born(pid)]


def test_a_folder_of_somebody_else_is_left_alone(
    folder: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    folder.mkdir()
    (folder / "thesis.txt").write_text("years of work")
    (folder / "processes.json").write_text("[]")
    for action in ("up", "down"):
        monkeypatch.setattr(sys, "argv", ["demo", action, "--folder", str(folder)])
        assert command.main() == 1
        assert "was not made by the demo" in capsys.readouterr().err
    assert {file.name for file in folder.iterdir()} == {"thesis.txt", "processes.json"}


def test_a_failed_request_fails_the_demo(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(command, "walk", lambda _: 3)
    monkeypatch.setattr(sys, "argv", ["demo", "--folder", str(folder)])
    assert command.main() == 1
