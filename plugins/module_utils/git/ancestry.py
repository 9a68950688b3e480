# SPDX-License-Identifier: GPL-3.0-or-later
"""Whether a commit is among those that another one contains."""

from __future__ import annotations

from .program import Git
from .workspace import Workspace, fetch


class Ancestry:
    """Asks Git which commits contain one, and the remote for those that aren't here yet.

    Args:
        commit: The one. It is in the repository of the workspace.
    """

    def __init__(self, workspace: Workspace, commit: str, git: Git) -> None:
        self.commit = commit
        self._workspace = workspace
        self._git = git
        self._known = {commit: True, "": False}

    def contained_in(self, other: str) -> bool:
        """Whether ``other`` is the commit, or came after it. What the remote's branch doesn't have contains nothing.

        Raises:
            Failure: The remote can't be asked.
        """
        if other not in self._known:
            if not self._is_here(other):
                fetch(self._workspace, self._git)
            asked = ("merge-base", "--is-ancestor", self.commit, other)
            self._known[other] = self._is_here(other) and self._git.attempt(*asked, at=self._workspace.path).ok
        return self._known[other]

    def _is_here(self, commit: str) -> bool:
        return self._git.attempt("cat-file", "-e", f"{commit}^{{commit}}", at=self._workspace.path).ok
