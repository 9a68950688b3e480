# SPDX-License-Identifier: GPL-3.0-or-later
"""Processes by their ids, told apart from later ones that got the same id."""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
import time
from pathlib import Path


def born(pid: int) -> str:
    """When a process was started, as the system writes it; empty where it doesn't run."""
    stat = Path(f"/proc/{pid}/stat")
    if Path("/proc/self/stat").exists():
        try:
            fields = stat.read_text().rpartition(")")[2].split()
        except OSError:
            return ""
        return "" if fields[0] == "Z" else fields[19]
    listed = subprocess.run(["ps", "-o", "lstart=", "-p", str(pid)], capture_output=True, text=True, check=False)
    return listed.stdout.strip()


def end(pid: int, started: str, *, at_once: bool, within: float = 5.0) -> bool:
    """End a process: SIGTERM, and SIGKILL after ``within`` seconds or at once.

    Args:
        started: What ``born`` said of it when it was started. Another process with its id is left alone.

    Returns:
        Whether it ran.
    """
    if not pid or born(pid) != started or not started:
        return False
    with contextlib.suppress(ProcessLookupError):
        os.kill(pid, signal.SIGKILL if at_once else signal.SIGTERM)
    until = time.monotonic() + within
    while _runs(pid, started):
        if time.monotonic() > until:
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)
        time.sleep(0.02)
    return True


def _runs(pid: int, started: str) -> bool:
    with contextlib.suppress(ChildProcessError):
        os.waitpid(pid, os.WNOHANG)
    return born(pid) == started
