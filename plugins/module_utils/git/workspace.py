# SPDX-License-Identifier: GPL-3.0-or-later
"""The run's own sparse worktree of a repository, at the remote's tip."""

from __future__ import annotations

import contextlib
import dataclasses
import json
import os
import re
import secrets
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

from ..failure import Failure
from .clone import is_sound, kept_clone, mark_broken
from .fetching import attempt_fetch
from .leftovers import clear_folder, clear_own_locks, clear_traces, discard, worktrees_in
from .lock import locked
from .owner import Owner
from .program import SPARSE, Git
from .record import PREFIX, Record, beside
from .repository import Repository, checked_paths

__all__ = ["Repository", "Workspace", "default_folder", "fetch", "in_use", "make", "remove", "renew"]


@dataclasses.dataclass(frozen=True)
class Workspace:
    """One worktree of a run.

    Attributes:
        name: The repository's name.
        path: The folder with the files.
        base: The commit of the remote's tip that the files are from.
        branch: The branch on the remote.
        remote: The remote's name.
        checkout: The user's checkout that it was made from, or None where the run has a clone of its own.
        author: ``Name <address>`` for commits, or None for the user's own identity.
        files: The files in it, by their path from the repository's root.
        settings: Options for git, with which what the user's configuration says relative to the checkout (addresses, and where
            hooks are) holds in the worktree.
    """

    name: str
    path: Path
    base: str
    branch: str
    remote: str
    checkout: Path | None
    author: str | None = None
    files: tuple[str, ...] = ()
    settings: tuple[str, ...] = ()

    @classmethod
    def open(cls, path: Path) -> Workspace:
        """The workspace at ``path``, as an earlier process made it. A Failure where there is none."""
        return cls._of(_record(path))

    @classmethod
    def _of(cls, record: Record) -> Workspace:
        details = record.details
        return cls(
            name=details["name"],
            path=record.path,
            base=details["base"],
            branch=details["branch"],
            remote=details["remote"],
            checkout=Path(details["checkout"]) if details["checkout"] else None,
            author=details["author"],
            files=tuple(details["files"]),
            settings=tuple(details["settings"]),
        )

    def at(self, base: str) -> Workspace:
        """The same workspace, noted to stand on the commit ``base``."""
        record = _record(self.path)
        dataclasses.replace(record, details={**record.details, "base": base}).write()
        return dataclasses.replace(self, base=base)


def default_folder(environ: Mapping[str, str]) -> Path:
    """Where workspaces and clones are kept: ``${XDG_CACHE_HOME:-~/.cache}/lotus_lake.secrets``."""
    cache = environ.get("XDG_CACHE_HOME", "")
    if not cache.startswith("/"):
        cache = str(Path(environ.get("HOME") or Path.home()) / ".cache")
    return Path(cache) / "lotus_lake.secrets"


def make(repository: Repository, files: Sequence[str], folder: Path, git: Git, *, run_pid: int = 0) -> Workspace:
    """Make a worktree of ``files`` at the remote's tip, after clearing up what ended runs left.

    Args:
        files: Paths from the repository's root. One that the tip doesn't have is no error here.
        folder: The work folder, see ``default_folder``.
        run_pid: The process whose life is the run's; 0 where it isn't known, then the workspace is kept for six hours
            after its last use.

    Raises:
        Failure: The repository or its remote can't be used. Nothing of the workspace is left then.
    """
    repository.check()
    wanted = checked_paths(files, repository.name)
    clear_folder(folder, git)
    if repository.checkout is not None:
        return _make(repository, wanted, repository.checkout.expanduser(), folder, git, run_pid)
    with kept_clone(repository, folder, git) as clone:
        try:
            return _make(repository, wanted, clone, folder, git, run_pid)
        except Failure:
            if is_sound(clone, repository, git, thoroughly=True):
                raise
            mark_broken(clone)
    with kept_clone(repository, folder, git) as clone:
        return _make(repository, wanted, clone, folder, git, run_pid)


def _make(repository: Repository, files: tuple[str, ...], source: Path, folder: Path, git: Git, run_pid: int) -> Workspace:
    common, top = _folders(repository, source, git)
    clear_traces(common, git)
    hooks = git.attempt("config", "--type=path", "--get", "core.hooksPath", at=top).out.rstrip("\n")
    has_files = repository.checkout is not None and top != common
    name = f"{PREFIX}{re.sub(r'[^A-Za-z0-9._-]', '_', repository.name)}-{secrets.token_hex(4)}"
    path = worktrees_in(folder).resolve() / name
    with locked(beside(path, ".lock"), git, repository.name):
        details = {
            "name": repository.name,
            "base": "",
            "branch": repository.branch,
            "remote": repository.remote,
            "checkout": str(top) if repository.checkout is not None else None,
            "author": repository.author,
            "files": list(files),
            "settings": [
                *(_addresses(repository.remote, top, git) if repository.checkout is not None else []),
                *(["-c", f"core.hooksPath={os.path.normpath(top / hooks)}"] if hooks and has_files else []),
            ],
        }
        record = Record(path, common, Owner.of(run_pid), details)
        record.write()
        try:
            _add_worktree(record, source, git)
            _write_patterns(record, files, "" if has_files else hooks)
            workspace = Workspace._of(record)
            tip = fetch(workspace, git, note=workspace.checkout is None)
            git.run(
                *SPARSE, *workspace.settings, "reset", "--hard", "--quiet", tip, at=path, label=f"the files of {repository.name}"
            )
            return workspace.at(tip)
        except BaseException:
            discard(path, record)
            raise


def _folders(repository: Repository, source: Path, git: Git) -> tuple[Path, Path]:
    """The Git folder that all worktrees of ``source`` share, and its top folder."""
    if not source.is_dir():
        raise Failure(
            f"The checkout {source} of {repository.name} is not there.",
            state="Nothing was changed.",
            remedy="Clone it, mend its path in the inventory, or give the repository a url.",
        )
    asked = ("rev-parse", "--path-format=absolute", "--git-common-dir", "--is-bare-repository")
    outcome = git.attempt(*asked, at=source)
    if not outcome.ok:
        raise outcome.failure(f"The checkout {source} of {repository.name} can't be used", state="Nothing was changed.")
    common, bare = outcome.out.splitlines()
    if bare == "true":
        return Path(common), Path(common)
    return Path(common), Path(git.run("rev-parse", "--show-toplevel", at=source).rstrip("\n"))


def _addresses(remote: str, top: Path, git: Git) -> list[str]:
    wanted = rf"^remote\.{re.escape(remote)}\.(url|pushurl)$"
    told = git.attempt("config", "-z", "--get-regexp", wanted, at=top).out
    found = (entry.partition("\n")[2] for entry in told.split("\0") if entry)
    # as git tells a path from host:path
    relative = (address for address in found if address and not re.match(r"/|[^/]*:", address))
    return [word for address in relative for word in ("-c", f"url.{os.path.normpath(top / address)}.insteadOf={address}")]


def _add_worktree(record: Record, source: Path, git: Git) -> None:
    start = f"refs/remotes/{record.details['remote']}/{record.details['branch']}"
    candidates = ("HEAD", start)
    known = (c for c in candidates if git.attempt("rev-parse", "--quiet", "--verify", f"{c}^{{commit}}", at=source).ok)
    commit = next(known, None)
    if commit is None:
        asked = f"refs/heads/{record.details['branch']}"
        label = f"git fetch of {record.details['name']}"
        fetched = attempt_fetch("fetch", "--quiet", "--no-tags", record.details["remote"], asked, at=source, git=git, label=label)
        if not fetched.ok:
            raise fetched.failure(f"{label} failed in {source}", state="Nothing was changed.")
        commit = "FETCH_HEAD"
    # The reason tells other machines that share the checkout, and the user, whose it is; it also keeps git from pruning it.
    options = ("--detach", "--no-checkout", "--lock", "--reason", json.dumps(dataclasses.asdict(record.owner)))
    arguments = ("worktree", "add", "--quiet", *options, str(record.path), commit)
    for again in (True, True, False):
        outcome = git.attempt(*arguments, at=source)
        if outcome.ok:
            return
        if not (again and record.common.joinpath("worktrees").is_dir()):
            break  # else another run may have removed the folder of all worktrees just then, as its last one went
    raise outcome.failure(f"No worktree of {record.details['name']} could be made from {source}", state="Nothing was changed.")


def _write_patterns(record: Record, files: Sequence[str], hooks: str) -> None:
    """Have the worktree hold ``files``, and what hooks need: the dot files at the top of the repository, where the tools that
    they call look for their configuration, and the folder ``hooks`` where it is one of the repository's."""
    patterns = ["/.*", "!/.*/", *(_pattern(file) for file in files)]
    if hooks and os.path.normpath(hooks).split("/")[0] not in ("", ".", ".."):
        patterns.append(_pattern(os.path.normpath(hooks)) + "/")
    target = record.private / "info" / "sparse-checkout"
    target.parent.mkdir(exist_ok=True)
    target.write_text("\n".join(patterns) + "\n", encoding="utf-8")


def _pattern(path: str) -> str:
    return "/" + re.sub(r"([\\*?\[]| $)", r"\\\1", path)


def fetch(workspace: Workspace, git: Git, *, note: bool = False) -> str:
    """Fetch the remote's branch and return its tip. With ``note`` the tip is noted for all worktrees of a clone of ours, so
    that later fetches start there; a user's references are left alone."""
    private = _record(workspace.path).private
    options = ["--quiet", "--no-tags", "--no-prune", "--no-recurse-submodules"]
    if not note:
        options.append("--refmap=")
    outcome = attempt_fetch(
        *workspace.settings,
        "fetch",
        *options,
        workspace.remote,
        f"refs/heads/{workspace.branch}",
        at=workspace.path,
        git=git,
        label=f"git fetch of {workspace.name} from {workspace.remote}",
    )
    if not outcome.ok:
        raise outcome.failure(
            f"The branch {workspace.branch} of {workspace.name} could not be fetched from {workspace.remote}",
            state="Nothing was changed.",
        )
    return (private / "FETCH_HEAD").read_text(encoding="utf-8").split()[0]


def renew(workspace: Workspace, git: Git) -> Workspace:
    """Fetch, and reset the worktree to the remote's tip: what is in it and not pushed is gone."""
    with in_use(workspace, git):
        tip = fetch(workspace, git)
        label = f"the files of {workspace.name}"
        git.run(*SPARSE, *workspace.settings, "reset", "--hard", "--quiet", tip, at=workspace.path, label=label)
        git.run(*SPARSE, "clean", "-ffdxq", at=workspace.path)
        return workspace.at(tip)


def remove(workspace: Workspace, git: Git) -> None:
    """Remove the worktree and all that belongs to it. Fine where it is gone."""
    record = Record.read(workspace.path)
    if record is None:
        return
    with locked(record.lock, git, workspace.name):
        try:
            discard(workspace.path, record)
        except OSError as error:
            raise Failure(
                f"The workspace {workspace.path} could not be removed: {error.strerror}.",
                state="It holds nothing that is not encrypted or on the remote.",
                remedy="The next run tries again.",
            ) from error


@contextlib.contextmanager
def in_use(workspace: Workspace, git: Git) -> Iterator[None]:
    """Hold the workspace for one piece of work: it counts as in use meanwhile, and nothing stale is in the way."""
    record = _record(workspace.path)
    with locked(record.lock, git, workspace.name):
        record.seen()
        clear_own_locks(record)
        yield


def _record(path: Path) -> Record:
    record = Record.read(path)
    if record is None or not path.is_dir():
        raise Failure(
            f"There is no workspace at {path}.",
            state="Nothing was changed.",
            remedy="Make it with git_workspace, state present, in the same run.",
        )
    return record
