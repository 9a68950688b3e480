# SPDX-License-Identifier: GPL-3.0-or-later
"""Push one commit, while others push too."""

from __future__ import annotations

import dataclasses
import random
import re
import time
from collections.abc import Callable, Sequence

from ..failure import Failure
from .commit import Commit, take_back
from .on_top import Draft, edited, fits, follow
from .program import SPARSE, Git, Outcome
from .words import OF_A_HOOK, remedy_for
from .workspace import Workspace, fetch

_LOST_TO_ANOTHER = re.compile(
    r"cannot lock ref|failed to update ref|failed to lock|unable to lock|incorrect old value|reference already exists"
    r"|fetch first|non-fast-forward|stale info|remote ref updated since",
    re.IGNORECASE,
)
_TRIES_AT_LEAST = 5
_SHORTEST_PAUSE, _LONGEST_PAUSE = 0.04, 0.5


@dataclasses.dataclass(frozen=True)
class Pushed:
    """What came of a push: the commit on the remote, or None where a path of it, or one that is watched, was changed by somebody
    else meanwhile; and how many times it was put on top of a moved remote."""

    commit: str | None
    rebased: int


def push(
    workspace: Workspace,
    made: Commit,
    git: Git,
    *,
    patience: float,
    wait: Callable[[float], None],
    pushed_before: Sequence[str] = (),
    watched: Sequence[str] = (),
) -> Pushed:
    """Push ``made`` to the workspace's branch; never by force.

    Args:
        patience: For how many seconds it is tried again where the remote keeps moving; five times at least.
        watched: Files that the change was made in view of: one that somebody else changes counts like a path of ``made``.

    Raises:
        Failure: The remote, a hook or the network refused it, or the remote kept moving. The commit is taken back in the
            workspace, the files stay.
    """
    try:
        landed, rebased = _landed(workspace, made, git, _Patience(patience, wait, git, workspace.name), pushed_before, watched)
    except Failure:
        take_back(workspace, git)
        raise
    if landed is None:
        take_back(workspace, git)
        return Pushed(None, rebased)
    if landed is not made:
        follow(workspace, made, landed, git)
    return Pushed(landed.id, rebased)


def _landed(
    workspace: Workspace, made: Commit, git: Git, patience: _Patience, pushed_before: Sequence[str], watched: Sequence[str]
) -> tuple[Commit | None, int]:
    """The commit that came to be on the remote, or None for a lost race; and how many times it was put on top."""
    rebased = 0
    guarded: tuple[str, ...] = ()
    draft: Draft | None = None
    while True:
        outcome = _tried(workspace, made, git)
        said = _answer(outcome, workspace.branch)
        lost = said[:1] == "!"
        if outcome.ok and not lost:
            return made, rebased
        if lost and not _LOST_TO_ANOTHER.search(said):
            raise _refused(workspace, outcome, said, pushed_before)
        if lost:
            if draft is None:
                draft = Draft.of(workspace, made, git)
                guarded = (*made.paths, *watched, *edited(workspace, git))
            if patience.is_over():
                raise _outrun(workspace, patience, said, pushed_before)
            # before the fetch: between it and the push there should be as little time as can be
            patience.pause()
        # Either somebody else was faster, or the answer got lost: the remote knows.
        try:
            tip = fetch(workspace, git)
        except Failure as failure:
            raise _unclear(workspace, outcome, failure, pushed_before) from failure
        if draft is None or not lost:
            if _contains(workspace, tip, made.id, git):
                return made, rebased
            raise _refused(workspace, outcome, said, pushed_before)
        if tip == made.parent:
            patience.say("another push is under way; pushing again")
            continue
        if _differ(workspace, tip, guarded, git) or not fits(made, tip, workspace, git):
            return None, rebased
        made, rebased = draft.on(tip, workspace, git, state=_state(workspace, pushed_before)), rebased + 1
        patience.say(f"the remote moved to {tip[:10]}, not in our files; pushing on top of it")


class _Patience:
    """How long a push is tried again, with pauses that grow, and are never the same for two runs."""

    def __init__(self, seconds: float, wait: Callable[[float], None], git: Git, name: str) -> None:
        self._seconds, self._wait, self._git, self._name = seconds, wait, git, name
        self._begin = time.monotonic()
        self._next_line = 0.0
        self._pause = _SHORTEST_PAUSE
        self.tries = 1

    @property
    def passed(self) -> float:
        """Seconds since the first try."""
        return time.monotonic() - self._begin

    def is_over(self) -> bool:
        return self.tries >= _TRIES_AT_LEAST and self.passed >= self._seconds

    def pause(self) -> None:
        """Before the next try."""
        self._wait(random.uniform(0.0, self._pause))
        self._pause = min(2 * self._pause, _LONGEST_PAUSE)
        self.tries += 1

    def say(self, what: str) -> None:
        """Tell the operator, at once and every ten seconds."""
        if self.passed >= self._next_line:
            self._git.progress(f"{self._name}: {what} ({self.passed:.0f} s of at most {self._seconds:.0f} s)")
            self._next_line = self.passed + 10.0


def _tried(workspace: Workspace, made: Commit, git: Git) -> Outcome:
    return git.attempt(
        *SPARSE,
        *workspace.settings,
        "push",
        "--porcelain",
        "--no-follow-tags",
        "--recurse-submodules=no",
        workspace.remote,
        f"{made.id}:refs/heads/{workspace.branch}",
        at=workspace.path,
        label=f"git push of {workspace.name} to {workspace.remote}",
    )


def is_overtaken(workspace: Workspace, git: Git) -> bool:
    """Whether somebody else has changed one of the workspace's files on the remote since it was made or renewed."""
    tip = fetch(workspace, git)
    return tip != workspace.base and _differ(workspace, tip, workspace.files, git)


def _answer(outcome: Outcome, branch: str) -> str:
    """What the remote answered about our branch, as ``git push --porcelain`` says it: a flag, then words. Or nothing."""
    for line in outcome.out.splitlines():
        flag, _tab, rest = line.partition("\t")
        names, _tab, words = rest.partition("\t")
        if len(flag) == 1 and names.endswith(f":refs/heads/{branch}"):
            return f"{flag} {words}"
    return ""


def _contains(workspace: Workspace, tip: str, commit: str, git: Git) -> bool:
    return git.attempt("merge-base", "--is-ancestor", commit, tip, at=workspace.path).ok


def _differ(workspace: Workspace, tip: str, paths: Sequence[str], git: Git) -> bool:
    options = ("--literal-pathspecs", "diff-tree", "-r", "--name-only", "--no-renames", "-z")
    return bool(git.run(*options, workspace.base, tip, "--", *paths, at=workspace.path))


def _state(workspace: Workspace, pushed_before: Sequence[str]) -> str:
    before = f" Pushed before: {', '.join(pushed_before)}." if pushed_before else ""
    return f"Nothing was pushed to {workspace.name}.{before}"


def _refused(workspace: Workspace, outcome: Outcome, said: str, pushed_before: Sequence[str]) -> Failure:
    shown = dataclasses.replace(outcome, err=f"{outcome.err}\n{said.lstrip('! ')}")
    return shown.failure(
        f"The push of {workspace.name} to {workspace.remote}/{workspace.branch} failed",
        state=_state(workspace, pushed_before),
        remedy=remedy_for(shown.err, OF_A_HOOK),
    )


def _outrun(workspace: Workspace, patience: _Patience, said: str, pushed_before: Sequence[str]) -> Failure:
    often = f"at each of {patience.tries} pushes in {patience.passed:.0f} s"
    return Failure(
        f"Others moved the branch {workspace.branch} of {workspace.name} {often}; the last answer was: {said.lstrip('! ')}.",
        state=_state(workspace, pushed_before),
        remedy="Run again when others push less, or give git_publish more patience.",
    )


def _unclear(workspace: Workspace, outcome: Outcome, failure: Failure, pushed_before: Sequence[str]) -> Failure:
    before = f" Pushed before: {', '.join(pushed_before)}." if pushed_before else ""
    first = outcome.failure(f"The push of {workspace.name} to {workspace.remote}/{workspace.branch} failed")
    return Failure(
        f"{first.what.rstrip('.')}. The remote could not be asked afterwards either: {failure.what}",
        state=f"Most likely nothing was pushed to {workspace.name}.{before}",
        remedy=f"{first.remedy} A new run looks at the remote first, so it is safe either way.",
    )
