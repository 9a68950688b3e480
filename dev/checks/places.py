# SPDX-License-Identifier: GPL-3.0-or-later
"""Where the checks find and put things, all of it inside the clone."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
BUILD = ROOT / "build"
HOME = BUILD / "home"
LOGS = BUILD / "checks"
COLLECTION = Path("ansible_collections") / "lotus_lake" / "secrets"


def copy_of_the_collection(name: str, *, without: tuple[str, ...] = ()) -> Path:
    """A fresh copy of the working tree where Ansible's own tools want it, a folder ``…/ansible_collections/lotus_lake/secrets``.

    They refuse the symbolic link that serves everything else. What Git ignores is left out; what a tool put into an earlier copy
    under ``tests/output`` is kept, since ansible-test keeps its environments there.

    Args:
        name: The folder under ``build/`` to make it in.
        without: Folders to leave out.
    """
    copy = BUILD / name / COLLECTION
    copy.mkdir(parents=True, exist_ok=True)
    for entry in copy.iterdir():
        if entry.name == "tests":
            for inner in entry.iterdir():
                if inner.name != "output":
                    _remove(inner)
        else:
            _remove(entry)
    listed = subprocess.run(
        ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"],
        cwd=ROOT,
        check=True,
        capture_output=True,
        text=True,
    ).stdout
    for path in filter(None, listed.split("\0")):
        source, target = ROOT / path, copy / path
        if path.startswith(tuple(f"{folder}/" for folder in without)) or source.is_symlink() or not source.exists():
            continue
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.copy2(source, target)
    return copy


def _remove(path: Path) -> None:
    if path.is_dir() and not path.is_symlink():
        shutil.rmtree(path)
    else:
        path.unlink()
