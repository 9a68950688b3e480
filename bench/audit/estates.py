# SPDX-License-Identifier: GPL-3.0-or-later
"""Estates with large repositories. What is written by the thousand goes through ``git fast-import``."""

from __future__ import annotations

import secrets
import subprocess
from collections.abc import Iterable, Mapping
from pathlib import Path

from ...demo.building import build
from ...demo.bulk_sealing import seal_manifest
from ...demo.declarations import numbered
from ...demo.estate import EmbeddedEstate

REPOSITORY = "repository-1"
FIRST_TIME = 1_700_000_000

Files = Mapping[str, str | None]
"""Texts by path; None where a commit removes the file."""


def small(folder: Path) -> EmbeddedEstate:
    """An estate of three identities in one repository, for more to be written into it."""
    return build(folder, numbered(3), by_hand={f"id{number:03}": 30 for number in (1, 2, 3)})


def sealed(estate: EmbeddedEstate, count: int) -> dict[str, str]:
    """So many encrypted Secrets, each with a data key of its own."""
    recipient = estate.age_key.read_text().splitlines()[0].rpartition(" ")[2]
    return {
        f"apps/{number % 100:02}/app-{number:05}/secret.yaml": seal_manifest(_secret(number), recipient)
        for number in range(count)
    }


def plain(count: int) -> dict[str, str]:
    """So many manifests with nothing secret in them, of some 1.5 KB."""
    return {f"apps/{number % 100:02}/app-{number:05}/deployment.yaml": deployment(number, 1) for number in range(count)}


def deployment(number: int, version: int) -> str:
    variables = "".join(
        f'            - name: SETTING_{each}\n              value: "{number * 31 + each * version}"\n' for each in range(20)
    )
    return (
        f"apiVersion: apps/v1\nkind: Deployment\nmetadata:\n  name: app-{number}\n  namespace: apps\nspec:\n"
        f"  replicas: 2\n  template:\n    spec:\n      containers:\n        - name: app\n"
        f"          image: registry.example.com/app-{number}:{version}\n          env:\n{variables}"
    )


def commit(estate: EmbeddedEstate, commits: Iterable[tuple[str, Files]]) -> None:
    """Put commits, of a message and files, on top of the main branch of the checkout. Its files on the disk stay as they are."""
    checkout = estate.checkout(REPOSITORY)
    importer = subprocess.Popen(["git", "fast-import", "--quiet"], cwd=checkout, stdin=subprocess.PIPE)
    if importer.stdin is None:
        raise ValueError("git fast-import was started without a pipe")
    for number, (message, files) in enumerate(commits):
        who = f"committer Operator <operator@example.com> {FIRST_TIME + number * 60} +0000"
        head = f"commit refs/heads/main\n{who}\n{_data(message)}" + ("" if number else "from refs/heads/main^0\n")
        changes = (f"D {path}\n" if text is None else f"M 100644 inline {path}\n{_data(text)}" for path, text in files.items())
        importer.stdin.write(f"{head}{''.join(changes)}\n".encode())
    importer.stdin.close()
    if importer.wait():
        raise RuntimeError("git fast-import failed")


def _data(text: str) -> str:
    return f"data {len(text.encode())}\n{text}\n"


def _secret(number: int) -> str:
    values = "".join(f"  KEY_{each}: {secrets.token_urlsafe(24)}x\n" for each in range(4))
    return (
        f"apiVersion: v1\nkind: Secret\nmetadata:\n  name: app-{number}\n  namespace: apps\ntype: Opaque\nstringData:\n{values}"
    )
