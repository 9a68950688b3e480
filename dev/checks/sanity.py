# SPDX-License-Identifier: GPL-3.0-or-later
"""``ansible-test sanity`` on a copy of the collection, with pip from ensurepip instead of a download.

Its ten environments are made once, in the user's cache. One run at a time uses them: another would take one that is being
made for one that was left half-made.
"""

from __future__ import annotations

import fcntl
import importlib.util
import os
import re
import subprocess
import sys
from pathlib import Path

from .places import ROOT, copy_of_the_collection

sys.path.insert(0, str(ROOT / "collections"))

from ansible_collections.lotus_lake.secrets.lab import building

# Not for users, so these need not be as Ansible wants collections; ruff and mypy look at them.
_OURS = (
    *(".ci", ".config", "bench", "demo", "dev", "lab", "molecule"),
    *("tests/fixtures", "tests/integration", "tests/lab", "tests/unit"),
)

# ansible-test starts its environments with a script that it downloads, and looks first for one that it has downloaded before.
_BOOTSTRAP = """\
import ensurepip, importlib, runpy, sys
ensurepip.bootstrap()
importlib.invalidate_caches()
sys.argv = ["pip", "install", *(word for word in sys.argv[1:] if word not in ("--no-setuptools", "--no-wheel"))]
runpy.run_module("pip", run_name="__main__")
"""


def main() -> int:
    home = building.cache() / "sanity"
    scripts = home / ".ansible" / "test" / "cache"
    scripts.mkdir(parents=True, exist_ok=True)
    with (home / "lock").open("w") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            print(f"Waiting for another run that uses {home} ...", flush=True)
            fcntl.flock(lock, fcntl.LOCK_EX)
        (scripts / f"get_pip_{_pip_version().replace('.', '_')}.py").write_text(_BOOTSTRAP)
        return _run(home)


def _run(home: Path) -> int:
    copy = copy_of_the_collection("sanity", without=_OURS)
    # Else ansible-test would ask the clone's Git, which ignores everything under build/.
    subprocess.run(["git", "init", "--quiet"], cwd=copy, check=True)
    environment = {**os.environ, "HOME": str(home), "PATH": _path_without_shims()}
    return subprocess.run(
        ["ansible-test", "sanity", "--color", "no", *sys.argv[1:]], cwd=copy, env=environment, check=False
    ).returncode


def _path_without_shims() -> str:
    """PATH less pyenv's shims: ansible-test takes them for Pythons, also those that then refuse to run."""
    return os.pathsep.join(entry for entry in os.environ["PATH"].split(os.pathsep) if Path(entry).name != "shims")


def _pip_version() -> str:
    """The version of pip that this ansible-test asks for."""
    spec = importlib.util.find_spec("ansible_test")
    assert spec is not None
    assert spec.origin is not None
    source = (Path(spec.origin).parent / "_internal" / "python_requirements.py").read_text()
    found = re.search(r"pip='([\d.]+)'", source)
    assert found, "this ansible-test names the version of its pip in another way"
    return found.group(1)


if __name__ == "__main__":
    sys.exit(main())
