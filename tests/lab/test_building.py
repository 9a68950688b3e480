# SPDX-License-Identifier: GPL-3.0-or-later
"""The lab's programs are built once, and what isn't whole is never used. Shown with small programs in place of the real ones."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest
from ansible_collections.lotus_lake.secrets.demo.declarations import ROOT
from ansible_collections.lotus_lake.secrets.lab import building

PROGRAM = 'package main\n\nimport "fmt"\n\nfunc main() { fmt.Println("built") }\n'
KILLED = """
import os, signal, sys
from pathlib import Path
from ansible_collections.lotus_lake.secrets.lab import building

building.SOURCES, building.KEPT, building.cache = Path(sys.argv[1]), {}, lambda: Path(sys.argv[2])
building.build(lambda said: os.kill(os.getpid(), signal.SIGKILL) if "flux" in said else None)
"""


@pytest.fixture
def sources(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Three small Go modules, and an empty cache."""
    if not building.go():
        pytest.skip("Building needs Go.")
    folder = tmp_path / "go"
    for module in ("cluster", "flux", "pods"):
        (folder / module / "one").mkdir(parents=True)
        (folder / module / "go.mod").write_text(f"module small/{module}\n\ngo 1.24\n\ntool small/{module}/one\n")
        (folder / module / "one" / "main.go").write_text(PROGRAM)
    monkeypatch.setattr(building, "SOURCES", folder)
    monkeypatch.setattr(building, "KEPT", {})
    monkeypatch.setattr(building, "cache", lambda: tmp_path / "cache")
    return folder


def test_a_second_build_finds_what_the_first_one_built(sources: Path) -> None:
    said: list[str] = []
    built = building.build(said.append)
    assert subprocess.run([built.cluster / "one"], capture_output=True, text=True, check=True).stdout == "built\n"
    assert said[0] == "Building one (cluster 1 of 1) ..."
    assert building.is_built()
    said.clear()
    assert building.build(said.append) == built
    assert said == []


def test_a_changed_source_is_built_anew_beside_the_old_one(sources: Path) -> None:
    old = building.build(lambda _said: None)
    (sources / "pods" / "one" / "main.go").write_text(PROGRAM.replace("built", "built anew"))
    new = building.build(lambda _said: None)
    assert (new.cluster, new.flux) == (old.cluster, old.flux)
    assert subprocess.run([new.pods / "one"], capture_output=True, text=True, check=True).stdout == "built anew\n"
    assert (old.pods / "one").exists()


def test_a_build_that_was_killed_leaves_nothing_that_is_taken_for_whole(sources: Path) -> None:
    environment = {**os.environ, "PYTHONPATH": str(ROOT / "collections")}
    command = [sys.executable, "-c", KILLED, str(sources), str(building.cache())]
    killed = subprocess.run(command, env=environment, capture_output=True, check=False)
    assert killed.returncode == -signal.SIGKILL, killed.stderr
    assert not building.is_built()
    said: list[str] = []
    built = building.build(said.append)
    assert not any("(cluster" in line for line in said)
    assert (built.flux / "one").exists()
    assert not list(building.cache().glob("*.partial"))


def test_what_go_says_of_a_mistake_is_shown_and_nothing_is_kept(sources: Path) -> None:
    (sources / "flux" / "one" / "main.go").write_text("package main\n\nfunc main() { nothing() }\n")
    with pytest.raises(building.BuildFailed, match="undefined: nothing"):
        building.build(lambda _said: None)
    assert not building.is_built()
