# SPDX-License-Identifier: GPL-3.0-or-later
"""A lab's own part of the machine: its processes, mounts and network, which all end with one process.

The programs run as root in three namespaces. A pair of interfaces leads there from the machine, and nowhere else.
"""

from __future__ import annotations

import contextlib
import dataclasses
import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Mapping
from pathlib import Path

from ..demo.processes import born, end
from . import cgroups, registry
from .machine import program
from .registry import Entry, Process

MARK = "made-by-the-lab"
"""The file by which a folder is known as a lab's, where the registry knows it no more: the machine was started anew."""
READY_IN = 60.0
GONE_IN = 30.0


class LabFailed(RuntimeError):
    """Something in the lab did not do what it is there for; the message says what, with the end of its log."""


@dataclasses.dataclass(frozen=True)
class Network:
    """A lab's addresses, reached from this machine only."""

    number: int

    @property
    def interface(self) -> str:
        """This machine's end of the pair."""
        return f"lotuslab{self.number}"

    @property
    def here(self) -> str:
        """This machine's address in it."""
        return f"10.{self.number}.0.1"

    @property
    def node(self) -> str:
        """The address of the lab's node, and of whatever listens there."""
        return f"10.{self.number}.0.2"

    @property
    def pods(self) -> str:
        return f"10.{self.number}.1.0/24"

    @property
    def services(self) -> str:
        return f"10.{self.number}.2.0/24"

    def service(self, last: int) -> str:
        """An address for a Service; those up to 15 are given to nobody by chance."""
        return f"10.{self.number}.2.{last}"


class Program:
    """A program that runs in the lab."""

    def __init__(self, name: str, process: subprocess.Popen[bytes], log: Path) -> None:
        self.name, self.log = name, log
        self._entering = process
        self._process = _only_child(process)

    @property
    def pid(self) -> int:
        """Its process id, as this machine sees it."""
        return self._process.pid

    @property
    def runs(self) -> bool:
        return self._entering.poll() is None

    def wait(self, what: str, condition: Callable[[], bool], *, within: float = READY_IN) -> None:
        """Wait for a condition.

        Raises:
            LabFailed: The program ended, or it took too long; with the end of its log.
        """
        until = time.monotonic() + within
        while not condition():
            code = self._entering.poll()
            if code is not None or time.monotonic() > until:
                why = f"it ended with {code}" if code is not None else f"not within {within:.0f} s"
                raise LabFailed(f"{self.name}: waited for {what}: {why}. {self.log} ends with:\n{self.end_of_log()}")
            time.sleep(0.05)

    def end(self, *, at_once: bool = False, within: float = 10.0) -> None:
        """SIGTERM, and SIGKILL after ``within`` seconds or at once."""
        end(self._process.pid, self._process.born, at_once=at_once, within=within)
        self._entering.wait()

    def end_of_log(self) -> str:
        return "\n".join(self.log.read_text(errors="replace").splitlines()[-15:])


class Sandbox:
    """A lab's namespaces, in a folder.

    Args:
        entry: The lab's entry in the registry.
    """

    def __init__(self, entry: Entry) -> None:
        self.entry = entry
        self.folder = entry.folder
        self.network = Network(entry.number)
        self.cgroup = self.network.interface

    def start(self) -> None:
        """Make the namespaces, and the way to them."""
        log = self.folder / "logs" / "first.log"
        log.parent.mkdir(parents=True, exist_ok=True)
        (self.folder / MARK).touch()
        with log.open("wb") as output:
            holder = subprocess.Popen(
                [
                    *(program("unshare"), "--net", "--mount", "--pid", "--mount-proc", "--fork", "--kill-child"),
                    *(sys.executable, "-I", str(Path(__file__).with_name("first.py")), str(self.folder)),
                ],
                stdin=subprocess.DEVNULL,
                stdout=subprocess.PIPE,
                stderr=output,
                start_new_session=True,
                cwd="/",
            )
        try:
            said = holder.stdout.readline() if holder.stdout else b""
            if said != b"ready\n":
                raise LabFailed(f"The lab's namespaces could not be made:\n{log.read_text(errors='replace')[-2000:]}")
            self.entry = dataclasses.replace(self.entry, first=_only_child(holder)).write()
        except BaseException:
            # nobody else would know of it
            holder.kill()
            raise
        cgroups.make(self.cgroup)
        self._connect()

    def run(self, name: str, *arguments: str, environ: Mapping[str, str] | None = None) -> Program:
        """Start a program in the lab; its output goes to ``logs/<name>.log``.

        Args:
            environ: Its whole environment beside ``PATH``.
        """
        log = self.folder / "logs" / f"{name}.log"
        with log.open("ab") as output:
            process = subprocess.Popen(
                self._entering(*arguments),
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=output,
                start_new_session=True,
                cwd="/",
                env={"PATH": _path(), **(environ or {})},
            )
        return Program(name, process, log)

    def call(self, *arguments: str) -> str:
        """Run a program in the lab to its end and return what it says.

        Raises:
            LabFailed: It ended with another code than 0.
        """
        done = subprocess.run(
            self._entering(*arguments),
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            check=False,
            env={"PATH": _path()},
        )
        if done.returncode:
            raise LabFailed(f"{' '.join(arguments)} ended with {done.returncode}: {done.stderr.strip()}")
        return done.stdout

    def keep(self) -> None:
        """Let the lab go on when this process ends."""
        self.entry = dataclasses.replace(self.entry, owner=None).write()

    def _entering(self, *arguments: str) -> list[str]:
        if self.entry.first is None:
            raise LabFailed("The lab isn't started.")
        return [program("nsenter"), f"--target={self.entry.first.pid}", "--net", "--mount", "--pid", "--", *arguments]

    def _connect(self) -> None:
        network, first = self.network, self.entry.first
        if first is None:
            raise LabFailed("The lab isn't started.")
        _ip("link", "add", network.interface, "type", "veth", "peer", "name", "eth0", "netns", str(first.pid))
        _ip("addr", "add", f"{network.here}/30", "dev", network.interface)
        _ip("link", "set", network.interface, "up")
        self.call(program("ip"), "link", "set", "lo", "up")
        self.call(program("ip"), "addr", "add", f"{network.node}/30", "dev", "eth0")
        self.call(program("ip"), "link", "set", "eth0", "up")
        for range_ in (network.pods, network.services):
            _ip("route", "add", range_, "via", network.node)


def remove(entry: Entry, *, keep_logs: bool = False) -> None:
    """End a lab and remove all that it has on the machine, its folder too, whoever started it.

    Args:
        keep_logs: Leave the logs in the folder, for a look at what failed.
    """
    network = Network(entry.number)
    if entry.first is not None and entry.first.runs:
        with contextlib.suppress(ProcessLookupError):
            os.kill(entry.first.pid, signal.SIGKILL)
    until = time.monotonic() + GONE_IN
    while (
        (entry.first is not None and entry.first.runs)
        or Path("/sys/class/net", network.interface).exists()
        # a group can't be removed in the moment in which its last process ends
        or not cgroups.remove(network.interface)
    ):
        if time.monotonic() > until:
            raise LabFailed(f"The lab in {entry.folder} does not end: process {entry.first and entry.first.pid}.")
        time.sleep(0.02)
    for path in entry.folder.glob("*"):
        if not (keep_logs and path.name in (MARK, "logs")):
            _remove(path)
    if not keep_logs:
        _remove(entry.folder)
    entry.forget()


def clear() -> list[Entry]:
    """Remove the labs whose owners are gone; they were killed. Only within ``registry.alone``."""
    left = [entry for entry in registry.entries() if entry.is_left_behind]
    for entry in left:
        remove(entry)
    return left


def _remove(path: Path) -> None:
    if path.is_dir() and not path.is_symlink():
        shutil.rmtree(path, ignore_errors=True)
    else:
        path.unlink(missing_ok=True)


def _only_child(parent: subprocess.Popen[bytes]) -> Process:
    """The process that another one has forked, as soon as it has; the parent itself where that has ended before."""
    children = Path(f"/proc/{parent.pid}/task/{parent.pid}/children")
    while parent.poll() is None:
        listed = children.read_text().split()
        if listed:
            return Process(int(listed[0]), born(int(listed[0])))
        time.sleep(0.005)
    return Process(parent.pid, "")


def _ip(*arguments: str) -> None:
    done = subprocess.run([program("ip"), *arguments], capture_output=True, text=True, check=False)
    if done.returncode:
        raise LabFailed(f"ip {' '.join(arguments)} ended with {done.returncode}: {done.stderr.strip()}")


def _path() -> str:
    return os.pathsep.join([os.environ.get("PATH", os.defpath), "/usr/sbin", "/sbin"])
