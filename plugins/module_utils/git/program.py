# SPDX-License-Identifier: GPL-3.0-or-later
"""Runs the ``git`` program: asks nobody, waits for nothing without a bound, hands no secret on."""

from __future__ import annotations

import contextlib
import dataclasses
import os
import select
import signal
import subprocess
import tempfile
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import IO

from ..failure import Failure
from ..waiting import Progress, Waiting, silent
from .environment import CONFIGURATION, child_environ, with_unattended_ssh
from .words import last_words, redacted, remedy_for

# A worktree of ours shows only some files. Given with each command, so that the user's configuration needs no change.
SPARSE = ("-c", "core.sparseCheckout=true", "-c", "core.sparseCheckoutCone=false")


@dataclasses.dataclass(frozen=True)
class Outcome:
    """How one git command ended. ``code`` is negative where a signal ended it; ``err`` has no credentials in it."""

    command: str
    code: int
    out: str
    err: str
    timed_out: bool = False

    @property
    def ok(self) -> bool:
        return self.code == 0

    def failure(self, what: str, *, state: str = "", remedy: str = "") -> Failure:
        """A Failure of ``what``, with git's last lines and, where ``remedy`` is empty, what these lines call for."""
        words = "it was ended after the time allowed" if self.timed_out else last_words(self.err) or f"exit code {self.code}"
        end = "" if words.endswith((".", "!", "?")) else "."
        return Failure(f"{what}: {words}{end}", state=state, remedy=remedy or remedy_for(self.err))


class Git:
    """The user's ``git``, with their configuration, hooks and credential helpers, and without prompts.

    Args:
        environ: The environment that those of the children are derived from.
        progress: Says one line to the operator.
        timeout: Seconds that one command may take; git and its children are ended then.
    """

    def __init__(
        self,
        environ: Mapping[str, str],
        *,
        progress: Progress = silent,
        timeout: float = 300.0,
    ) -> None:
        self.environ = environ
        self.progress = progress
        self.timeout = timeout
        self._unattended: dict[Path, tuple[tuple[str, ...], dict[str, str]]] = {}
        self._kept: list[int] = []

    def run(
        self,
        *arguments: str,
        at: Path,
        stdin: str | None = None,
        label: str = "",
        environ: Mapping[str, str] | None = None,
        state: str = "Nothing was changed.",
    ) -> str:
        """Run one command in the folder ``at`` and return its standard output.

        Args:
            label: What is waited for, as progress lines and a Failure should call it.
            environ: Added to the child's environment.
            state: The state of things where it fails.
        """
        outcome = self.attempt(*arguments, at=at, stdin=stdin, label=label, environ=environ)
        if not outcome.ok:
            raise outcome.failure(f"{label or outcome.command} failed in {at}", state=state)
        return outcome.out

    def attempt(
        self,
        *arguments: str,
        at: Path,
        stdin: str | None = None,
        label: str = "",
        environ: Mapping[str, str] | None = None,
    ) -> Outcome:
        """As ``run``, for a caller who wants to look at the outcome; only a missing program is a Failure."""
        command = "git " + next((word for word in _without_options(arguments)), "")
        with _memory() as out, _memory() as err, _memory() as into:
            into.write((stdin or "").encode("utf-8", "surrogateescape"))
            into.seek(0)
            process = self.start(*arguments, at=at, stdin=into, stdout=out, stderr=err, environ=environ)
            timed_out = False
            try:
                timed_out = not self._awaited(process, label or command)
            finally:
                if process.returncode is None:
                    end(process)
            return Outcome(command, process.returncode, _text(out), redacted(_text(err)), timed_out)

    def start(
        self,
        *arguments: str,
        at: Path,
        stdin: IO[bytes] | int,
        stdout: IO[bytes] | int,
        stderr: IO[bytes] | int,
        environ: Mapping[str, str] | None = None,
    ) -> subprocess.Popen[bytes]:
        """Start one command, in a session of its own.

        So it is ended with all its children, has no terminal to ask at, and a signal to the run's process group doesn't
        stop it half-way in the user's files. ``end`` it in the end.
        """
        options, unattended = self._for_nobody(at)
        return self._popen((*options, *arguments), at, stdin, stdout, stderr, {**unattended, **(environ or {})})

    @contextlib.contextmanager
    def keeping(self, descriptor: int) -> Iterator[None]:
        """Children started meanwhile inherit ``descriptor``: a lock on it stays until the last of them has ended."""
        self._kept.append(descriptor)
        try:
            yield
        finally:
            self._kept.remove(descriptor)

    def _popen(
        self,
        arguments: tuple[str, ...],
        at: Path,
        stdin: IO[bytes] | int,
        stdout: IO[bytes] | int,
        stderr: IO[bytes] | int,
        environ: Mapping[str, str],
    ) -> subprocess.Popen[bytes]:
        command = ["git", "-C", str(at), *CONFIGURATION, *arguments]
        try:
            # pylint: disable-next=ansible-bad-function # the library knows no AnsibleModule
            return subprocess.Popen(
                command,
                stdin=stdin,
                stdout=stdout,
                stderr=stderr,
                env={**child_environ(self.environ), **environ},
                start_new_session=True,
                pass_fds=self._kept,
            )
        except FileNotFoundError as error:
            raise Failure(
                "The program git was not found.", state="Nothing was changed.", remedy="Install git 2.34 or newer."
            ) from error

    def _for_nobody(self, at: Path) -> tuple[tuple[str, ...], dict[str, str]]:
        """Options and environment with which network commands neither ask nor hang; the user's own settings win."""
        if at not in self._unattended:
            wanted = r"^(core\.sshcommand|http\.lowspeed(limit|time))$"
            with _memory() as out:
                arguments = ("config", "-z", "--get-regexp", wanted)
                process = self._popen(arguments, at, subprocess.DEVNULL, out, subprocess.DEVNULL, {})
                try:
                    self._awaited(process, "git config")
                finally:
                    if process.returncode is None:
                        end(process)
                entries = [entry.partition("\n") for entry in _text(out).split("\0") if entry]
            self._unattended[at] = with_unattended_ssh(self.environ, {name: value for name, _line_break, value in entries})
        return self._unattended[at]

    def _awaited(self, process: subprocess.Popen[bytes], label: str) -> bool:
        """Wait for the process, saying so. False where the time was up."""
        waiting = Waiting(label, self.timeout, self.progress)
        while not waiting.is_over():
            if ended(process, waiting.pause()):
                return True
            waiting.say()
        return False


def ended(process: subprocess.Popen[bytes], seconds: float) -> bool:
    """Whether the process ends within so many seconds."""
    if hasattr(os, "pidfd_open"):  # Popen.wait looks only every now and then, which costs more than a small command
        with contextlib.suppress(OSError):
            descriptor = os.pidfd_open(process.pid)
            try:
                poll = select.poll()
                poll.register(descriptor, select.POLLIN)
                poll.poll(max(0.0, seconds) * 1000)
            finally:
                os.close(descriptor)
            return process.poll() is not None
    with contextlib.suppress(subprocess.TimeoutExpired):
        process.wait(max(0.0, seconds))
    return process.returncode is not None


def end(process: subprocess.Popen[bytes]) -> None:
    """End the process and its children: first so that git removes its lock files, then for certain."""
    for which, patience in ((signal.SIGTERM, 3.0), (signal.SIGKILL, 10.0)):
        with contextlib.suppress(ProcessLookupError):
            os.killpg(process.pid, which)
        if ended(process, patience):
            break
    with contextlib.suppress(ProcessLookupError):
        os.killpg(process.pid, signal.SIGKILL)


def _without_options(arguments: tuple[str, ...]) -> Iterator[str]:
    words = iter(arguments)
    for word in words:
        if word == "-c":
            next(words, None)
        elif not word.startswith("-"):
            yield word


def _memory() -> IO[bytes]:
    """A file without a name. Not a pipe: a process that a hook leaves behind would keep it open, and a run that is killed
    would break it under a command that should end well."""
    if hasattr(os, "memfd_create"):
        return os.fdopen(os.memfd_create("git"), "w+b")
    return tempfile.TemporaryFile()


def _text(file: IO[bytes]) -> str:
    file.seek(0)
    return file.read().decode("utf-8", "surrogateescape")
