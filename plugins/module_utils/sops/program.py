# SPDX-License-Identifier: GPL-3.0-or-later
"""The program ``sops``, for what the reader leaves to it."""

from __future__ import annotations

import contextlib
import os
import re
import shutil
import subprocess
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

from ..failure import Failure
from ..waiting import Progress, Waiting, answer, silent
from .format import Format

MINIMUM = (3, 11, 0)
"""The first version with ``sops set --value-stdin``."""
TIMEOUT = 120
"""Seconds for one call; a key service on the network may be slow."""
UNCHANGED = "Nothing was changed."
_VERSION = re.compile(r"\bsops v?(\d+)\.(\d+)\.(\d+)")
_versions: dict[tuple[str, float], tuple[int, ...] | None] = {}


class Refused(Exception):
    """The program ended with another code than 0.

    Args:
        code: Its exit code.
        no_metadata: Whether it said that the file has no SOPS metadata.
    """

    def __init__(self, code: int, *, no_metadata: bool = False) -> None:
        self.code = code
        self.no_metadata = no_metadata
        super().__init__(code)


class SopsProgram:
    """The program in a version that serves.

    Args:
        environ: The environment for its children, less the secrets in it.
        config: The ``.sops.yaml`` that says how files are written.
        name: The file that it is for.
        progress: Says one line to the operator while it works.
    """

    def __init__(self, path: str, environ: Mapping[str, str], config: Path | None, name: str, progress: Progress) -> None:
        self._path = path
        self._environ = environ
        self._config = config
        self._name = name
        self._progress = progress

    @classmethod
    def find(
        cls, environ: Mapping[str, str], *, name: str, reason: str, config: Path | None = None, progress: Progress = silent
    ) -> SopsProgram:
        """The program on the PATH of ``environ``.

        Args:
            name: The file that needs it.
            reason: Why, as the end of a sentence.
            progress: Says one line to the operator while it works.

        Raises:
            Failure: It is missing or too old.
        """
        path = shutil.which("sops", path=environ.get("PATH", os.defpath))
        needed = ".".join(map(str, MINIMUM))
        why = f"{name} needs the program sops, because {reason}"
        if path is None:
            raise Failure(f"{why}; no sops is on the PATH.", state=UNCHANGED, remedy=f"Install sops {needed} or later.")
        version = _version(path, environ)
        if version is None or version < MINIMUM:
            found = ".".join(map(str, version)) if version else "of an unknown version"
            raise Failure(
                f"{why}; the sops at {path} is {found}, too old: its 'set' can't take a value from standard input.",
                state=UNCHANGED,
                remedy=f"Install sops {needed} or later.",
            )
        return cls(path, environ, config, name, progress)

    def decrypt(self, text: str, format: Format, output: str) -> str:
        """The plaintext of a file's text, in the format named ``output``. Nothing is written anywhere.

        Raises:
            Refused: The program refused.
        """
        arguments = ["decrypt", "--input-type", format.value, "--output-type", output]
        return self._run(arguments, text.encode()).decode(errors="surrogateescape")

    def set(self, copy: Path, format: Format, index: str, value: str) -> None:
        """Set a value (JSON) in a copy of the file, in place."""
        self._run(["set", *_types(format), "--value-stdin", "--idempotent", str(copy), index], value.encode())

    def unset(self, copy: Path, format: Format, index: str) -> None:
        """Remove a key from a copy of the file, in place."""
        self._run(["unset", *_types(format), "--idempotent", str(copy), index], b"")

    def _run(self, arguments: Sequence[str], given: bytes) -> bytes:
        config = ["--config", str(self._config)] if self._config else []
        with _child_environ(self._environ) as (environ, descriptors):
            try:
                # pylint: disable-next=ansible-bad-function # the library knows no AnsibleModule
                with subprocess.Popen(
                    [self._path, *config, *arguments],
                    stdin=subprocess.PIPE,
                    stdout=subprocess.PIPE,
                    stderr=subprocess.PIPE,
                    env=environ,
                    pass_fds=descriptors,
                    # In a session of its own it has no terminal to ask for a passphrase on.
                    start_new_session=True,
                ) as process:
                    out, err = answer(process, given, Waiting(f"sops ({self._name})", TIMEOUT, self._progress))
            except TimeoutError:
                raise Failure(
                    f"sops did not answer within {TIMEOUT} seconds.",
                    state=UNCHANGED,
                    remedy="Check that the key service of its recipients can be reached.",
                ) from None
            except OSError as error:
                raise Failure(
                    f"sops could not be started: {error.strerror}.",
                    state=UNCHANGED,
                    remedy=f"See that {self._path} is a sops for this machine.",
                ) from None
        if process.returncode != 0:
            # Its messages can quote values: only their fixed parts are looked at.
            raise Refused(process.returncode, no_metadata=b"sops metadata not found" in err)
        return out

    def __repr__(self) -> str:
        return f"<SopsProgram {self._path}>"


def _types(format: Format) -> list[str]:
    return ["--input-type", format.value, "--output-type", format.value]


def _version(path: str, environ: Mapping[str, str]) -> tuple[int, ...] | None:
    known = (path, Path(path).stat().st_mtime)
    if known not in _versions:
        clean = {name: value for name, value in environ.items() if name != "SOPS_AGE_KEY"}
        try:
            # pylint: disable-next=ansible-bad-function # the library knows no AnsibleModule
            done = subprocess.run(
                [path, "--version", "--disable-version-check"],
                stdin=subprocess.DEVNULL,
                capture_output=True,
                env=clean,
                timeout=TIMEOUT,
                check=False,
            )
        except (OSError, subprocess.TimeoutExpired):
            return None
        match = _VERSION.search(done.stdout.decode(errors="replace"))
        _versions[known] = tuple(map(int, match.groups())) if match else None
    return _versions[known]


@contextlib.contextmanager
def _child_environ(environ: Mapping[str, str]) -> Iterator[tuple[dict[str, str], list[int]]]:
    """The environment with SOPS_AGE_KEY passed on as a file in memory, since others can read environments."""
    child = dict(environ)
    secret = child.pop("SOPS_AGE_KEY", None)
    if secret is None:
        yield child, []
        return
    keys = "\n".join(word for line in secret.splitlines() if not line.startswith("#") for word in line.split())
    if child.get("SOPS_AGE_KEY_FILE"):
        with contextlib.suppress(OSError):
            keys += "\n" + Path(child["SOPS_AGE_KEY_FILE"]).read_bytes().decode(errors="replace")
    descriptor = _in_memory(f"{keys}\n".encode())
    try:
        child["SOPS_AGE_KEY_FILE"] = f"/dev/fd/{descriptor}"
        yield child, [descriptor]
    finally:
        os.close(descriptor)


def _in_memory(content: bytes) -> int:
    if hasattr(os, "memfd_create"):
        # Each opening of /dev/fd/N starts at the beginning here, and sops opens it for every recipient.
        descriptor = os.memfd_create("age-keys", os.MFD_CLOEXEC)
        os.write(descriptor, content)
        return descriptor
    # Elsewhere it can be read once, which serves where the first recipient is ours.
    reader, writer = os.pipe()
    os.write(writer, content)
    os.close(writer)
    return reader
