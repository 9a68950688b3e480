# SPDX-License-Identifier: GPL-3.0-or-later
"""The lab's command line."""

from __future__ import annotations

import argparse
import os
import shlex
import signal
import sys
from pathlib import Path

from ..demo.declarations import ROOT
from ..demo.narration import Narration
from ..demo.playbook import programs
from ..demo.programs import ProgramFailed
from . import building, machine
from .building import BuildFailed
from .estate import LAKE_PATH, LabEstate, furnish
from .lab import Lab, remove_from
from .sandbox import LabFailed


def main() -> int:
    parser = argparse.ArgumentParser(
        prog="python -m lab",
        description="A one-node Kubernetes with Flux on this machine, with the demo's estate, SeaweedFS and consumers in pods.",
    )
    parser.add_argument(
        "action",
        nargs="?",
        choices=["up", "down", "build"],
        default="up",
        help="down ends and removes what up leaves; build only builds the programs",
    )
    parser.add_argument("--folder", type=Path, default=ROOT / ".lab", help="where it goes (default: .lab in the clone)")
    options = parser.parse_args()
    folder = options.folder.resolve()
    for number in (signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, _interrupt)
    try:
        if options.action == "build":
            building.build()
            return 0
        return _down(folder) if options.action == "down" else _up(folder)
    except KeyboardInterrupt:
        remove_from(folder)
        print(f"\nInterrupted. Nothing runs any more, and {folder} is removed.")
        return 130
    except (BuildFailed, LabFailed, ProgramFailed, RuntimeError, TimeoutError) as error:
        print(f"\n{error}", file=sys.stderr)
        if (folder / "logs").exists():
            print(f"Nothing runs any more. The logs are left in {_short(folder)}/logs.", file=sys.stderr)
        return 1


def _up(folder: Path) -> int:
    narration = Narration()
    if os.getuid() == 0:
        machine.install(narration.say)
    missing = machine.missing()
    if missing:
        print(missing, file=sys.stderr)
        return 1
    building.build()
    if remove_from(folder):
        narration.say(f"The lab that was in {folder} is ended and removed.")
    with Lab(folder, step=narration.step) as lab:
        with narration.step("The demo's estate: Flux applies its remotes, SeaweedFS and four consumers run in pods"):
            made = furnish(lab)
        _write_environment(made)
        lab.keep()
    _what_next(narration, made)
    return 0


def _down(folder: Path) -> int:
    print(f"Ended and removed: {folder}" if remove_from(folder) else f"There is no lab in {folder}.")
    return 0


def _write_environment(made: LabEstate) -> None:
    """A file for the operator's shell: with it kubectl and the commands of the documentation work on this lab."""
    variables = {**made.estate.environ, "KUBECONFIG": str(made.lab.kubeconfig)}
    exports = [f"export {name}={shlex.quote(value)}" for name, value in variables.items()]
    found = f"{shlex.quote(str(programs()))}:{shlex.quote(str(building.build().cluster))}"
    path = f'export PATH={found}:"$PATH"'
    (made.lab.folder / "environment").write_text("\n".join(["# For a shell: . .lab/environment", *exports, path, ""]))


def _what_next(narration: Narration, made: LabEstate) -> None:
    lab = _short(made.lab.folder)
    checkout = f"{lab}/estate/checkouts/h-kube"
    commands = [
        (f". {lab}/environment", "once per shell: KUBECONFIG, the age key, the inventory, kubectl and the other programs"),
        ("kubectl get pods -A -o wide", "SeaweedFS, its two gateways and the consumers"),
        ("kubectl get gitrepositories,kustomizations -A", "what Flux has applied"),
        ("ansible-playbook verify.yml", "each key may do what is declared and nothing else, asked of the gateways"),
        ("ansible-playbook rotate.yml -e identity=daggy --check --diff", "what a rotation would change"),
        (f"sops edit {checkout}/{LAKE_PATH}/lotus-lake-secrets.yaml", "change a Secret, commit and push it: Flux applies it"),
        (f"cat {lab}/estate/counts/*.json", "what the consumers count, of pods that are gone too"),
        (f"ls {lab}/logs", "what each program of the cluster says"),
    ]
    narration.title(
        f"The lab is ready after {narration.seconds:.0f} s. KUBECONFIG={_short(made.lab.kubeconfig)}",
        "",
        *(f"  {command}\n      {why}" for command, why in commands),
        "",
        f"S3 answers at {made.addresses.endpoint}, Git at {made.lab.url(made.estate.remote('h-kube'))} and beside it.",
        "All of it is reached from this machine only. End and remove it with:  make lab-down",
    )


def _short(path: Path) -> str:
    return os.path.relpath(path) if path.is_relative_to(Path.cwd()) else str(path)


def _interrupt(*_: object) -> None:
    raise KeyboardInterrupt
