# SPDX-License-Identifier: GPL-3.0-or-later
"""What is written beside each worktree, so that a later process can go on with it or clear it up.

A worktree ``DIR`` has a record ``DIR.json`` and a lock ``DIR.lock``. The record is there before anything else is made and goes
last.
"""

from __future__ import annotations

import dataclasses
import json
import os
import time
from pathlib import Path
from typing import Any

from .owner import Owner

PREFIX = "lotus_lake.secrets-"


@dataclasses.dataclass(frozen=True)
class Record:
    """A worktree: its path, the Git folder that it shares, its owner, and what else its maker wants to know again."""

    path: Path
    common: Path
    owner: Owner
    details: dict[str, Any]

    @property
    def private(self) -> Path:
        """The worktree's own part of the Git folder."""
        return self.common / "worktrees" / self.path.name

    @property
    def lock(self) -> Path:
        return beside(self.path, ".lock")

    def lives(self) -> bool:
        """Whether the run that made it may still be at work."""
        try:
            last_seen = beside(self.path, ".json").stat().st_mtime
        except FileNotFoundError:
            return False
        return self.owner.lives(last_seen, time.time())

    def write(self) -> None:
        """Write it, in one step."""
        content = {
            "path": str(self.path),
            "common": str(self.common),
            "owner": dataclasses.asdict(self.owner),
            "details": self.details,
        }
        fresh = beside(self.path, ".json.new")
        fresh.write_text(json.dumps(content, indent=1), encoding="utf-8")
        fresh.replace(beside(self.path, ".json"))

    def seen(self) -> None:
        """Note that the run is at work with it."""
        os.utime(beside(self.path, ".json"))

    @classmethod
    def read(cls, path: Path) -> Record | None:
        """The record of the worktree at ``path``, or None where there is none that can be read."""
        try:
            content = json.loads(beside(path, ".json").read_text(encoding="utf-8"))
            owner = Owner.parsed(content["owner"])
            if owner is None or not isinstance(content["details"], dict):
                return None
            return cls(Path(content["path"]), Path(content["common"]), owner, content["details"])
        except (OSError, ValueError, KeyError, TypeError):
            return None


def beside(path: Path, ending: str) -> Path:
    """The file beside the worktree ``path``."""
    return path.with_name(path.name + ending)
