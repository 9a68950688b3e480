# SPDX-License-Identifier: GPL-3.0-or-later
"""The demo's command line."""

from __future__ import annotations

import argparse
import signal
import sys
from pathlib import Path

from ..plugins.module_utils.failure import Failure
from .background import Ledger
from .declarations import ROOT
from .programs import ProgramFailed
from .stage import MARK, remove
from .walk import DemoFailed, again_command, remove_command, walk


def main() -> int:
    parser = argparse.ArgumentParser(
        prog="python -m demo",
        description="Rotates the S3 keys of a whole estate on this machine, and shows that no request fails.",
    )
    parser.add_argument("action", nargs="?", choices=["up", "down"], default="up", help="down ends and removes what up leaves")
    parser.add_argument("--folder", type=Path, default=ROOT / ".demo", help="where the estate goes (default: .demo in the clone)")
    parser.add_argument("--again", action="store_true", help="remove the estate that an earlier demo left, and begin anew")
    options = parser.parse_args()
    folder = options.folder.resolve()
    # SIGINT too: a shell has what it starts in the background ignore it
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, _interrupt)
    try:
        return _down(folder) if options.action == "down" else _up(folder, again=options.again)
    except (Failure, RuntimeError) as error:
        print(f"\n{error}", file=sys.stderr)
        return 1


def _up(folder: Path, *, again: bool) -> int:
    if (folder / MARK).exists() and not again:
        print(
            f"An earlier demo left its estate in {folder}, maybe with work of yours. Nothing was changed.\n"
            f"Remove it with:  {remove_command(folder)}\nRemove it and begin anew with:  {again_command(folder)}",
            file=sys.stderr,
        )
        return 1
    try:
        failed = walk(folder)
    except KeyboardInterrupt:
        print("\nInterrupted. Cleaning up ...", flush=True)
        remove(folder)
        print(f"Nothing runs any more, and {folder} is removed.")
        return 130
    except (Failure, DemoFailed, ProgramFailed, RuntimeError):
        _leave_for_a_look(folder)
        raise
    if failed:
        _leave_for_a_look(folder)
        return 1
    return 0


def _down(folder: Path) -> int:
    if not folder.exists():
        print(f"There is nothing to remove: {folder} does not exist.")
        return 0
    ended = remove(folder)
    print(f"Ended: {', '.join(ended) or 'nothing, nothing ran'}. Removed: {folder}")
    return 0


def _leave_for_a_look(folder: Path) -> None:
    if (folder / MARK).exists():
        Ledger(folder).end()
        print(f"\nNothing runs any more. The estate and the logs are left in {folder}.", file=sys.stderr)


def _interrupt(*_: object) -> None:
    raise KeyboardInterrupt
