# SPDX-License-Identifier: GPL-3.0-or-later
"""Keeps what each Python process of a run writes into files, what it starts programs with, and which secrets it makes.

Python tells an audit hook before it opens, renames or removes a file. So whatever was in a file is copied right before it is
gone: no temporary file is too short-lived. A secret is made character by character; in check mode, and where a run fails, it is
in no file that could tell it later. WATCH_RECORD is the folder for it, WATCH_FILES the folders that are watched.
"""

import contextlib
import os
import secrets
import sys
import threading
from typing import Any

_RECORD = os.environ.get("WATCH_RECORD", "")
_WATCHED = tuple(filter(None, os.environ.get("WATCH_FILES", "").split(os.pathsep)))
_busy = threading.local()
_random = secrets.choice
_made: dict[str, Any] = {}


def _keep(channel: str, content: bytes, end: bytes = b"\n") -> None:
    with open(f"{_RECORD}/{channel}", "ab", buffering=0) as record:  # noqa: PTH123 (pathlib isn't needed in each process)
        record.write(content + end)


def _keep_file(path: Any) -> None:
    path = os.path.abspath(os.fsdecode(path))  # noqa: PTH100
    if path.startswith(_WATCHED) and not path.startswith(_RECORD):
        with contextlib.suppress(OSError), open(path, "rb") as file:  # noqa: PTH123
            _keep("gone", os.fsencode(path) + b"\n" + file.read())


def _keep_folder(path: Any) -> None:
    for folder, _folders, files in os.walk(path):
        for name in files:
            _keep_file(f"{folder}/{name}")


def _choice(options: Any) -> Any:
    """As ``secrets.choice``. Each secret has a line of its own: what is asked for from one frame belongs together."""
    chosen, frame = _random(options), sys._getframe(1)
    os.makedirs(f"{_RECORD}/generated", exist_ok=True)  # noqa: PTH103
    _keep(f"generated/{os.getpid()}", (b"" if frame is _made.get("in") else b"\n") + str(chosen).encode(), end=b"")
    _made["in"] = frame
    return chosen


def _flat(value: Any) -> bytes:
    words = value.items() if isinstance(value, dict) else [(value,)] if isinstance(value, str | bytes) else [(v,) for v in value]
    return b"\0".join(b"=".join(os.fsencode(str(part) if not isinstance(part, bytes) else part) for part in w) for w in words)


def _heard(event: str, arguments: tuple[Any, ...]) -> None:
    if getattr(_busy, "now", False):
        return
    _busy.now = True
    try:
        if event == "open":
            path, _mode, flags = arguments
            if isinstance(path, str | bytes) and flags & os.O_TRUNC:
                _keep_file(path)
        elif event in ("os.remove", "os.rename"):
            for path in arguments[: 1 if event == "os.remove" else 2]:
                if isinstance(path, str | bytes | os.PathLike):
                    _keep_file(path)
        elif event == "shutil.rmtree":
            _keep_folder(arguments[0])
        elif event in ("subprocess.Popen", "os.exec", "os.posix_spawn"):
            _program, words, environ = arguments[0], arguments[1], arguments[-1]
            _keep("argv", _flat(words))
            if environ is not None:
                _keep("environ", _flat(words) + b"\0\0" + _flat(environ))
    finally:
        _busy.now = False


if _RECORD:
    secrets.choice = _choice  # type: ignore[assignment]
    sys.addaudithook(_heard)
