# SPDX-License-Identifier: GPL-3.0-or-later
"""The molecule scenarios, on a copy of the collection; those named as arguments, or all, two at a time."""

from __future__ import annotations

import os
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from .places import BUILD, copy_of_the_collection

# Not molecule's own --workers: with it scenarios share their state, and none is prepared anew or destroyed.
_AT_ONCE = 2


def main() -> int:
    copy = copy_of_the_collection("molecule")
    names = sys.argv[1:] or [path.parent.name for path in sorted(copy.glob("molecule/*/molecule.yml"))]
    with ThreadPoolExecutor(_AT_ONCE) as pool:
        succeeded = list(pool.map(lambda name: _test(name, copy), names))
    return 0 if all(succeeded) else 1


def _test(name: str, copy: Path) -> bool:
    """Run a scenario, and print what it said when it has ended."""
    environment = {
        **os.environ,
        "ANSIBLE_COLLECTIONS_PATH": str(BUILD / "molecule"),
        "MOLECULE_GLOB": "molecule/*/molecule.yml",  # in a collection it would look in extensions/
        "PYTHONPATH": str(BUILD / "molecule"),  # for the estates of demo/
    }
    done = subprocess.run(
        ["molecule", "test", "--scenario-name", name],
        cwd=copy,
        env=environment,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        check=False,
    )
    print(done.stdout, flush=True)
    return done.returncode == 0


if __name__ == "__main__":
    sys.exit(main())
