# SPDX-License-Identifier: GPL-3.0-or-later
"""Whose a worktree is, and whether that run still lives."""

from __future__ import annotations

import dataclasses
import socket
import subprocess
from collections.abc import Mapping
from pathlib import Path
from typing import Any

# A run that can't be watched (another machine, a container, a module without its playbook's process) lives for so many
# seconds after it was last seen at work.
LEASE = 6 * 3600.0
_UNTOLD = "untold"


@dataclasses.dataclass(frozen=True)
class Owner:
    """A run: the machine, its boot, the space in which process ids count, the process and the moment of its start."""

    host: str
    machine: str
    boot: str
    space: str
    pid: int
    start: str

    @classmethod
    def of(cls, pid: int) -> Owner:
        """The owner whose life is that of the process ``pid`` here; 0 where that isn't known."""
        return cls(*_here(), pid=pid, start=_start(pid) if pid else "")

    @classmethod
    def parsed(cls, fields: Mapping[str, Any]) -> Owner | None:
        """The owner that ``fields`` tells of, or None where it tells of none."""
        try:
            words = {field.name: str(fields[field.name]) for field in dataclasses.fields(cls) if field.name != "pid"}
            return cls(pid=int(fields["pid"]), **words)
        except (KeyError, TypeError, ValueError):
            return None

    def lives(self, last_seen: float, now: float) -> bool:
        """Whether the run may still be at work. ``last_seen`` and ``now`` are seconds since 1970."""
        host, machine, boot, space = _here()
        if (self.host, self.machine) == (host, machine) and self.boot != boot:
            return False
        if self.pid and self.start != _UNTOLD and (self.host, self.machine, self.space) == (host, machine, space):
            return bool(self.start) and _start(self.pid) == self.start
        return now - last_seen < LEASE


def _here() -> tuple[str, str, str, str]:
    return socket.gethostname(), _read("/etc/machine-id"), _read("/proc/sys/kernel/random/boot_id"), _pid_space()


def _pid_space() -> str:
    try:
        return str(Path("/proc/self/ns/pid").readlink())
    except OSError:
        return ""


def _read(path: str) -> str:
    try:
        return Path(path).read_text(encoding="ascii").strip()
    except (OSError, ValueError):
        return ""


def _start(pid: int) -> str:
    """A text that tells this process from a later one with its number; empty where there is none."""
    if Path("/proc/self/stat").exists():
        fields = _read_stat(pid)
        # state Z: it has ended, and nobody has asked yet
        return fields[19] if len(fields) > 19 and fields[0] not in ("Z", "X") else ""
    try:
        # pylint: disable-next=ansible-bad-function # the library knows no AnsibleModule
        told = subprocess.run(["ps", "-o", "lstart=", "-p", str(pid)], capture_output=True, text=True, check=False)
    except OSError:
        return _UNTOLD
    return told.stdout.strip()


def _read_stat(pid: int) -> list[str]:
    try:
        text = Path(f"/proc/{pid}/stat").read_text(encoding="utf-8", errors="replace")
    except OSError:
        return []
    return text[text.rindex(")") + 2 :].split()
