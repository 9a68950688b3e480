# SPDX-License-Identifier: GPL-3.0-or-later
"""The places where SOPS looks for age identities, in its order."""

from __future__ import annotations

import shlex
import subprocess
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from ..waiting import Progress, Waiting, answer

try:
    import pyrage
except ImportError:  # operations check for it
    pass

COMMAND_TIMEOUT = 60
"""Seconds that a command which prints a key may take."""


class Source:
    """One place with identities; it is read when it is first asked.

    Args:
        place: Its name for an operator.
        read: Returns its text for a recipient, or None if there is nothing; raises OSError or ValueError with a reason.
        ssh: Whether the text is one SSH private key instead of lines of age identities.
        by_recipient: Whether the text depends on the recipient.
    """

    def __init__(self, place: str, read: Callable[[str], str | None], *, ssh: bool = False, by_recipient: bool = False) -> None:
        self.place = place
        self.count = 0
        self.unusable: list[str] = []
        self.for_program = False
        self._read = read
        self._ssh = ssh
        self._by_recipient = by_recipient
        self._cache: dict[str, list[Any]] = {}

    def identities(self, recipient: str) -> list[Any]:
        """The usable identities. What can't be used is told in ``unusable``."""
        cached = recipient if self._by_recipient else ""
        if cached not in self._cache:
            self._cache[cached] = self._parse(recipient)
            self.count += len(self._cache[cached])
        return self._cache[cached]

    def _parse(self, recipient: str) -> list[Any]:
        try:
            text = self._read(recipient)
        except FileNotFoundError:
            self._cannot("the file does not exist")
            return []
        except OSError as error:
            self._cannot(f"it can't be read ({error.strerror or type(error).__name__})")
            return []
        except ValueError as error:
            self._cannot(str(error))
            return []
        if text is None:
            return []
        return self._parse_ssh(text) if self._ssh else self._parse_lines(text)

    def _parse_lines(self, text: str) -> list[Any]:
        if text.startswith(("age-encryption", "-----BEGIN AGE")):
            self._cannot("the identities are protected by a passphrase", for_program=True)
            return []
        identities = []
        for number, line in enumerate(text.splitlines(), 1):
            if line.startswith("#"):
                continue
            for word in line.split():
                if word.startswith(("AGE-PLUGIN-", "AGE-SECRET-KEY-PQ-1")):
                    kind = "a plugin's" if word.startswith("AGE-PLUGIN-") else "a post-quantum"
                    self._cannot(f"{kind} identity in line {number} works only with the program sops", for_program=True)
                    continue
                try:
                    identities.append(pyrage.x25519.Identity.from_str(word))
                except pyrage.IdentityError:
                    self._cannot(f"line {number} is not an age identity")
        return identities

    def _parse_ssh(self, text: str) -> list[Any]:
        try:
            return [pyrage.ssh.Identity.from_buffer(text.encode())]
        except pyrage.IdentityError:
            self._cannot("the SSH key has a passphrase, or is of a kind that age can't use")
            return []

    def _cannot(self, reason: str, *, for_program: bool = False) -> None:
        self.for_program = self.for_program or for_program
        told = f"{self.place}: {reason}"
        if told not in self.unusable:
            self.unusable.append(told)

    def __repr__(self) -> str:
        return f"<Source {self.place}>"


def sources(environ: Mapping[str, str], progress: Progress) -> list[Source]:
    """Where SOPS looks with this environment. Places that an operator did not name may be empty.

    Args:
        progress: Says one line to the operator while a command is waited for.
    """
    found = []
    if "SOPS_AGE_KEY" in environ:
        found.append(Source("SOPS_AGE_KEY", lambda recipient: environ["SOPS_AGE_KEY"]))
    if "SOPS_AGE_KEY_FILE" in environ:
        path = environ["SOPS_AGE_KEY_FILE"]
        found.append(Source(f"SOPS_AGE_KEY_FILE ({path})", lambda recipient: _text_of(Path(path))))
    if "SOPS_AGE_KEY_CMD" in environ:
        found.append(_command("SOPS_AGE_KEY_CMD", environ, progress, ssh=False))
    config = key_file(environ)
    if config is not None:
        found.append(Source(str(config), lambda recipient: _if_there(config)))
    if "SOPS_AGE_SSH_PRIVATE_KEY_FILE" in environ:
        ssh = environ["SOPS_AGE_SSH_PRIVATE_KEY_FILE"]
        place = f"SOPS_AGE_SSH_PRIVATE_KEY_FILE ({ssh})"
        found.append(Source(place, lambda recipient: _text_of(Path(ssh)), ssh=True))
    if "SOPS_AGE_SSH_PRIVATE_KEY_CMD" in environ:
        found.append(_command("SOPS_AGE_SSH_PRIVATE_KEY_CMD", environ, progress, ssh=True))
    if environ.get("HOME"):
        for name in ("id_ed25519", "id_rsa"):
            found.append(_ssh_of_the_user(Path(environ["HOME"]) / ".ssh" / name))
    return found


def key_file(environ: Mapping[str, str]) -> Path | None:
    """The user's own file of age identities, or None without a home."""
    if environ.get("XDG_CONFIG_HOME"):
        return Path(environ["XDG_CONFIG_HOME"]) / "sops" / "age" / "keys.txt"
    if environ.get("HOME"):
        return Path(environ["HOME"]) / ".config" / "sops" / "age" / "keys.txt"
    return None


def _ssh_of_the_user(path: Path) -> Source:
    return Source(str(path), lambda recipient: _if_there(path), ssh=True)


def _text_of(path: Path) -> str:
    return path.read_bytes().decode(errors="replace")


def _if_there(path: Path) -> str | None:
    try:
        return _text_of(path)
    except FileNotFoundError:
        return None


def _command(variable: str, environ: Mapping[str, str], progress: Progress, *, ssh: bool) -> Source:
    def run(recipient: str) -> str:
        # The keys in our own environment are none of the command's business.
        child = {name: value for name, value in environ.items() if name != "SOPS_AGE_KEY"}
        child["SOPS_AGE_RECIPIENT"] = recipient
        try:
            # pylint: disable-next=ansible-bad-function # the library knows no AnsibleModule
            with subprocess.Popen(
                shlex.split(environ[variable]),
                stdin=subprocess.DEVNULL,
                stdout=subprocess.PIPE,
                stderr=subprocess.DEVNULL,
                env=child,
            ) as process:
                out, _err = answer(process, b"", Waiting(f"the command of {variable}", COMMAND_TIMEOUT, progress))
        except TimeoutError:
            raise ValueError(f"the command took longer than {COMMAND_TIMEOUT} seconds") from None
        except IndexError:
            raise ValueError("the command is empty") from None
        if process.returncode != 0:
            raise ValueError(f"the command ended with code {process.returncode}")
        return out.decode(errors="replace")

    return Source(variable, run, ssh=ssh, by_recipient=True)
