# SPDX-License-Identifier: GPL-3.0-or-later
"""Where there can be no lab, one line says what is missing, and nothing is installed unasked."""

from __future__ import annotations

import os
import shutil
from pathlib import Path

import pytest
from ansible_collections.lotus_lake.secrets.lab import building, cgroups, debian, machine


@pytest.fixture
def programs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A machine that has all that the lab needs but Go: the only folder on the PATH."""
    folder = tmp_path / "programs"
    folder.mkdir()
    for name in machine.PACKAGES:
        _write(folder / Path(name).name, "exit 0")
    _write(folder / "unshare", "exit 0")
    packages = {str(folder / Path(name).name): package for name, package in machine.PACKAGES.items()}
    monkeypatch.setattr(machine, "PACKAGES", packages)
    monkeypatch.setattr(building, "cache", lambda: tmp_path / "cache")
    monkeypatch.setattr(debian, "LOCK", tmp_path / "debian.lock")
    monkeypatch.setattr(os, "getuid", lambda: 0)
    monkeypatch.setattr(cgroups, "may_be_made", lambda: True)
    monkeypatch.setenv("PATH", str(folder))
    monkeypatch.setattr(building, "GO", str(folder))
    return folder


def test_somebody_else_than_root_is_told(programs: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(os, "getuid", lambda: 1000)
    assert machine.missing() == "The lab needs root: it starts a kubelet and containers."


def test_missing_packages_are_named(programs: Path) -> None:
    for name in ("runc", "ptp", "host-local"):
        (programs / name).unlink()
    assert machine.missing() == "The lab needs Debian's containernetworking-plugins runc: `make lab` as root installs them."


def test_without_go_there_is_a_lab_only_where_it_is_built(programs: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert machine.missing() == "The lab needs Go 1.26 or newer, to build Kubernetes and Flux."
    _write(programs / "go", "echo 'go: go.mod requires go >= 1.26.0 (running go 1.19)' >&2; exit 1")
    assert machine.missing() == "The lab needs Go 1.26 or newer, to build Kubernetes and Flux."
    monkeypatch.setattr(machine, "is_built", lambda: True)
    assert machine.missing() == ""


def test_a_container_that_may_not_make_namespaces_is_told(programs: Path) -> None:
    _write(programs / "unshare", "exit 1")
    assert "namespaces, mounts and interfaces of its own, which root may not make here" in machine.missing()


def test_control_groups_that_can_only_be_read_are_told(programs: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(cgroups, "may_be_made", lambda: False)
    assert machine.missing() == "The lab needs control groups of its own, which root may not make here: this is a container."


def test_what_is_installed_is_said_before(programs: Path) -> None:
    (programs / "runc").unlink()
    log = programs.parent / "apt-get.log"
    _write(programs / "apt-get", f'echo "$*" >>{log}')
    said: list[str] = []

    def say(line: str) -> None:
        assert not log.exists()
        said.append(line)

    machine.install(say)
    assert said == ["Installing Debian's runc with apt-get ..."]
    assert log.read_text().splitlines() == ["update -q", "install -qy --no-install-recommends runc"]


def test_nothing_is_installed_where_nothing_is_missing(programs: Path) -> None:
    machine.install(lambda line: pytest.fail(line))


def _write(file: Path, command: str) -> None:
    file.write_text(f"#!{shutil.which('sh', path='/usr/bin:/bin')}\n{command}\n")
    file.chmod(0o755)
