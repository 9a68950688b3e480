# SPDX-License-Identifier: GPL-3.0-or-later
"""A user's own checkout of a repository, which no run touches."""

from __future__ import annotations

import functools
from collections.abc import Sequence
from pathlib import Path

from ..git.program import Git


class Checkout:
    """The checkout at ``folder``, beside the tip of its remote.

    Args:
        branch: The branch that runs push to.
        tip: The commit at the remote's tip; runs have fetched it.
        files: The estate's files in it.
    """

    def __init__(self, folder: Path, branch: str, tip: str, files: Sequence[str], git: Git) -> None:
        self._folder = folder
        self.branch = branch
        self._tip = tip
        self._files = tuple(files)
        self._git = git

    @functools.cached_property
    def on_branch(self) -> str:
        """The branch that it is on; empty where its head is detached."""
        return self._git.attempt("symbolic-ref", "--quiet", "--short", "HEAD", at=self._folder).out.strip()

    @functools.cached_property
    def dirty(self) -> tuple[str, ...]:
        """The estate's files with changes that are not committed."""
        told = self._ask("status", "--porcelain=v1", "-z", "--no-renames", "--untracked-files=all", "--", *self._files)
        return tuple(entry[3:] for entry in told.split("\0") if entry)

    @functools.cached_property
    def unpushed(self) -> int:
        """How many commits of the branch that change the estate's files the remote does not have."""
        return len(self._ask("rev-list", f"{self._tip}..refs/heads/{self.branch}", "--", *self._files).split())

    @functools.cached_property
    def unpulled(self) -> int:
        """How many commits of the remote that change the estate's files the branch does not have."""
        return len(self._ask("rev-list", f"refs/heads/{self.branch}..{self._tip}", "--", *self._files).split())

    def _ask(self, *arguments: str) -> str:
        return self._git.run("--literal-pathspecs", *arguments, at=self._folder)
