# SPDX-License-Identifier: GPL-3.0-or-later
"""Rotating 1, 10 and 100 identities, beside a shell script that takes the same steps for each.

Both push to remotes on this machine, whose hook brings a new master to SeaweedFS, so that a push is delivered when it is through.
"""

from __future__ import annotations

import datetime
import statistics
import tempfile
from pathlib import Path

from ..demo.building import build
from ..demo.declarations import ROOT, numbered
from ..demo.estate import EmbeddedEstate
from ..demo.playbook import environment, programs
from ..demo.programs import git
from ..demo.seaweedfs import SeaweedFS
from .measured import Run, run, show_seconds, table

SCRIPT = ROOT / "bench" / "runbook.sh"
EMPTY = ROOT / "bench" / "empty.yml"
COUNTS = (1, 10, 100)


def measure() -> str:
    """Two tables: times and memory by number of identities; what of it is Ansible's own start-up, and what stays constant."""
    times, constant = [], []
    for count in COUNTS:
        with tempfile.TemporaryDirectory() as folder:
            estate = _estate(Path(folder) / "estate", count)
            with SeaweedFS(Path(folder) / "seaweedfs", _identities(estate)) as server:
                estate.change(endpoint=server.endpoint, policy={"grace": "0"})
                _deliver_on_push(estate, server)
                script = _by_script(estate, server, min(count, 10), Path(folder))
                empty = statistics.median(_playbook(estate, str(EMPTY), folder=Path(folder)).seconds for _round in range(5))
                before = _commits(estate)
                ours = _playbook(estate, "rotate.yml", "-e", f"issued_before={_now()}", folder=Path(folder))
                after = _commits(estate)
        whole = script * count
        times.append(
            [
                str(count),
                show_seconds(whole) + ("" if count <= 10 else " (10 measured)"),
                show_seconds(ours.seconds),
                f"{whole / ours.seconds:.1f}",
                show_seconds(empty),
                f"{ours.seconds / empty:.1f}",
                f"{ours.megabytes:.0f} MB",
            ]
        )
        constant.append([str(count), _tasks(ours), ", ".join(str(after[name] - before[name]) for name in after)])
    header = [
        "identities",
        "script for each",
        "rotate.yml",
        "times faster",
        "empty playbook",
        "rotate.yml / empty",
        "peak memory",
    ]
    return (
        table(header, times) + "\n\n" + table(["identities", "tasks run", "commits (and pushes) to the repositories"], constant)
    )


def _estate(folder: Path, count: int) -> EmbeddedEstate:
    names = [identity["name"] for identity in numbered(count)["identities"]]
    return build(folder, numbered(count, copies=2, repositories=2), by_hand=dict.fromkeys(names, 30))


def _identities(estate: EmbeddedEstate) -> str:
    place = estate.model.master
    return str(estate.document(place.repository, place.file)["stringData"]["seaweedfs_s3_config"])


def _deliver_on_push(estate: EmbeddedEstate, server: SeaweedFS) -> None:
    place = estate.model.master
    hook = estate.remote(place.repository) / "hooks" / "post-receive"
    hook.parent.mkdir(exist_ok=True)
    hook.write_text(
        "#!/bin/sh\nset -e\n"
        f"export SOPS_AGE_KEY_FILE='{estate.age_key}'\n"
        f"git show main:'{place.file}' | '{programs()}/sops' decrypt --input-type yaml --output-type yaml "
        f"""--extract '["stringData"]["seaweedfs_s3_config"]' /dev/stdin > '{server.config}.new'\n"""
        f"mv '{server.config}.new' '{server.config}'\nkill -HUP {server.pid}\n"
    )
    hook.chmod(0o755)


def _by_script(estate: EmbeddedEstate, server: SeaweedFS, count: int, folder: Path) -> float:
    """Seconds for one identity."""
    place = estate.model.master
    environ = {**environment(estate), "ENDPOINT": server.endpoint, "CHECKOUTS": str(estate.checkout(place.repository).parent)}
    taken = []
    for identity in estate.model.identities[:count]:
        copies = [f"{copy.repository}:{copy.file}" for copy in identity.copies]
        command = [str(SCRIPT), identity.name, f"{place.repository}:{place.file}", *copies]
        taken.append(run(command, environ=environ, cwd=folder, log=folder / "script.log").seconds)
    return statistics.median(taken)


def _playbook(estate: EmbeddedEstate, playbook: str, *arguments: str, folder: Path) -> Run:
    environ = {**environment(estate), "ANSIBLE_NOCOLOR": "1"}
    environ.pop("PYTHONDONTWRITEBYTECODE", None)
    command = [str(programs() / "ansible-playbook"), playbook, *arguments]
    return run(command, environ=environ, cwd=ROOT, log=folder / "playbook.log")


def _commits(estate: EmbeddedEstate) -> dict[str, int]:
    return {name: int(git(estate.remote(name), "rev-list", "--count", "main")) for name in estate.repositories}


def _tasks(done: Run) -> str:
    recap = done.output.rpartition("PLAY RECAP")[2]
    return next(word.partition("=")[2] for word in recap.split() if word.startswith("ok="))


def _now() -> str:
    return datetime.datetime.now(datetime.UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
