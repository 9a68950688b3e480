# SPDX-License-Identifier: GPL-3.0-or-later
"""Debian packages, installed after saying which."""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Sequence

from .building import Say


def install(packages: Sequence[str], say: Say) -> None:
    """Install packages with apt-get, which asks for root.

    Raises:
        RuntimeError: There is no apt-get, or it failed.
    """
    if not shutil.which("apt-get"):
        raise RuntimeError(f"Missing here: what Debian has as {' '.join(packages)}. There is no apt-get: install them first.")
    say(f"Installing Debian's {' '.join(packages)} with apt-get ...")
    environment = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
    for command in (["update", "-q"], ["install", "-qy", "--no-install-recommends", *packages]):
        done = subprocess.run(
            ["apt-get", *command], env=environment, stdin=subprocess.DEVNULL, capture_output=True, text=True, check=False
        )
        if done.returncode:
            raise RuntimeError(
                f"apt-get {' '.join(command)} ended with {done.returncode}:\n{(done.stdout + done.stderr)[-2000:]}"
            )
