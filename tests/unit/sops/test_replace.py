# SPDX-License-Identifier: GPL-3.0-or-later
"""A file is the old one or the new one, whatever happens meanwhile, and nothing is left beside it."""

from __future__ import annotations

import errno
import fcntl
import os
import signal
import subprocess
import sys
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest
from ansible_collections.lotus_lake.secrets.plugins.module_utils.failure import Failure
from ansible_collections.lotus_lake.secrets.plugins.module_utils.sops.changes import Set
from ansible_collections.lotus_lake.secrets.plugins.module_utils.sops.replace import remove_left_behind, replace_file
from ansible_collections.lotus_lake.secrets.plugins.module_utils.sops.sops_file import SopsFile
from ansible_collections.lotus_lake.secrets.tests.fixtures.sops_lab import SopsLab

CALLS = ("open", "write", "fchmod", "fsync", "rename", "close")


@pytest.fixture
def path(lab: SopsLab, tmp_path: Path) -> Path:
    path = tmp_path / "repository" / "secret.yaml"
    path.parent.mkdir()
    path.write_text(lab.encrypt("password: hunter2\n"))
    return path


@pytest.fixture
def new(lab: SopsLab, path: Path, now: datetime) -> SopsFile:
    return SopsFile.load(path, lab.keys).edit([Set(("password",), "new")], now=now)


def test_the_new_text_takes_the_old_ones_place_with_its_mode(lab: SopsLab, path: Path, new: SopsFile) -> None:
    for mode in (0o600, 0o644, 0o640):
        path.chmod(mode)
        replace_file(path, SopsFile.load(path, lab.keys), lab.keys)
        assert path.stat().st_mode & 0o777 == mode
    replace_file(path, new, lab.keys)
    assert lab.values(path.read_text()) == {"password": "new"}
    assert [entry.name for entry in path.parent.iterdir()] == ["secret.yaml"]


def test_a_new_file_is_private(lab: SopsLab, path: Path, new: SopsFile) -> None:
    fresh = path.with_name("fresh.yaml")
    replace_file(fresh, new, lab.keys)
    assert fresh.stat().st_mode & 0o777 == 0o600


def test_a_symbolic_link_stays(lab: SopsLab, path: Path, new: SopsFile, tmp_path: Path) -> None:
    link = tmp_path / "link.yaml"
    link.symlink_to(path)
    replace_file(link, new, lab.keys)
    assert link.is_symlink()
    assert path.read_text() == new.text


@pytest.mark.parametrize("call", CALLS[:-1])
@pytest.mark.parametrize("code", [errno.ENOSPC, errno.EIO, errno.EACCES])
def test_a_failing_call_leaves_the_old_file(
    lab: SopsLab, path: Path, new: SopsFile, monkeypatch: pytest.MonkeyPatch, call: str, code: int
) -> None:
    """A full disk (ENOSPC) shows in write and in fsync."""
    before = path.read_bytes()

    def fail(*arguments: Any, **named: Any) -> None:
        raise OSError(code, os.strerror(code))

    monkeypatch.setattr(os, call, fail)
    with pytest.raises(Failure, match=os.strerror(code)) as caught:
        replace_file(path, new, lab.keys)
    monkeypatch.undo()
    assert str(path) in caught.value.what
    assert caught.value.state == "The file is as it was."
    assert path.read_bytes() == before
    assert [entry.name for entry in path.parent.iterdir()] == ["secret.yaml"]


def test_a_disk_that_takes_a_part_only(lab: SopsLab, path: Path, new: SopsFile, monkeypatch: pytest.MonkeyPatch) -> None:
    write = os.write
    monkeypatch.setattr(os, "write", lambda descriptor, data: write(descriptor, data[:100]))
    replace_file(path, new, lab.keys)
    assert path.read_text() == new.text


@pytest.mark.skipif(os.geteuid() == 0, reason="root may write everywhere")
def test_a_folder_that_cannot_be_written(lab: SopsLab, path: Path, new: SopsFile) -> None:
    path.parent.chmod(0o500)
    with pytest.raises(Failure, match="can't be written"):
        replace_file(path, new, lab.keys)
    path.parent.chmod(0o700)


@pytest.mark.parametrize("after", [False, True])
@pytest.mark.parametrize("call", CALLS)
def test_killed_at_any_call_the_file_is_whole_and_the_next_write_clears_up(
    lab: SopsLab, path: Path, call: str, after: bool
) -> None:
    before = path.read_text()
    run_and_kill(lab, path, call, after)
    assert path.read_text() == before or lab.values(path.read_text()) == {"password": "new"}
    if (call, after) == ("rename", True):
        assert lab.values(path.read_text()) == {"password": "new"}
    replace_file(path, SopsFile.load(path, lab.keys), lab.keys)
    assert [entry.name for entry in path.parent.iterdir()] == ["secret.yaml"]


KILLED = """
import os, signal, sys
from datetime import UTC, datetime
from pathlib import Path
from ansible_collections.lotus_lake.secrets.plugins.module_utils.sops.age_keys import AgeKeys
from ansible_collections.lotus_lake.secrets.plugins.module_utils.sops.changes import Set
from ansible_collections.lotus_lake.secrets.plugins.module_utils.sops.replace import replace_file
from ansible_collections.lotus_lake.secrets.plugins.module_utils.sops.sops_file import SopsFile

path, call, after = Path(sys.argv[1]), sys.argv[2], sys.argv[3] == "True"
keys = AgeKeys.find(os.environ)
new = SopsFile.load(path, keys).edit([Set(("password",), "new")], now=datetime.now(UTC))
real = getattr(os, call)

def last(*arguments, **named):
    if after:
        real(*arguments, **named)
    os.kill(os.getpid(), signal.SIGKILL)

setattr(os, call, last)
replace_file(path, new, keys)
"""


def run_and_kill(lab: SopsLab, path: Path, call: str, after: bool) -> None:
    """Edit the file in a process that ends itself at a call to os, before it or after it."""
    environ = {**lab.environ, "PYTHONPATH": os.pathsep.join(sys.path)}
    done = subprocess.run([sys.executable, "-c", KILLED, str(path), call, str(after)], env=environ, check=False)
    assert done.returncode == -signal.SIGKILL


def test_what_a_living_writer_has_open_is_left_alone(path: Path) -> None:
    ours = path.parent / f".secret.yaml.{os.getpid()}-00000000.sops-new"
    theirs = path.parent / ".secret.yaml.1-00000000.sops-new"
    dead = path.parent / f".secret.yaml.{2**22 + 5}-00000000.sops-new"
    for entry in (ours, theirs, dead):
        entry.write_text("x")
    descriptor = os.open(ours, os.O_WRONLY)
    fcntl.flock(descriptor, fcntl.LOCK_EX)
    remove_left_behind(path.parent)
    os.close(descriptor)
    assert {entry.name for entry in path.parent.iterdir()} == {"secret.yaml", ours.name, theirs.name}
    remove_left_behind(path.parent)
    assert not ours.exists()


def test_what_somebody_else_wrote_meanwhile_is_not_lost(lab: SopsLab, path: Path, new: SopsFile) -> None:
    theirs = lab.encrypt("password: theirs\n")
    path.write_text(theirs)
    with pytest.raises(Failure, match="changed by somebody else"):
        replace_file(path, new, lab.keys)
    assert path.read_text() == theirs


def test_a_text_that_does_not_hold_the_intended_values_is_not_written(
    lab: SopsLab, path: Path, new: SopsFile, now: datetime
) -> None:
    before = path.read_text()
    new.text = lab.read(before).edit([Set(("password",), "something else")], now=now).text
    with pytest.raises(Failure, match="does not hold the values"):
        replace_file(path, new, lab.keys)
    new.text = before.replace("ENC[AES256_GCM,data:", "ENC[AES256_GCM,data:A", 1)
    with pytest.raises(Failure):
        replace_file(path, new, lab.keys)
    assert path.read_text() == before
