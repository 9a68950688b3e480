# SPDX-License-Identifier: GPL-3.0-or-later
"""Runs the collection's playbooks from the clone, as its operator does."""

from __future__ import annotations

import dataclasses
import os
import re
import subprocess
import sysconfig
import time
from collections.abc import Mapping
from pathlib import Path

from .declarations import ROOT
from .estate import EmbeddedEstate

_RECAP = re.compile(r"^(\S+)\s*: (ok=\d+.*)$", re.MULTILINE)
_COLOUR = re.compile(r"\x1b\[[0-9;]*m")


@dataclasses.dataclass(frozen=True)
class PlaybookRun:
    """What came of a run.

    Attributes:
        code: The exit code of ansible-playbook.
        stdout: What it said; empty where it went to the terminal.
        stats: The numbers of its recap by host: ``{"lotus-lake": {"ok": 12, "changed": 3, …}}``.
        seconds: How long it took.
    """

    code: int
    stdout: str
    stderr: str
    stats: dict[str, dict[str, int]]
    seconds: float

    @property
    def output(self) -> str:
        return self.stdout + self.stderr


def run_playbook(
    estate: EmbeddedEstate, playbook: str, *arguments: str, environ: Mapping[str, str] | None = None, show: bool = False
) -> PlaybookRun:
    """Run ``ansible-playbook`` on an estate.

    Args:
        playbook: ``rotate.yml``, another one of the clone, or a path.
        environ: More variables, or other values than the estate's.
        show: Let it write to the terminal.
    """
    started = time.monotonic()
    done = subprocess.run(
        [str(programs() / "ansible-playbook"), playbook, *arguments],
        cwd=ROOT,
        env={**environment(estate), **(environ or {})},
        stdin=None if show else subprocess.DEVNULL,
        stdout=None if show else subprocess.PIPE,
        stderr=None if show else subprocess.PIPE,
        text=True,
        check=False,
    )
    stdout, stderr = _COLOUR.sub("", done.stdout or ""), _COLOUR.sub("", done.stderr or "")
    return PlaybookRun(done.returncode, stdout, stderr, _stats(stdout), time.monotonic() - started)


def environment(estate: EmbeddedEstate) -> dict[str, str]:
    """The environment of a run: this process' own, without other settings for Ansible, sops and git, and the estate's."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("ANSIBLE_", "SOPS_", "GIT_"))}
    return {**kept, **estate.environ, "PATH": f"{programs()}{os.pathsep}{os.environ.get('PATH', os.defpath)}"}


def programs() -> Path:
    """The folder with the programs of this Python's environment."""
    return Path(sysconfig.get_path("scripts"))


def _stats(stdout: str) -> dict[str, dict[str, int]]:
    recap = stdout.rpartition("PLAY RECAP")[2]
    return {host: {n: int(v) for n, v in re.findall(r"(\w+)=(\d+)", numbers)} for host, numbers in _RECAP.findall(recap)}
