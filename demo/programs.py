# SPDX-License-Identifier: GPL-3.0-or-later
"""The programs of an embedded estate: git and sops, each as its user would start it."""

from __future__ import annotations

import os
import shutil
import subprocess
import sysconfig
from collections.abc import Mapping
from pathlib import Path


class ProgramFailed(RuntimeError):
    """A program ended with an error; the message has its command and what it said."""


def program(name: str, package: str) -> str:
    """The path of a program: of this Python's environment, or on the PATH."""
    path = shutil.which(name, path=f"{sysconfig.get_path('scripts')}{os.pathsep}{os.environ.get('PATH', os.defpath)}")
    if not path:
        raise ProgramFailed(f"There is no program {name}. Install {package}.")
    return path


def run(
    arguments: list[str], folder: Path, *, environ: Mapping[str, str] | None = None, text: str | None = None, status: bool = True
) -> str:
    """Run a program and return its standard output.

    Args:
        environ: Variables beside those of this process, without this process' own ``GIT_*`` and ``SOPS_*``.
        text: Its standard input.
        status: Whether an exit code other than 0 raises ``ProgramFailed``.
    """
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("GIT_", "SOPS_"))}
    done = subprocess.run(
        arguments,
        cwd=folder,
        env={**kept, "GIT_TERMINAL_PROMPT": "0", "LC_ALL": "C", **(environ or {})},
        input=text if text is not None else "",
        capture_output=True,
        text=True,
        check=False,
    )
    if status and done.returncode:
        raise ProgramFailed(f"{' '.join(arguments)} in {folder} ended with {done.returncode}: {done.stderr.strip()}")
    return done.stdout


def git(folder: Path, *arguments: str, environ: Mapping[str, str] | None = None, status: bool = True) -> str:
    """``git`` in a folder; its output without the last newline."""
    return run([program("git", "git"), *arguments], folder, environ=environ, status=status).rstrip("\n")
