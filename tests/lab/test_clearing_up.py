# SPDX-License-Identifier: GPL-3.0-or-later
"""A lab leaves nothing on the machine, however it ends."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest
from ansible_collections.lotus_lake.secrets.demo.declarations import ROOT
from ansible_collections.lotus_lake.secrets.demo.processes import born
from ansible_collections.lotus_lake.secrets.lab import machine, registry, sandbox

KILLED = """
import os, signal, sys
from pathlib import Path
from ansible_collections.lotus_lake.secrets.lab import registry, sandbox

folder = Path(sys.argv[1])
folder.mkdir()
with registry.alone():
    started = sandbox.Sandbox(registry.claim(folder))
started.start()
started.call("mount", "-t", "tmpfs", "inside", str(folder / "logs"))
print(started.run("sleep", "sleep", "3600").pid, started.network.interface, flush=True)
os.kill(os.getpid(), signal.SIGKILL)
"""


@pytest.fixture(autouse=True)
def _only_where_a_lab_can_be() -> None:
    if missing := machine.missing():
        pytest.skip(missing)


def test_what_a_killed_lab_left_is_removed_by_the_next_start(tmp_path: Path) -> None:
    folder = tmp_path / "lab"
    environment = {**os.environ, "PYTHONPATH": str(ROOT / "collections")}
    killed = subprocess.run(
        [sys.executable, "-c", KILLED, str(folder)], env=environment, capture_output=True, text=True, check=False
    )
    assert killed.returncode == -signal.SIGKILL, killed.stderr
    pid, interface = killed.stdout.split()
    assert born(int(pid))
    assert Path("/sys/class/net", interface).exists()
    with registry.alone():
        cleared = sandbox.clear()
    assert folder in [entry.folder for entry in cleared]
    assert not born(int(pid))
    assert not Path("/sys/class/net", interface).exists()
    assert not folder.exists()
    assert not list(Path("/sys/fs/cgroup").glob(f"*/{interface}"))
    assert str(folder) not in Path("/proc/mounts").read_text()
    assert folder not in [entry.folder for entry in registry.entries()]


def test_a_lab_whose_owner_lives_is_left_alone(tmp_path: Path) -> None:
    folder = tmp_path / "lab"
    folder.mkdir()
    with registry.alone():
        running = sandbox.Sandbox(registry.claim(folder))
    try:
        running.start()
        with registry.alone():
            assert folder not in [entry.folder for entry in sandbox.clear()]
        program = running.run("sleep", "sleep", "3600")
        assert program.runs
        program.end()
        assert not program.runs
    finally:
        sandbox.remove(running.entry)


def test_a_program_that_ends_too_soon_is_named_with_the_end_of_its_log(tmp_path: Path) -> None:
    folder = tmp_path / "lab"
    folder.mkdir()
    with registry.alone():
        running = sandbox.Sandbox(registry.claim(folder))
    try:
        running.start()
        program = running.run("broken", "sh", "-c", "echo the port is taken; exit 3")
        with pytest.raises(sandbox.LabFailed, match=r"broken: waited for its port: it ended with 3.*\n.*the port is taken"):
            program.wait("its port", lambda: False)
    finally:
        sandbox.remove(running.entry)
