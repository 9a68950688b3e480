# SPDX-License-Identifier: GPL-3.0-or-later
"""A commit that is not pushed yet, said again on top of a remote that has moved.

Between the look at the remote and the push somebody else may push again, so that this is made in the least time that there can
be: from the tip's trees alone. Index and files of the worktree follow once the commit is pushed.
"""

from __future__ import annotations

import dataclasses
from pathlib import PurePosixPath

from .commit import Change, Commit, identity_environ
from .program import SPARSE, Git
from .workspace import Workspace

# Of this worktree alone, and gone with it.
_REFERENCE = "refs/worktree/on-top"


@dataclasses.dataclass(frozen=True)
class Draft:
    """What a commit says, whatever it stands on.

    Attributes:
        author: Name, address, and time with zone (``1700000000 +0100``).
        committer: The user now, in one line as in a commit.
        message: The whole message, trailers included.
        changes: What it makes of its paths.
        signed: Whether the user's commits are signed.
    """

    author: tuple[str, str, str]
    committer: str
    message: str
    changes: tuple[Change, ...]
    signed: bool

    @classmethod
    def of(cls, workspace: Workspace, made: Commit, git: Git) -> Draft:
        """The draft of a commit that is there."""
        at = workspace.path
        wanted = "--format=%an%x00%ae%x00%ad%x00%B"
        told = git.run("log", "-1", "--no-show-signature", "--encoding=UTF-8", "--date=raw", wanted, made.id, at=at)
        name, address, time, message = told.split("\0")
        committer = git.run("var", "GIT_COMMITTER_IDENT", at=at, environ=identity_environ(workspace)).strip()
        signed = git.attempt("config", "--type=bool", "--get", "commit.gpgSign", at=at).out.strip() == "true"
        return cls((name, address, time), committer, message.rstrip("\n") + "\n", made.changes, signed)

    def on(self, tip: str, workspace: Workspace, git: Git, *, state: str) -> Commit:
        """The commit on top of ``tip``, which has its paths as the first one's parent has them. The worktree stays as it is.

        Hooks are not asked again, as with a rebase: they have passed it.

        Raises:
            Failure: It could not be signed. ``state`` is the state of things then.
        """
        name, address, time = self.author
        commands = (
            f"commit {_REFERENCE}",
            "mark :1",
            f"author {name} <{address}> {time}",
            f"committer {self.committer}",
            f"data {len(self.message.encode('utf-8', 'surrogateescape'))}",
            self.message,
            f"from {tip}",
            *(_change(change) for change in self.changes),
            "",
            "get-mark :1",
            "",
        )
        label = f"git commit in {workspace.name}"
        stream = "\n".join(commands)
        made = git.run("fast-import", "--quiet", "--force", at=workspace.path, stdin=stream, label=label, state=state).strip()
        if self.signed:
            made = self._signed(made, tip, workspace, git, state)
        return Commit(made, tip, self.changes)

    def _signed(self, made: str, tip: str, workspace: Workspace, git: Git, state: str) -> str:
        name, address, time = self.author
        author = {"GIT_AUTHOR_NAME": name, "GIT_AUTHOR_EMAIL": address, "GIT_AUTHOR_DATE": f"@{time}"}
        outcome = git.attempt(
            "-c",
            "i18n.commitEncoding=UTF-8",
            "commit-tree",
            "-S",
            "-p",
            tip,
            f"{made}^{{tree}}",
            at=workspace.path,
            stdin=self.message,
            label=f"git commit in {workspace.name}",
            environ={**identity_environ(workspace), **author},
        )
        if not outcome.ok:
            raise outcome.failure(f"The commit in {workspace.name} was refused", state=state)
        return outcome.out.strip()


def fits(made: Commit, tip: str, workspace: Workspace, git: Git) -> bool:
    """Whether ``tip`` has folders, or nothing, where new files of the commit need them."""
    new = [PurePosixPath(change.path) for change in made.changes if change.new]
    folders = sorted({str(folder) for path in new for folder in path.parents if folder.name})
    if not folders:
        return True
    told = git.run("--literal-pathspecs", "ls-tree", "-z", tip, "--", *folders, at=workspace.path)
    return all(entry.split()[1] == "tree" for entry in told.split("\0") if entry)


def follow(workspace: Workspace, first: Commit, pushed: Commit, git: Git) -> None:
    """Bring HEAD, index and files of the worktree from the commit that was made first to the one that the remote has."""
    state = f"The commit {pushed.id[:10]} is on the remote of {workspace.name}."
    arguments = (*SPARSE, *workspace.settings, "read-tree", "-m", "-u", first.id, pushed.id)
    outcome = git.attempt(*arguments, at=workspace.path, label=f"the files of {workspace.name}")
    if not outcome.ok:
        raise outcome.failure(f"The worktree of {workspace.name} could not follow what was pushed", state=state)
    git.run("update-ref", "--no-deref", "HEAD", pushed.id, at=workspace.path, state=state)


def edited(workspace: Workspace, git: Git) -> tuple[str, ...]:
    """Files of the worktree that differ from its HEAD: edited for a later commit."""
    told = git.run(*SPARSE, "status", "--porcelain", "-z", "--no-renames", "--untracked-files=all", at=workspace.path)
    return tuple(entry[3:] for entry in told.split("\0") if entry)


def _change(change: Change) -> str:
    escaped = change.path.replace("\\", "\\\\").replace('"', '\\"')
    return f'M {change.mode} {change.blob} "{escaped}"' if change.mode.strip("0") else f'D "{escaped}"'
