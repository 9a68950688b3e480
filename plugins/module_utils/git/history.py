# SPDX-License-Identifier: GPL-3.0-or-later
"""Earlier versions of a file, and what commit messages say."""

from __future__ import annotations

import contextlib
import dataclasses
import itertools
import re
import subprocess
import tempfile
import threading
from collections.abc import Collection, Iterable, Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import IO

from ..failure import Failure
from .file_changes import FileChange, changes_to_head, file_changes
from .program import Git, end
from .words import last_words, redacted, remedy_for

_AT_ONCE = 32


@dataclasses.dataclass(frozen=True)
class Version:
    """A file as one commit left it: the commit, its committer time in UTC, the text, and whether no file was there before."""

    commit: str
    time: datetime
    text: str
    added: bool = False


class History:
    """Reads the history of the repository at ``folder`` (a worktree or Git folder). Close it, or use it in ``with``."""

    def __init__(self, folder: Path, git: Git) -> None:
        self._folder = folder
        self._git = git
        self._reader: subprocess.Popen[bytes] | None = None
        self._errors: IO[bytes] | None = None
        self._partial: str | None = None

    def __enter__(self) -> History:
        return self

    def __exit__(self, *exception: object) -> None:
        self.close()

    def close(self) -> None:
        """End the program behind it."""
        reader, self._reader = self._reader, None
        if reader is not None:
            asked, answered = _pipes(reader)
            with contextlib.suppress(OSError):
                asked.close()
            answered.close()
            end(reader)
        if self._errors is not None:
            self._errors.close()
            self._errors = None

    def versions(
        self, path: str, *, start: str = "HEAD", limit: int | None = None, oldest_first: bool = False
    ) -> Iterator[Version]:
        """The versions of a file, newest or oldest first, over the commits that changed it; each is read when it is asked for.

        A merge counts where it made something of the file that none of its parents had; side branches whose version didn't
        survive don't count. Commits that removed the file are left out, what was there before them is not.
        """
        changes = file_changes(self._folder, self._git, [path], start)
        listed = itertools.islice(reversed(list(changes)) if oldest_first else changes, limit)
        for change, content in self.texts(listed):
            yield Version(change.commit, change.time, content, change.added)

    def contents(self, paths: Collection[str]) -> dict[str, list[FileChange]]:
        """The changes with every content that each of some files had on the way to HEAD, newest first."""
        found: dict[str, dict[str, FileChange]] = {path: {} for path in paths}
        for change in changes_to_head(self._folder, self._git, paths):
            found[change.path].setdefault(change.blob, change)
        return {path: list(changes.values()) for path, changes in found.items()}

    def texts(self, changes: Iterable[FileChange]) -> Iterator[tuple[FileChange, str]]:
        """Each change with the text that it left, where that is there; each is read when it is asked for."""
        listed = iter(changes)
        while chunk := list(itertools.islice(listed, _AT_ONCE)):
            self.bring([change.blob for change in chunk])
            for change in chunk:
                content = self._content(change.blob)
                if content is not None:
                    yield change, content

    def has(self, commit: str) -> bool:
        """Whether a commit of this id, which may be abbreviated, is there."""
        return self._git.attempt("rev-parse", "--quiet", "--verify", f"{commit}^{{commit}}", at=self._folder).ok

    def read(self, commit: str, path: str) -> str | None:
        """A file's text at a commit, or None where it isn't there."""
        if "\n" in path or "\n" in commit:
            return None
        return self._content(f"{commit}:{path}")

    def is_from_elsewhere(self, commit: str, path: str, mark: str) -> bool:
        """Whether what a commit added as a file may have been in the repository before, at another path.

        It may where the commit also removed a file, or changed one in which ``mark`` stood, and where a file with the same
        content was there already. It may not in the first commit of a repository, nor where nothing of this happened. How alike
        two files are is not looked at: what is encrypted anew is like nothing, and a partial clone would have to fetch it all.
        """
        how = ("-r", "-m", "--raw", "--no-abbrev", "--no-commit-id", "-z", "-C100%", "--find-copies-harder")
        fields = iter(self._git.run("diff-tree", *how, commit, at=self._folder).split("\0"))
        changed = []
        for head in filter(None, fields):
            mode, _mode, blob, _blob, kind = head.split()
            names = [next(fields) for _name in range(2 if kind[0] in "RC" else 1)]
            if kind == "D" or (kind[0] in "RC" and names[1] == path):
                return True
            if kind in "MT" and mode.startswith(":100") and names[0] != path:
                changed.append(blob)
        self.bring(changed)
        return any(mark in (self._content(blob) or "") for blob in changed)

    def that_changed(self, path: str, commits: Collection[str]) -> set[str]:
        """Those of the commits (full ids) that changed a file. A merge counts for none."""
        if not commits:
            return set()
        asked = "\n".join(commits) + "\n"
        how = ("--stdin", "--root", "-r", "--name-only", "-z", "--no-renames", "--format=%H")
        told = self._git.run("--literal-pathspecs", "diff-tree", *how, "--", path, at=self._folder, stdin=asked)
        return {word for word in re.split(r"[\0\n]", told) if word in commits}

    def content(self, blob: str) -> str | None:
        """The text of a content by its id, or None where it isn't there."""
        return self._content(blob)

    def trailers(self, key: str, *, since: datetime | None = None, start: str = "HEAD") -> list[tuple[str, datetime, str]]:
        """Commit, committer time (UTC) and value of each trailer ``key`` of the messages, newest first.

        The whole history is looked at: git's own ``--since`` ends at the first commit whose clock was behind.
        """
        if not re.fullmatch(r"[A-Za-z0-9][A-Za-z0-9-]*", key):
            raise Failure(
                f"{key!r} can't be the key of a trailer.",
                state="Nothing was changed.",
                remedy="Use letters, digits and dashes.",
            )
        wanted = f"%H%x00%ct%x00%(trailers:key={key},valueonly,unfold,separator=%x1f)"
        told = self._git.run("log", f"--format={wanted}", f"--grep=^{key}:", "--regexp-ignore-case", start, "--", at=self._folder)
        found = []
        for line in told.splitlines():
            commit, time, values = line.split("\0")
            found += [(commit, _utc(time), value.strip()) for value in values.split("\x1f") if value.strip()]
        return [entry for entry in found if since is None or entry[1] >= since]

    def bring(self, blobs: Collection[str]) -> None:
        """In a partial clone, fetch contents by their ids at once: git itself would fetch them one by one."""
        if not blobs:
            return
        if self._partial is None:
            self._partial = promisor(self._folder, self._git)
        if not self._partial:
            return
        # rev-list never fetches; cat-file does, one by one, in every git before 2.45
        asked = "".join(f"{blob}\n" for blob in blobs)
        how = ("--objects", "--no-walk", "--ignore-missing", "--missing=print", "--stdin")
        here = {line.strip() for line in self._git.attempt("rev-list", *how, at=self._folder, stdin=asked).out.splitlines()}
        missing = [blob for blob in blobs if blob not in here]
        if not missing:
            return
        options = ("--no-tags", "--no-write-fetch-head", "--recurse-submodules=no", "--filter=blob:none", "--stdin", "--quiet")
        self._git.attempt(
            "-c",
            "fetch.negotiationAlgorithm=noop",
            "fetch",
            self._partial,
            *options,
            at=self._folder,
            stdin="\n".join(missing) + "\n",
            label="earlier versions from the remote",
        )

    def _content(self, name: str) -> str | None:
        """A blob's text through the one long-lived ``git cat-file``."""
        reader = self._reader or self._started()
        asked, answered = _pipes(reader)
        watch = threading.Timer(self._git.timeout, end, (reader,))
        watch.daemon = True
        watch.start()
        try:
            asked.write(name.encode("utf-8", "surrogateescape") + b"\n")
            asked.flush()
            head = answered.readline()
            words = head.split()
            if head.endswith((b" missing\n", b" ambiguous\n")):
                return None
            if len(words) != 3 or words[1] not in (b"blob", b"tree", b"commit", b"tag"):
                raise self._failure(name)
            content = answered.read(int(words[2]) + 1)
            if len(content) != int(words[2]) + 1:
                raise self._failure(name)
        except OSError as error:
            raise self._failure(name) from error
        finally:
            watch.cancel()
        return content[:-1].decode("utf-8", "replace") if words[1] == b"blob" else None

    def _started(self) -> subprocess.Popen[bytes]:
        self._errors = tempfile.TemporaryFile()  # noqa: SIM115 (closed with the reader)
        self._reader = self._git.start(
            "cat-file", "--batch", at=self._folder, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=self._errors
        )
        return self._reader

    def _failure(self, name: str) -> Failure:
        said = ""
        if self._errors is not None:
            self._errors.seek(0)
            said = redacted(self._errors.read().decode("utf-8", "replace"))
        self.close()
        return Failure(
            f"{name} could not be read from the history in {self._folder}: {last_words(said) or 'git ended'}",
            state="Nothing was changed.",
            remedy=remedy_for(said),
        )


def promisor(folder: Path, git: Git) -> str:
    """The remote that has what a partial clone lacks; empty where the clone is whole."""
    told = git.attempt("config", "--get-regexp", r"^remote\..*\.promisor$", "true", at=folder)
    return told.out.split(".promisor")[0].removeprefix("remote.") if told.ok else ""


def _pipes(reader: subprocess.Popen[bytes]) -> tuple[IO[bytes], IO[bytes]]:
    if reader.stdin is None or reader.stdout is None:
        raise ValueError("git cat-file was started without pipes")
    return reader.stdin, reader.stdout


def _utc(seconds: str) -> datetime:
    return datetime.fromtimestamp(int(seconds), UTC)
