# SPDX-License-Identifier: GPL-3.0-or-later
"""The control groups that a lab's pods are in, in every hierarchy of the machine: made before, removed after."""

from __future__ import annotations

import contextlib
import os
from collections.abc import Iterator
from pathlib import Path


def may_be_made() -> bool:
    """Whether there is a hierarchy, and each can be written to."""
    return all([os.access(hierarchy, os.W_OK) for hierarchy in _hierarchies()] or [False])


def make(name: str) -> None:
    """Make the group that the kubelet puts its own below."""
    for hierarchy in _hierarchies():
        group = hierarchy / name
        group.mkdir(exist_ok=True)
        # in the first version of control groups, a group without processors and memory takes no process
        for file in ("cpuset.cpus", "cpuset.mems"):
            if (group / file).exists() and (hierarchy / file).exists() and not (group / file).read_text().strip():
                (group / file).write_text((hierarchy / file).read_text())


def remove(name: str) -> bool:
    """Remove it with all below it.

    Returns:
        Whether it is gone; not while something runs in it.
    """
    groups = [hierarchy / name for hierarchy in _hierarchies()]
    for group in groups:
        for folder, _inner, _files in os.walk(group, topdown=False):
            with contextlib.suppress(OSError):
                Path(folder).rmdir()
    return not any(group.exists() for group in groups)


def _hierarchies() -> Iterator[Path]:
    for line in Path("/proc/self/mounts").read_text().splitlines():
        _device, place, kind, *_ = line.split()
        if kind in ("cgroup", "cgroup2"):
            yield Path(place)
