# SPDX-License-Identifier: GPL-3.0-or-later
"""Runs Ansible and keeps all that can be seen of it: what it says, starts, writes and commits."""

from __future__ import annotations

import base64
import dataclasses
import json
import os
import shutil
import subprocess
import tempfile
import threading
import urllib.parse
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path

import pyrage
import pytest
import yaml
from ansible_collections.lotus_lake.secrets.demo.declarations import ROOT
from ansible_collections.lotus_lake.secrets.demo.estate import EmbeddedEstate
from ansible_collections.lotus_lake.secrets.demo.playbook import environment, programs
from ansible_collections.lotus_lake.secrets.demo.programs import git

WATCHING = Path(__file__).resolve().parent / "watching"
PROGRAM = """\
#!/bin/sh
{{ printf '{name}\\0'; printf '%s\\0' "$@"; printf '\\n'; }} >>"$WATCH_RECORD/argv_of_programs"
{{ printf '{name} %s\\0\\0' "$1"; cat /proc/$$/environ; printf '\\n'; }} >>"$WATCH_RECORD/environ_of_programs"
exec {path} "$@"
"""


@dataclasses.dataclass
class Watched:
    """One run, everything that was seen of it, by channel, and the secrets that were made in it, whatever became of them."""

    code: int
    seen: dict[str, bytes]
    generated: list[str]

    def leaks(self, needles: Mapping[str, bytes], *channels: str) -> list[str]:
        """Where which needle was seen."""
        return [
            f"{name} in {channel}"
            for channel, content in self.seen.items()
            if not channels or channel in channels
            for name, needle in needles.items()
            if needle in content
        ]


class Watch:
    """Runs playbooks of an estate under watch.

    Attributes:
        tmp: The folder for temporary files.
    """

    def __init__(self, estate: EmbeddedEstate, folder: Path) -> None:
        self.estate = estate
        self._folder = folder
        self._runs = 0
        self._bin = folder / "bin"
        self._bin.mkdir()
        for name in ("git", "sops"):
            path = shutil.which(name, path=f"{programs()}{os.pathsep}{os.environ['PATH']}")
            (self._bin / name).write_text(PROGRAM.format(name=name, path=path))
            (self._bin / name).chmod(0o755)
        # short: Ansible puts a socket there, and those may have 107 characters
        self.tmp = Path(tempfile.mkdtemp(prefix="watch-"))

    def run(self, playbook: str, *arguments: str, callback: str = "default", environ: Mapping[str, str] | None = None) -> Watched:
        self._runs += 1
        record = self._folder / f"run-{self._runs}"
        record.mkdir()
        home = Path(os.environ["HOME"])
        variables = {
            **environment(self.estate),
            "PATH": f"{self._bin}{os.pathsep}{programs()}{os.pathsep}{os.environ['PATH']}",
            "PYTHONPATH": str(WATCHING),
            "TMPDIR": str(self.tmp),
            "ANSIBLE_LOG_PATH": str(record / "ansible.log"),
            "ANSIBLE_STDOUT_CALLBACK": callback,
            # by themselves they would be in the home that the system knows, and not in HOME
            "ANSIBLE_REMOTE_TMP": str(self.tmp / "remote"),
            "ANSIBLE_ASYNC_DIR": str(self.tmp / "async"),
            "ANSIBLE_CACHE_PLUGIN": "ansible.builtin.jsonfile",
            "ANSIBLE_CACHE_PLUGIN_CONNECTION": str(record / "facts"),
            "WATCH_RECORD": str(record),
            "WATCH_FILES": os.pathsep.join(map(str, (self.estate.folder, self.tmp, home))),
            **(environ or {}),
        }
        before = {name: git(self.estate.remote(name), "rev-parse", "--all") for name in self.estate.repositories}
        with (record / "stdout").open("wb") as out, (record / "stderr").open("wb") as err:
            process = subprocess.Popen(
                [str(programs() / "ansible-playbook"), playbook, "-vvvv", "--diff", *arguments],
                cwd=ROOT,
                env=variables,
                stdin=subprocess.DEVNULL,
                stdout=out,
                stderr=err,
            )
            with _sampled(record) as sampled:
                code = process.wait(300)
        seen = {file.name: file.read_bytes() for file in record.iterdir() if file.is_file()}
        seen["facts"] = _all_of(record / "facts")
        seen |= {"argv_sampled": sampled["cmdline"], "environ_sampled": sampled["environ"]}
        seen["left"] = b"".join(map(_all_of, (self.tmp, home, self.estate.folder / "ansible", self.estate.folder / "work")))
        seen["commits"] = self._messages(before)
        return Watched(code, seen, _generated(record / "generated"))

    def _messages(self, before: Mapping[str, str]) -> bytes:
        """The messages and names of all commits, in the remotes and in the checkouts' journals, and the blobs in plain text."""
        said = []
        for name in self.estate.repositories:
            for place in (self.estate.remote(name), self.estate.checkout(name)):
                said.append(git(place, "log", "--all", "--reflog", "--format=%B%an%ae%cn%ce"))
            new = git(self.estate.remote(name), "log", "-p", "--format=", *before[name].split()[:1], "--all")
            said.append(new)
        return "\n".join(said).encode()


class _sampled:
    """Reads the command lines and environments of all processes of a run, again and again."""

    def __init__(self, record: Path) -> None:
        self._mark = f"WATCH_RECORD={record}".encode()
        self._seen: dict[str, set[bytes]] = {"cmdline": set(), "environ": set()}
        self._ended = threading.Event()
        self._thread = threading.Thread(target=self._sample)

    def __enter__(self) -> dict[str, bytes]:
        self._result: dict[str, bytes] = {"cmdline": b"", "environ": b""}
        self._thread.start()
        return self._result

    def __exit__(self, *exception: object) -> None:
        self._ended.set()
        self._thread.join()
        self._result.update({name: b"\n".join(found) for name, found in self._seen.items()})

    def _sample(self) -> None:
        while not self._ended.wait(0.005):
            for process in os.listdir("/proc"):  # noqa: PTH208 (a tenth of the cost, and it has to be fast)
                if process.isdigit():
                    environ = _read(f"/proc/{process}/environ")
                    if self._mark in environ.split(b"\0"):
                        command = _read(f"/proc/{process}/cmdline")
                        self._seen["cmdline"].add(command)
                        self._seen["environ"].add(command + b"\0\0" + environ)


def _read(file: str) -> bytes:
    try:
        return Path(file).read_bytes()
    except OSError:
        return b""


def _all_of(folder: Path) -> bytes:
    """The contents of all files of a folder, but for Git's objects, which are compressed."""
    found = []
    for file in sorted(folder.rglob("*")) if folder.exists() else []:
        if file.is_file() and not file.is_symlink() and "/objects/" not in str(file):
            found.append(os.fsencode(file) + b"\n" + file.read_bytes())
    return b"\n".join(found)


def _generated(folder: Path) -> list[str]:
    return [secret for file in sorted(folder.glob("*")) for secret in file.read_text().split()]


def _needles(secrets: Mapping[str, str | bytes]) -> dict[str, bytes]:
    """Each secret as it might be written somewhere: itself, base64 at each offset, hexadecimal, quoted for a URL, in JSON."""
    found: dict[str, bytes] = {}
    for name, secret in secrets.items():
        raw = secret if isinstance(secret, bytes) else secret.encode()
        ways = {"itself": raw, "hex": raw.hex().encode()}
        for offset in range(3):
            # the characters at both ends depend on the neighbours
            encoded = base64.b64encode(b"\0" * offset + raw + b"\0" * (-(offset + len(raw)) % 3))
            ways[f"base64 at {offset}"] = encoded[4 if offset else 0 : -4 if (offset + len(raw)) % 3 else None]
        if isinstance(secret, str):
            ways |= {
                "URL": urllib.parse.quote(secret, safe="").encode(),
                "JSON": json.dumps(secret)[1:-1].encode(),
                "JSON in JSON": json.dumps(json.dumps(secret)[1:-1])[1:-1].encode(),
                "repr": repr(secret)[1:-1].encode(),
            }
        found |= {f"{name} ({way})": needle for way, needle in ways.items()}
    return found


@pytest.fixture
def needles() -> Callable[..., dict[str, bytes]]:
    return _needles


@pytest.fixture
def secrets_of() -> Callable[[EmbeddedEstate], dict[str, bytes]]:
    """All secrets that an estate ever had, as needles."""
    return _secrets_of


@pytest.fixture
def watch(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Watch]:
    """A watch on the test's estate."""
    names = [name for name in ("embedded_estate", "unserved_estate") if name in request.fixturenames]
    folder = tmp_path / "watch"
    folder.mkdir()
    made = Watch(request.getfixturevalue(names[0]), folder)
    yield made
    shutil.rmtree(made.tmp)


def _secrets_of(estate: EmbeddedEstate) -> dict[str, bytes]:
    age = estate.age_key.read_text().split()[-1]
    found: dict[str, str | bytes] = {"the age key": age}
    identity = pyrage.x25519.Identity.from_str(age)
    for repository in estate.repositories:
        for file in estate.model.files(repository):
            for commit in git(estate.remote(repository), "log", "--format=%H", "--", file).split():
                text = git(estate.remote(repository), "show", f"{commit}:{file}")
                for encrypted in (one["enc"] for one in yaml.safe_load(text)["sops"]["age"]):
                    found[f"the data key of {file}"] = pyrage.decrypt(encrypted.encode(), [identity])
                document = estate.document(repository, file, commit)
                found |= dict(_values(f"{file} {commit[:7]}", document.get("stringData", {})))
    return _needles(found)


def _values(where: str, values: Mapping[str, str]) -> Iterator[tuple[str, str]]:
    for key, value in values.items():
        if key == "seaweedfs_s3_config":
            for one in json.loads(value)["identities"]:
                for number, credential in enumerate(one["credentials"]):
                    yield f"{where} {one['name']} {number}", credential["secretKey"]
        elif key not in ("ACCESS_KEY_ID", "minio_user"):
            yield f"{where} {key}", value
