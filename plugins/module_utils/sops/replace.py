# SPDX-License-Identifier: GPL-3.0-or-later
"""Puts the new text of an encrypted file in the place of the old one."""

from __future__ import annotations

import contextlib
import fcntl
import os
import re
import stat
from pathlib import Path

from ..failure import Failure
from .age_keys import AgeKeys
from .sops_file import SopsFile

_UNCHANGED = "The file is as it was."
_LEFT_BEHIND = re.compile(r"\..*\.([0-9]+)-[0-9a-f]{8}\.sops-new")


def replace_file(path: Path, new: SopsFile, keys: AgeKeys) -> None:
    """Replace a file atomically, after the new text was decrypted again and compared. A failure leaves the old file.

    Args:
        path: The file. A symbolic link stays, its target is replaced.
        new: The edited file. Only its encrypted text is written.
        keys: To open the new text with.

    Raises:
        Failure: The new text does not hold the intended values, or the file can't be written.
    """
    _verify(new, keys)
    target = Path(os.path.realpath(path))
    remove_left_behind(target.parent)
    temporary = target.parent / f".{target.name}.{os.getpid()}-{os.urandom(4).hex()}.sops-new"
    try:
        old = target.stat() if target.exists() else None
        _not_changed_meanwhile(path, new)
        _write(temporary, new.text.encode(), target, old)
    except OSError as error:
        raise Failure(
            f"{path} can't be written: {error.strerror or type(error).__name__}.",
            state=_UNCHANGED,
            remedy="Free space on that disk or give this user the right to write there, and run again.",
        ) from None
    finally:
        with contextlib.suppress(OSError):
            temporary.unlink()
    _sync_folder(target.parent)


def remove_left_behind(folder: Path) -> None:
    """Remove what a killed write has left in a folder: temporary files whose writer is no longer alive."""
    with contextlib.suppress(OSError):
        for path in folder.iterdir():
            match = _LEFT_BEHIND.fullmatch(path.name)
            if match and _is_given_up(path, int(match[1])):
                path.unlink(missing_ok=True)


def _verify(new: SopsFile, keys: AgeKeys) -> None:
    again = SopsFile.parse(new.text, name=new.name, format=new.format, keys=keys)
    # repr makes a number that is not a number equal to itself.
    if [repr(value) for value in again.values().items()] != [repr(value) for value in new.values().items()]:
        raise Failure(
            f"{new.name}: the new text does not hold the values that it should; this is a defect of this collection.",
            state=_UNCHANGED,
            remedy="Report it with the file's format and the keys changed, without values, and change the file with sops.",
        )


def _not_changed_meanwhile(path: Path, new: SopsFile) -> None:
    if new.loaded_from is not None and new.loaded_from[0] == path and path.read_bytes() != new.loaded_from[1].encode():
        raise Failure(
            f"{path} was changed by somebody else while it was edited.", state="It is as they left it.", remedy="Run again."
        )


def _write(temporary: Path, content: bytes, target: Path, old: os.stat_result | None) -> None:
    descriptor = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600)
    try:
        # The lock tells others that the writer is alive.
        fcntl.flock(descriptor, fcntl.LOCK_EX)
        at = 0
        while at < len(content):
            at += os.write(descriptor, content[at:])
        if old is not None:
            if (old.st_uid, old.st_gid) != (os.geteuid(), os.getegid()):
                with contextlib.suppress(PermissionError):
                    os.fchown(descriptor, old.st_uid, old.st_gid)
            os.fchmod(descriptor, stat.S_IMODE(old.st_mode))
        os.fsync(descriptor)
        os.rename(temporary, target)  # noqa: PTH104 (the tests break each call to os)
    finally:
        os.close(descriptor)


def _sync_folder(folder: Path) -> None:
    # The new file is in place; where the folder can't be synced, only a power cut could undo it.
    with contextlib.suppress(OSError):
        descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)


def _is_given_up(path: Path, process: int) -> bool:
    if process != os.getpid() and _is_alive(process):
        return False
    descriptor = os.open(path, os.O_RDONLY | os.O_CLOEXEC)
    try:
        # The same process number may be alive in another container.
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    finally:
        os.close(descriptor)
    return True


def _is_alive(process: int) -> bool:
    try:
        os.kill(process, 0)
    except ProcessLookupError:
        return False
    except (PermissionError, OverflowError):
        return True
    return True
