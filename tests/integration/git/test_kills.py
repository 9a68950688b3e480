# SPDX-License-Identifier: GPL-3.0-or-later
"""A run that is killed before each of its writes and programs: the next one finds nothing in its way and leaves nothing over."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest
from ansible_collections.lotus_lake.secrets.plugins.module_utils.git.program import Git
from ansible_collections.lotus_lake.secrets.plugins.module_utils.git.publish import publish
from ansible_collections.lotus_lake.secrets.plugins.module_utils.git.workspace import Repository, make, remove
from ansible_collections.lotus_lake.secrets.tests.fixtures.git_lab import Lab, git, write

SECRETS = "apps/secrets.yaml"
COLLECTIONS = Path(__file__).parents[3] / "collections"

# Ends itself before the k-th event that starts a program or changes a file; a last line says that it came through.
RUN = """
import os, pathlib, signal, sys
from ansible_collections.lotus_lake.secrets.plugins.module_utils.git.program import Git
from ansible_collections.lotus_lake.secrets.plugins.module_utils.git.publish import publish
from ansible_collections.lotus_lake.secrets.plugins.module_utils.git.workspace import Repository, make, remove, renew

folder, checkout, url, text, left = sys.argv[1:]
left = int(left)
WRITES = {"subprocess.Popen", "os.rename", "os.remove", "os.rmdir", "os.mkdir", "os.utime", "os.truncate", "shutil.rmtree"}

def hook(event, arguments):
    global left
    if event in WRITES or (event == "open" and isinstance(arguments[2], int) and arguments[2] & (os.O_WRONLY | os.O_RDWR)):
        left -= 1
        if left == 0:
            os.kill(os.getpid(), signal.SIGKILL)

git = Git(dict(os.environ), timeout=60)
repository = Repository("estate", checkout=pathlib.Path(checkout) if checkout else None, url=url)
sys.addaudithook(hook)
workspace = make(repository, ["apps/secrets.yaml"], pathlib.Path(folder), git, run_pid=os.getpid())
(workspace.path / "apps/secrets.yaml").write_text(text)
publish(workspace, ["apps/secrets.yaml"], text.strip(), git)
workspace = renew(workspace, git)
remove(workspace, git)
left = -1
print("came through")
"""


def killed_run(lab: Lab, checkout: Path | None, text: str, k: int) -> bool:
    """Whether the run was killed, and not through before."""
    arguments = [str(lab.folder), str(checkout or ""), lab.url, text, str(k)]
    done = subprocess.run(
        [sys.executable, "-c", RUN, *arguments],
        env={**os.environ, "PYTHONPATH": str(COLLECTIONS), "PYTHONDONTWRITEBYTECODE": "1"},
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode == 0:
        assert done.stdout == "came through\n"
        return False
    assert done.returncode == -signal.SIGKILL, done.stderr
    return True


def leftovers(lab: Lab, checkout: Path | None) -> list[str]:
    found = [str(entry) for entry in (lab.folder / "worktrees").iterdir()]
    clones = lab.folder / "clones"
    places = [checkout / ".git"] if checkout else [clone / ".git" for clone in clones.iterdir() if clone.is_dir()]
    if clones.exists():
        found += [str(entry) for entry in clones.iterdir() if ".new-" in entry.name]
    for place in places:
        found += [str(file) for file in place.rglob("*.lock")]
        found += [str(entry) for entry in (place / "worktrees").glob("*")]
    return found


@pytest.mark.parametrize("way", ["checkout", "url"])
@pytest.mark.parametrize("part", range(4))
def test_killed_at_any_point_the_next_run_finishes_and_leaves_nothing(lab: Lab, program: Git, way: str, part: int) -> None:
    checkout = lab.clone("mine") if way == "checkout" else None
    points = 0
    for k in range(part + 1, 1000, 4):
        if not killed_run(lab, checkout, f"secret: killed at {k}\n", k):
            break
        points += 1

        repository = Repository("estate", checkout=checkout, url=lab.url)
        workspace = make(repository, [SECRETS], lab.folder, program, run_pid=os.getpid())
        write(workspace.path, SECRETS, f"secret: after {k}\n")
        done = publish(workspace, [SECRETS], f"after {k}", program)
        remove(workspace, program)

        assert done.pushed, f"killed at {k}"
        assert lab.text(SECRETS) == f"secret: after {k}\n"
        assert leftovers(lab, checkout) == [], f"killed at {k}"
        if checkout:
            assert git(checkout, "status", "--porcelain") == "", f"killed at {k}: {done.checkout}"
            assert git(checkout, "rev-parse", "HEAD") == lab.tip, f"killed at {k}: {done.checkout}"
    assert points > 5
    assert git(lab.remote, "fsck", "--strict") == ""
