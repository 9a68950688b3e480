# SPDX-License-Identifier: GPL-3.0-or-later
"""Asking a real SeaweedFS what 200 identities may do, beside a loop of boto3 that asks the same."""

from __future__ import annotations

import tempfile
from pathlib import Path

from ...demo.declarations import BUCKETS
from ...demo.seaweedfs import SeaweedFS, identity
from ..measured import show_seconds, table
from .measured import python

IDENTITIES = 200


def measure() -> str:
    """A table: who asked, how long it took, memory."""
    with tempfile.TemporaryDirectory() as made:
        folder = Path(made)
        listed = [
            identity(f"id{number:03}", f"id{number:03}", f"secret-of-{number:03}", *_actions(number))
            for number in range(IDENTITIES)
        ]
        with SeaweedFS(folder / "seaweedfs", {"identities": listed}, buckets=BUCKETS) as server:
            rows = []
            for name, module in (("a loop of boto3", "boto3_loop"), ("here", "probing")):
                done = python(module, str(server.config), server.endpoint, folder=folder)
                if done.data["accepted"] != IDENTITIES:
                    raise RuntimeError(f"{name} found {done.data['accepted']} of {IDENTITIES} identities as they must be")
                times = [show_seconds(done.seconds), show_seconds(done.without_start)]
                rows.append([name, *times, f"{done.megabytes:.0f} MB"])
    return table([f"{IDENTITIES} identities", "time", "without Python's start", "peak memory"], rows)


def _actions(number: int) -> list[str]:
    bucket = BUCKETS[number % len(BUCKETS)]
    return [f"{action}:{bucket}" for action in ("Read", "Write", "List", "Tagging")]
