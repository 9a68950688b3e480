# SPDX-License-Identifier: GPL-3.0-or-later
"""Every content that any file ever had, through one long-lived program."""

from __future__ import annotations

import dataclasses
import subprocess
import tempfile
from collections.abc import Collection, Iterable, Iterator
from pathlib import Path
from typing import IO

from ..failure import Failure
from .file_changes import all_changes
from .program import Git, end


@dataclasses.dataclass(frozen=True)
class Blob:
    """The content of a file, and a path that it once had."""

    id: str
    path: str
    content: bytes


def blobs(folder: Path, git: Git) -> Iterator[Blob]:
    """All contents that are reachable from a branch, a tag or the worktree's commit, each once.

    Raises:
        Failure: Git ended before it had given all.
    """
    options = ("--objects", "--all", "HEAD", "--filter=object:type=blob", "--filter-provided-objects")
    listed = [line.partition(" ") for line in git.run("rev-list", *options, at=folder).splitlines()]
    contents = contents_of([blob for blob, _space, _path in listed], folder, git)
    for (blob, _space, path), content in zip(listed, contents, strict=True):
        yield Blob(blob, path, content)


def contents_of(listed: Iterable[str], folder: Path, git: Git) -> Iterator[bytes]:
    """The contents with these ids.

    Raises:
        Failure: Git ended before it had given all, or one isn't there.
    """
    count = 0
    with tempfile.TemporaryFile() as wanted, tempfile.TemporaryFile() as errors:
        for blob in listed:
            wanted.write(f"{blob}\n".encode())
            count += 1
        wanted.seek(0)
        reader = git.start("cat-file", "--batch", "--buffer", at=folder, stdin=wanted, stdout=subprocess.PIPE, stderr=errors)
        try:
            for _blob in range(count):
                yield _next(_output(reader), folder)
        finally:
            _output(reader).close()
            end(reader)


def commits_of(wanted: Collection[str], folder: Path, git: Git) -> dict[str, str]:
    """The commit with which each content came in first; none of which no commit tells, such as what only a tag holds."""
    found: dict[str, str] = {}
    sought = frozenset(wanted)
    for change in all_changes(folder, git) if sought else ():
        if change.blob in sought:
            found[change.blob] = change.commit
    return found


def _next(output: IO[bytes], folder: Path) -> bytes:
    words = output.readline().split()
    content = output.read(int(words[2]) + 1) if len(words) == 3 else b""
    if len(words) != 3 or len(content) != int(words[2]) + 1:
        raise Failure(
            f"The history in {folder} could not be read to its end.",
            state="Nothing was changed.",
            remedy="See what git fsck says there.",
        )
    return content[:-1]


def _output(process: subprocess.Popen[bytes]) -> IO[bytes]:
    if process.stdout is None:
        raise ValueError("git cat-file was started without a pipe")
    return process.stdout
