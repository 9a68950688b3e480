# SPDX-License-Identifier: GPL-3.0-or-later
"""Counts what the collection's code does to files and which programs it starts, and ends the run at the k-th.

Every Python process of a run imports this. KILL_JOURNAL names the file with one line for each point passed; KILL_AT is the
point at which everything ends, 0 for none; KILL_AFTER is for how many seconds a program that was started may work before that.
Where KILL_COPIES names a folder, nothing ends: what KILL_WATCHED names is copied there at each of the points in KILL_AT.
"""

# ruff: noqa: PTH102, PTH113, PTH118, PTH119

from __future__ import annotations

import _io
import builtins
import contextlib
import fcntl
import hashlib
import io
import os
import pathlib  # noqa: F401 (before the calls of os that it looks at are others)
import shutil  # noqa: F401
import signal
import subprocess
import sys
import time
from types import ModuleType
from typing import Any

_JOURNAL = os.environ.get("KILL_JOURNAL", "")
_AT = {int(number) for number in os.environ.get("KILL_AT", "").split(",") if number not in ("", "0")}
_COPIES = os.environ.get("KILL_COPIES", "")
_WATCHED = [folder for folder in os.environ.get("KILL_WATCHED", "").split(os.pathsep) if folder]
_AFTER = float(os.environ.get("KILL_AFTER", "0"))
_OURS = "/lotus_lake/secrets/plugins/module_utils/"
_CHANGING = {"add", "clean", "clone", "commit", "fetch", "merge", "push", "read-tree", "reset", "worktree", "write-tree"}
_ONLY_ANSIBLE = bool(os.environ.get("KILL_ONLY_ANSIBLE"))
_write, _open, _getpgid = os.write, os.open, os.getpgid
_counting = False


def _is_ours() -> bool:
    frame: Any = sys._getframe(2)
    while frame is not None:
        if _OURS in frame.f_code.co_filename:
            return True
        frame = frame.f_back
    return False


def passed(line: str) -> bool:
    """Write down a point, with the state of the files where no point is chosen yet. True for the one at which to end."""
    journal = _open(_JOURNAL, os.O_RDWR | os.O_APPEND | os.O_CLOEXEC)
    try:
        fcntl.flock(journal, fcntl.LOCK_EX)
        number = os.pread(journal, 1 << 20, 0).count(b"\n") + 1
        _write(journal, f"{'' if _AT else _state()} {line}\n".encode("utf-8", "replace"))
        if number in _AT and _COPIES:
            _copy(os.path.join(_COPIES, str(number)))
        return number in _AT and not _COPIES
    finally:
        os.close(journal)


def _copy(folder: str) -> None:
    """Copy everything in KILL_WATCHED: what a kill would leave at this moment."""
    os.mkdir(folder)
    subprocess.run(["cp", "--archive", "--reflink=auto", *_WATCHED, folder], check=True)


def _state() -> str:
    """A hash of the names and contents of all files in KILL_WATCHED: where it is the same, so is what a kill
    leaves."""
    found = hashlib.sha256()
    for watched in _WATCHED:
        if os.path.isfile(watched):
            with _io.open(watched, "rb") as file:
                found.update(file.read())
        for folder, folders, files in os.walk(watched):
            folders.sort()
            found.update(f"{folder}\0".encode())
            for name in sorted(files):
                with contextlib.suppress(FileNotFoundError), _io.open(os.path.join(folder, name), "rb") as file:
                    found.update(f"{name}\0".encode() + file.read())
    return found.hexdigest()[:16]


def end_everything(*groups: int) -> None:
    """The end of ansible-playbook, of this process, and of the process groups named. Or of ansible-playbook's group only, which
    its worker and git, in sessions of their own, survive for a moment."""
    ansible = int(os.environ["KILL_GROUP"])
    for group in (ansible,) if _ONLY_ANSIBLE else (ansible, *groups, _getpgid(0)):
        with contextlib.suppress(ProcessLookupError):
            os.killpg(group, signal.SIGKILL)


def _point(kind: str, what: object) -> None:
    global _counting
    if _counting or not _is_ours():
        return
    _counting = True
    try:
        if passed(f"{kind} {os.path.basename(str(what))}"):
            end_everything()
    finally:
        _counting = False


def _around(module: ModuleType, name: str) -> None:
    original = getattr(module, name)

    def wrapped(*arguments: Any, **options: Any) -> Any:
        _point(name, arguments[0] if arguments else "")
        return original(*arguments, **options)

    setattr(module, name, wrapped)


def _half_written(descriptor: int, content: Any) -> int:
    _point("write", "")
    if _JOURNAL and _is_ours() and not _counting and len(content) > 1:
        half = len(content) // 2
        done = _write(descriptor, content[:half])
        _point("write half", "")
        return done + _write(descriptor, content[done:])
    return _write(descriptor, content)


def _opened(file: Any, mode: Any = "r", *arguments: Any, **options: Any) -> Any:
    writes = isinstance(mode, str) and any(letter in mode for letter in "wax+") and not isinstance(file, int)
    if writes:
        _point("open", file)
    opened = _io.open(file, mode, *arguments, **options)
    if writes:
        _point("opened", file)
    return opened


def _opened_low(path: Any, flags: int, *arguments: Any, **options: Any) -> int:
    writes = flags & (os.O_WRONLY | os.O_RDWR | os.O_CREAT)
    if writes:
        _point("os.open", path)
    descriptor = _open(path, flags, *arguments, **options)
    if writes:
        _point("os.opened", path)
    return descriptor


class _Popen(subprocess.Popen):  # type: ignore[type-arg]
    def __init__(self, command: Any, *arguments: Any, **options: Any) -> None:
        name = _program(command)
        _point("start", name)
        super().__init__(command, *arguments, **options)
        global _counting
        if _counting or not _is_ours():
            return
        _counting = True
        try:
            verb = name.partition(" ")[2]
            if passed(f"started {name}"):
                end_everything(*self._groups())
            if verb in _CHANGING and passed(f"half-way {name}"):
                time.sleep(_AFTER)
                end_everything(*self._groups())
        finally:
            _counting = False

    def _groups(self) -> list[int]:
        with contextlib.suppress(ProcessLookupError):
            return [_getpgid(self.pid)]
        return []


def _program(command: Any) -> str:
    words = iter([str(word) for word in command] if not isinstance(command, str) else command.split())
    name = os.path.basename(next(words))
    for word in words:
        if word in ("-C", "-c"):
            next(words, None)
        elif not word.startswith("-"):
            return f"{name} {os.path.basename(word)}" if name == "git" else name
    return name


if _JOURNAL:
    os.environ.setdefault("KILL_GROUP", str(_getpgid(0)))
    for changing in ("rename", "replace", "fsync", "unlink", "remove", "rmdir", "mkdir"):
        _around(os, changing)
    for module, name, wrapped in (
        (os, "write", _half_written),
        (os, "open", _opened_low),
        (builtins, "open", _opened),
        (io, "open", _opened),
        (subprocess, "Popen", _Popen),
    ):
        setattr(module, name, wrapped)
