# SPDX-License-Identifier: GPL-3.0-or-later
"""Builds the lab's programs from the pinned Go modules in ``go/``, once, into a cache that all clones share."""

from __future__ import annotations

import contextlib
import dataclasses
import fcntl
import hashlib
import os
import pwd
import re
import shutil
import subprocess
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path

SOURCES = Path(__file__).parent / "go"
KUBERNETES = re.findall(r"^\tk8s\.io/kubernetes (v\S+)", (SOURCES / "cluster" / "go.mod").read_text(), re.MULTILINE)[0]
"""The version of Kubernetes, which its programs know only when they are told."""
_MAJOR, _MINOR, _PATCH = KUBERNETES.removeprefix("v").split(".")
_VERSION = {"gitVersion": KUBERNETES, "gitMajor": _MAJOR, "gitMinor": _MINOR}
LINKED = ("-s", "-w", *(f"-X=k8s.io/component-base/version.{name}={value}" for name, value in _VERSION.items()))
GO = "/usr/local/go/bin"
_CRDS, _STAGES = "config/crd/bases", "kustomize/stage"
KEPT = {
    "flux": (
        ("github.com/fluxcd/source-controller", _CRDS, "crds"),
        ("github.com/fluxcd/kustomize-controller", _CRDS, "crds"),
    ),
    "cluster": (
        ("sigs.k8s.io/kwok", f"{_STAGES}/node/fast", "stages"),
        ("sigs.k8s.io/kwok", f"{_STAGES}/pod/fast", "stages"),
    ),
}
"""The manifests that are kept beside the programs: of which Go module, in which of its folders, and the folder for them."""
STILL_THERE = 20.0
"""Seconds after which a build says again that it goes on."""

Say = Callable[[str], None]


class BuildFailed(RuntimeError):
    """Go could not build a program; the message has what it said."""


@dataclasses.dataclass(frozen=True)
class Built:
    """Where the built programs are.

    Attributes:
        cluster: A folder with etcd, Kubernetes' programs and kwok, and in ``stages`` what kwok plays.
        flux: A folder with Flux's controllers, and their CRDs in ``crds``.
        pods: A folder with our programs for pods.
    """

    cluster: Path
    flux: Path
    pods: Path


def cache() -> Path:
    """``${XDG_CACHE_HOME:-~/.cache}/lotus_lake.secrets`` of the user, whatever ``HOME`` is: tests have a home of their own."""
    home = Path(pwd.getpwuid(os.getuid()).pw_dir)
    return Path(os.environ.get("XDG_CACHE_HOME") or home / ".cache") / "lotus_lake.secrets"


def go() -> str | None:
    """The program: on the PATH, or where its own installation puts it."""
    return shutil.which("go") or shutil.which("go", path=GO)


def has_go() -> bool:
    """Whether there is a Go that can build the programs: an older one that can't fetch a newer one can't."""
    program = go()
    if not program:
        return False
    asked = [program, "version"]
    return subprocess.run(asked, cwd=SOURCES / "cluster", env=_environment(), capture_output=True, check=False).returncode == 0


def is_built() -> bool:
    """Whether there is nothing left to build."""
    return all(_place(module).exists() for module in _modules())


def build(say: Say = print) -> Built:
    """Build what isn't built yet. Other builders wait meanwhile; one that was killed leaves nothing that is taken for whole.

    Go takes its settings from the environment as always: ``GOFLAGS=-p=1`` builds with one core.

    Raises:
        BuildFailed: With what Go said.
    """
    for module in _modules():
        if not _place(module).exists():
            with _alone(module, say) as lock:
                # another one may have built it meanwhile
                if not _place(module).exists():
                    _build(module, lock, say)
    return Built(*(_place(module) for module in _modules()))


def _modules() -> tuple[str, ...]:
    return tuple(field.name for field in dataclasses.fields(Built))


def _place(module: str) -> Path:
    """The folder in the cache, named after everything that the programs are made from."""
    digest = hashlib.sha256(" ".join(LINKED).encode())
    digest.update(repr(KEPT.get(module, ())).encode())
    for file in sorted(path for path in (SOURCES / module).rglob("*") if path.suffix in (".go", ".mod", ".sum")):
        digest.update(f"\0{file.relative_to(SOURCES)}\0".encode() + file.read_bytes())
    return cache() / f"lab-{module}-{digest.hexdigest()[:16]}"


@contextlib.contextmanager
def _alone(module: str, say: Say) -> Iterator[int]:
    """Nobody else builds this module meanwhile. Gives the lock's descriptor, for Go to hold too: it outlives a killed builder."""
    cache().mkdir(parents=True, exist_ok=True)
    with (cache() / f"lab-{module}.lock").open("w") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            say(f"Waiting for another build of {module} on this machine ...")
            fcntl.flock(lock, fcntl.LOCK_EX)
        yield lock.fileno()


def _build(module: str, lock: int, say: Say) -> None:
    place = _place(module)
    partial = place.with_name(f"{place.name}.partial")
    shutil.rmtree(partial, ignore_errors=True)
    partial.mkdir()
    wanted = [line for line in _go(module, "list", "tool" if module != "pods" else "./...").split() if line]
    for number, package in enumerate(wanted, 1):
        title = f"Building {_name(package)} ({module} {number} of {len(wanted)})"
        _build_one(module, package, partial, lock, title, say)
    for of, folder, kept in KEPT.get(module, ()):
        (partial / kept).mkdir(exist_ok=True)
        found = Path(_go(module, "list", "-m", "-f", "{{.Dir}}", of).strip(), folder).glob("*.yaml")
        for file in (one for one in found if one.name != "kustomization.yaml"):
            shutil.copyfile(file, partial / kept / file.name)
    partial.rename(place)


def _build_one(module: str, package: str, folder: Path, lock: int, title: str, say: Say) -> None:
    began = time.monotonic()
    process = subprocess.Popen(
        [_go_program(), "build", "-v", "-trimpath", f"-ldflags={' '.join(LINKED)}", "-o", str(folder / _name(package)), package],
        cwd=SOURCES / module,
        env=_environment(),
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        pass_fds=(lock,),
    )
    lines: list[str] = []
    ended = threading.Event()

    def tell() -> None:
        say(f"{title} ...")
        # a line again and again, for logs too; the first build of all takes minutes
        while not ended.wait(STILL_THERE):
            loaded = sum(line.startswith("go: downloading") for line in lines)
            done = f"{loaded} modules downloaded, {len(lines) - loaded} packages compiled"
            say(f"{title}: {time.monotonic() - began:.0f} s, {done}")

    teller = threading.Thread(target=tell)
    teller.start()
    try:
        lines.extend(line.rstrip() for line in process.stdout or ())
        code = process.wait()
    except BaseException:
        process.kill()
        process.wait()
        raise
    finally:
        ended.set()
        teller.join()
    if code:
        raise BuildFailed("\n".join([f"{title} failed. Nothing was kept. Go says:", *lines[-20:]]))
    say(f"{title}: done in {time.monotonic() - began:.0f} s")


def _go(module: str, *arguments: str) -> str:
    done = subprocess.run(
        [_go_program(), *arguments], cwd=SOURCES / module, env=_environment(), capture_output=True, text=True, check=False
    )
    if done.returncode:
        raise BuildFailed(f"go {' '.join(arguments)} in {SOURCES / module} ended with {done.returncode}: {done.stderr.strip()}")
    return done.stdout


def _go_program() -> str:
    path = go()
    if not path:
        raise BuildFailed("There is no Go, with which the lab's programs are built. Install Go 1.26 or newer.")
    return path


def _environment() -> dict[str, str]:
    """Go's caches are the user's own, so that a second build takes seconds. ``CGO_ENABLED=0``: static programs, for the pods."""
    return {**os.environ, "HOME": pwd.getpwuid(os.getuid()).pw_dir, "CGO_ENABLED": "0"}


def _name(package: str) -> str:
    parts = package.split("/")
    return "etcd" if package == "go.etcd.io/etcd/server/v3" else parts[-1]
