# SPDX-License-Identifier: GPL-3.0-or-later
"""``git fetch``, beside other commands that make worktrees of the same Git folder.

``git worktree add`` gives a worktree a HEAD of zeros first, and the right one a moment later. A ``git fetch`` that looks at it
meanwhile takes the repository for broken: in the end it asks whether it has everything that any worktree's HEAD doesn't have.
"""

from __future__ import annotations

import dataclasses
import re
import time
from pathlib import Path

from ..waiting import Waiting
from .leftovers import clear_traces, worktree_of
from .program import Git, Outcome

_HALF_MADE = re.compile(r"bad object worktrees/(\S+)/HEAD")
_TRIES = 10
_PATIENCE = 10.0


def attempt_fetch(*arguments: str, at: Path, git: Git, label: str = "") -> Outcome:
    """Run one fetch, and again where a worktree was just being made: then that is waited for, up to 10 s each of 10 times.

    A worktree that a killed run left half-made is removed. One of somebody else's that isn't finished in time is named in the
    outcome's ``err``.

    Args:
        arguments: The whole command, options before ``fetch`` included.
        label: What is waited for, as progress lines should call it.
    """
    for _try in range(_TRIES):
        outcome = git.attempt(*arguments, at=at, label=label)
        named = _HALF_MADE.search(outcome.err)
        if outcome.ok or named is None:
            break
        common = Path(git.run("rev-parse", "--path-format=absolute", "--git-common-dir", at=at).rstrip("\n"))
        clear_traces(common, git)
        private = common / "worktrees" / named[1]
        if not _finished(private, git):
            never = f"The worktree {worktree_of(private)} was never finished: {private / 'HEAD'} is all zeros"
            return dataclasses.replace(outcome, err=f"{outcome.err}\n{never}")
    return outcome


def _finished(private: Path, git: Git) -> bool:
    """Whether the worktree gets its HEAD, or goes, in time."""
    place = f"the worktree {private.name} that is just being made in {private.parents[1]}"
    waiting = Waiting(place, min(_PATIENCE, git.timeout), git.progress)
    while _is_half_made(private):
        if waiting.is_over():
            return False
        waiting.say()
        time.sleep(0.02)
    return True


def _is_half_made(private: Path) -> bool:
    try:
        return not (private / "HEAD").read_text(encoding="ascii").strip("0\n")
    except (OSError, ValueError):
        return False
