# SPDX-License-Identifier: GPL-3.0-or-later
"""Which commits changed files, and what they made of them."""

from __future__ import annotations

import dataclasses
import re
from collections.abc import Collection, Iterator
from datetime import UTC, datetime
from pathlib import Path

from .program import Git

_ENTRY = re.compile(r"[\0\n]*:+(?:\d{6} )+(?:[0-9a-f]{40,} )+?([0-9a-f]{40,}) ([A-Z]+)\0([^\0]*)\0")
"""A merge has as many old blobs as parents."""


@dataclasses.dataclass(frozen=True)
class FileChange:
    """A commit that left a file with the content ``blob``; ``added`` where no file was at the path before."""

    path: str
    commit: str
    time: datetime
    blob: str
    added: bool


def file_changes(folder: Path, git: Git, paths: Collection[str], start: str = "HEAD") -> Iterator[FileChange]:
    """The commits that changed files and left them there, newest first.

    A merge counts where it made something of a file that none of its parents had.
    """
    if paths:
        yield from _logged(folder, git, paths, "-c", start)


def changes_to_head(folder: Path, git: Git, paths: Collection[str]) -> Iterator[FileChange]:
    """The same for side branches too, whose content did not survive."""
    if paths:
        yield from _logged(folder, git, paths, "-c", "--full-history", "HEAD")


def changes_anywhere(folder: Path, git: Git, paths: Collection[str]) -> Iterator[FileChange]:
    """The same for the commits of every branch and tag, those of side branches whose content did not survive too."""
    if paths:
        yield from _logged(folder, git, paths, "-m", "--full-history", "--all", "HEAD")


def all_changes(folder: Path, git: Git) -> Iterator[FileChange]:
    """The changes to any file on every branch and tag."""
    yield from _logged(folder, git, (), "-c", "--all", "HEAD")


def changes_with_moves(folder: Path, git: Git, paths: Collection[str]) -> dict[str, list[FileChange]]:
    """The commits that changed each of the files, newest first, and those before it was moved to where it is."""
    found: dict[str, list[FileChange]] = {path: [] for path in paths}
    for change in file_changes(folder, git, paths):
        found[change.path].append(change)
    moves: dict[str, dict[str, str]] = {}
    return {path: _with_moves(folder, git, changes, moves) for path, changes in found.items()}


def _with_moves(folder: Path, git: Git, changes: list[FileChange], moves: dict[str, dict[str, str]]) -> list[FileChange]:
    """The changes with those before each move; ``moves`` has the origins of the moved files, by commit."""
    found: dict[FileChange, None] = {}
    waiting = changes[::-1]
    while waiting:
        change = waiting.pop()
        if change in found:
            continue
        found[change] = None
        if change.added:
            origins = moves.get(change.commit)
            if origins is None:
                origins = moves[change.commit] = _moves(folder, git, change.commit)
            if change.path in origins:
                waiting += reversed(list(file_changes(folder, git, [origins[change.path]], f"{change.commit}^")))
    return list(found)


def _moves(folder: Path, git: Git, commit: str) -> dict[str, str]:
    """The files that a commit moved: what each was before, by its new path."""
    told = git.run("diff-tree", "-r", "-M", "--raw", "-z", "--no-commit-id", "--diff-filter=R", commit, at=folder)
    fields = told.split("\0")[:-1]
    return dict(zip(fields[2::3], fields[1::3], strict=True))


def _logged(folder: Path, git: Git, paths: Collection[str], *how: str) -> Iterator[FileChange]:
    format_ = ("--raw", "--no-abbrev", "--no-renames", "-z", "--format=%x01%H %ct")
    # thousands of paths may be more than a command line holds, and in a text of lines none can have a line break
    odd = [path for path in paths if "\n" in path or path.endswith("\r")]
    asked = "".join(f"{path}\n" for path in ("--", *(path for path in paths if path not in odd)))
    how = ("-c", "log.showRoot=true", "--literal-pathspecs", "log", *format_, *how, "--stdin")
    told = git.run(*how, "--", *odd, at=folder, stdin=asked)
    # a path may be that of a folder, now or then
    wanted = frozenset(paths)
    for entry in told.split("\x01")[1:]:
        head, _nul, rest = entry.partition("\0")
        commit, time = head.split()
        # a merge is listed with no entry where it made nothing new
        for raw in _ENTRY.finditer(rest):
            if raw[1].strip("0") and (raw[3] in wanted or not wanted):
                yield FileChange(raw[3], commit, datetime.fromtimestamp(int(time), UTC), raw[1], not raw[2].strip("A"))
