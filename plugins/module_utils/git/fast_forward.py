# SPDX-License-Identifier: GPL-3.0-or-later
"""Bring the user's own checkout up to a pushed commit where Git can do that without touching their work."""

from __future__ import annotations

import os
import re
from pathlib import Path

from .fetching import attempt_fetch
from .program import Git
from .words import last_words

_UNDER_WAY = {
    "rebase-merge": "a rebase",
    "rebase-apply": "a rebase or am",
    "MERGE_HEAD": "a merge",
    "CHERRY_PICK_HEAD": "a cherry-pick",
    "REVERT_HEAD": "a revert",
    "sequencer": "a cherry-pick or revert",
    "BISECT_LOG": "a bisect",
}
_MANY = 50


def fast_forward(checkout: Path, branch: str, commit: str, git: Git) -> str:
    """Fast-forward the branch of the user's checkout to ``commit``.

    Their index, uncommitted and unpushed work are never touched: where they are in the way, nothing is done.

    Returns:
        A sentence for the operator: what was done, or that the checkout is behind and why.
    """
    behind = f"{checkout} is behind {commit[:10]}: "
    told = git.attempt("rev-parse", "--path-format=absolute", "--git-dir", "--is-bare-repository", at=checkout)
    if not told.ok:
        return f"{behind}{last_words(told.err)}"
    git_folder, bare = told.out.splitlines()
    under_way = [words for name, words in _UNDER_WAY.items() if (Path(git_folder) / name).exists()]
    if under_way:
        return f"{behind}{under_way[0]} is under way."
    head = git.attempt("symbolic-ref", "--quiet", "HEAD", at=checkout)
    reference = f"refs/heads/{branch}"
    if not head.ok:
        return f"{behind}its HEAD is detached."
    if head.out.strip() != reference or bare == "true":
        return _move_branch(checkout, branch, commit, git, behind, head.out.strip(), bare == "true")
    relation = _relation("HEAD", commit, checkout, git)
    if relation == "contains":
        return f"{checkout} has {commit[:10]} already."
    if relation == "diverged":
        return f"{behind}its branch {branch} has commits that are not on the remote."
    if (Path(git_folder) / "index.lock").exists():
        return f"{behind}another Git process holds its index.lock, or was killed and left it."
    in_the_way = _in_the_way(checkout, commit, git)
    if in_the_way:
        return f"{behind}uncommitted changes are in the way: {_some(in_the_way)}."
    options = ("--ff-only", "--quiet", "--no-autostash", "--no-overwrite-ignore")
    merged = git.attempt("merge", *options, commit, at=checkout, label=f"the fast-forward of {checkout}")
    if merged.ok:
        return f"{checkout} was fast-forwarded to {commit[:10]}."
    if "index.lock" in merged.err:
        return f"{behind}another Git process holds its index.lock, or was killed and left it."
    return f"{behind}{last_words(merged.err) or 'git merge --ff-only failed'}"


def _move_branch(checkout: Path, branch: str, commit: str, git: Git, behind: str, head: str, bare: bool) -> str:
    """Move a branch that is checked out nowhere. ``git fetch`` refuses what isn't a fast-forward, or is in use."""
    known = git.attempt("rev-parse", "--quiet", "--verify", f"refs/heads/{branch}^{{commit}}", at=checkout)
    on = "" if bare else f" (it is on {head.removeprefix('refs/heads/')})"
    if not known.ok:
        return f"{checkout} has no branch {branch}{on}: nothing to fast-forward."
    if known.out.strip() == commit:
        return f"The branch {branch} of {checkout} has {commit[:10]} already."
    if _relation(f"refs/heads/{branch}", commit, checkout, git) == "diverged":
        return f"{behind}its branch {branch} has commits that are not on the remote."
    options = ("--quiet", "--no-tags", "--no-write-fetch-head", "--no-recurse-submodules", "--no-prune")
    moved = attempt_fetch("fetch", *options, ".", f"{commit}:refs/heads/{branch}", at=checkout, git=git)
    if moved.ok:
        return f"The branch {branch} of {checkout} was fast-forwarded to {commit[:10]}{on}."
    return f"{behind}{last_words(moved.err)}"


def _relation(reference: str, commit: str, checkout: Path, git: Git) -> str:
    """``contains``, ``behind`` or ``diverged``: how the reference stands to the commit."""
    ahead, behind = git.run("rev-list", "--left-right", "--count", f"{reference}...{commit}", at=checkout).split()
    if behind == "0":
        return "contains"
    return "behind" if ahead == "0" else "diverged"


def _in_the_way(checkout: Path, commit: str, git: Git) -> list[str]:
    """Paths of the user's that the fast-forward would overwrite: changed files, and files that Git doesn't know.

    Asked before ``git merge`` is, because that notes ORIG_HEAD before it refuses.
    """
    told = git.run("diff-tree", "-r", "--name-status", "--no-renames", "-z", "HEAD", commit, at=checkout)
    words = told.split("\0")
    written = dict(zip(words[1::2], words[0::2], strict=False))
    chosen = tuple(written) if len(written) <= _MANY else ()
    options = ("--porcelain", "-z", "--no-renames", "--untracked-files=no", "--ignore-submodules=all")
    status = git.run("--no-optional-locks", "--literal-pathspecs", "status", *options, "--", *chosen, at=checkout)
    changed = {entry[3:] for entry in status.split("\0") if entry}
    removed = {path for path, what in written.items() if what == "D"}
    added = [path for path, what in written.items() if what == "A"]
    return sorted(changed & set(written)) or [found for path in added for found in _strangers(checkout, path, removed)]


def _strangers(checkout: Path, path: str, removed: set[str]) -> list[str]:
    """What is in the place of a file that comes, and doesn't go with the same commit."""
    place = checkout / path
    for above in list(place.relative_to(checkout).parents)[:-1]:
        if os.path.lexists(checkout / above) and not (checkout / above).is_dir():
            return [] if str(above) in removed else [str(above)]
    if place.is_dir() and not place.is_symlink():
        inside = (Path(folder, name) for folder, _folders, names in os.walk(place) for name in names)
        return [name for name in (str(file.relative_to(checkout)) for file in inside) if name not in removed][:1]
    return [path] if os.path.lexists(place) else []


def _some(paths: list[str]) -> str:
    shown = ", ".join(re.sub(r"[\ud800-\udfff]", "?", path) for path in paths[:5])
    return shown if len(paths) <= 5 else f"{shown} and {len(paths) - 5} more"
