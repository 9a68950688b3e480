# SPDX-License-Identifier: GPL-3.0-or-later
"""Puts reports where they are wanted: all or, where one of the places can't be used, none."""

from __future__ import annotations

import contextlib
import os
from collections.abc import Mapping
from pathlib import Path

from ...failure import Failure


def write(texts: Mapping[str, str]) -> None:
    """Write texts to files, each in one step, so that no reader sees half of one.

    Args:
        texts: By path. A symbolic link stays, its target is replaced.

    Raises:
        Failure: A place is no file or has no folder, and no file was written; or one can't be written to.
    """
    targets = {_target(path): text for path, text in texts.items()}
    if len(targets) < len(texts):
        raise _unusable("Two reports have the same file.", "Give each a path of its own.")
    for path, text in targets.items():
        _replace(path, text)


def _target(path: str) -> Path:
    target = Path(os.path.realpath(path))
    if not target.parent.is_dir():
        raise _unusable(f"The folder {target.parent} of the report {path} is not there.", "Make it, or correct the path.")
    if target.exists() and not target.is_file():
        raise _unusable(f"{path} is no file, so that no report can take its place.", "Name a file.")
    return target


def _replace(target: Path, text: str) -> None:
    # not read by who reads all of a folder's files with a certain ending, as node_exporter does
    fresh = target.with_name(f".{target.name}.{os.urandom(4).hex()}.new")
    try:
        # with the rights that a new file has
        with fresh.open("x", encoding="utf-8", newline="") as file:
            file.write(text)
        fresh.replace(target)
    except OSError as error:
        raise Failure(
            f"The report {target} can't be written: {error.strerror or type(error).__name__}.",
            state="What was there is still there.",
            remedy="Free space on that disk or give this user the right to write there, and run again.",
        ) from None
    finally:
        with contextlib.suppress(OSError):
            fresh.unlink()


def _unusable(what: str, remedy: str) -> Failure:
    return Failure(what, state="No report was written.", remedy=remedy)
