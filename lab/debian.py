# SPDX-License-Identifier: GPL-3.0-or-later
"""Debian packages, installed after saying which, by one of our programs at a time: apt-get itself doesn't wait for another."""

from __future__ import annotations

import fcntl
import os
import shutil
import subprocess
from collections.abc import Sequence
from pathlib import Path

from .building import Say

LOCK = Path("/run/lock/lotus_lake.secrets-debian.lock")


def install(packages: Sequence[str], say: Say) -> None:
    """Install packages with apt-get, which asks for root.

    Raises:
        RuntimeError: There is no apt-get, or it failed.
    """
    if not shutil.which("apt-get"):
        raise RuntimeError(f"Missing here: what Debian has as {' '.join(packages)}. There is no apt-get: install them first.")
    say(f"Installing Debian's {' '.join(packages)} with apt-get ...")
    LOCK.parent.mkdir(parents=True, exist_ok=True)
    with LOCK.open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        _apt_get("update", "-q")
        _apt_get("install", "-qy", "--no-install-recommends", *packages)


def _apt_get(*command: str) -> None:
    environment = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
    done = subprocess.run(
        ["apt-get", *command], env=environment, stdin=subprocess.DEVNULL, capture_output=True, text=True, check=False
    )
    if done.returncode:
        raise RuntimeError(f"apt-get {' '.join(command)} ended with {done.returncode}:\n{(done.stdout + done.stderr)[-2000:]}")
