# SPDX-License-Identifier: GPL-3.0-or-later
"""Looking through 5,000 commits for what should never have been in them, beside two known secret scanners."""

from __future__ import annotations

import base64
import secrets
import string
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pyrage

from ...demo.estate import EmbeddedEstate
from ...demo.programs import git
from ..measured import show_seconds, table
from . import estates, scanners
from .measured import python

COMMITS = 5_000
FILES = 300
PLANTED = 30
_GAP = COMMITS // PLANTED


def measure() -> str:
    """A table: who looked, how long it took, how many of the planted values it found, memory."""
    with tempfile.TemporaryDirectory() as made:
        folder = Path(made)
        estate = estates.small(folder / "estate")
        planted = list(_planted(estate))
        estates.commit(estate, _commits([text for _value, text in planted]))
        values = [value for value, _text in planted]
        rows = []
        for scanner in (scanners.kingfisher(), scanners.gitleaks()):
            if scanner is None:
                rows.append(["gitleaks: no Go here", "", "", "", ""])
                continue
            # once on nothing, so that rules that are compiled and kept are there
            scanner.scan(_empty(folder / "empty"), folder)
            done, report = scanner.scan(estate.checkout(estates.REPOSITORY), folder)
            found = sum(value in report for value in values)
            rows.append([scanner.name, show_seconds(done.seconds), "", f"{found} of {PLANTED}", f"{done.megabytes:.0f} MB"])
        here = python("looking", str(estate.folder), "history-", folder=folder)
        found = len({one["where"]["file"] for one in here.data["findings"]})
        rows.append(
            [
                "here",
                show_seconds(here.seconds),
                show_seconds(here.without_start),
                f"{found} of {PLANTED}",
                f"{here.megabytes:.0f} MB",
            ]
        )
    return table([f"{COMMITS:,} commits", "time", "without Python's start", "planted values found", "peak memory"], rows)


def _empty(repository: Path) -> Path:
    repository.mkdir(exist_ok=True)
    git(repository, "init", "-q")
    return repository


def _planted(estate: EmbeddedEstate) -> Iterator[tuple[str, str]]:
    """Values, each with the text of a file that shows it: secret keys of the estate, Secrets in plain text, age private keys."""
    own = sorted(estate.secrets())
    for number in range(PLANTED):
        secret = own[number % len(own)]
        match number % 4:
            case 0:
                yield secret, f"12:00:{number:02} GET /bucket\n12:01:02 signed with {secret}, 200\n"
            case 1:
                encoded = base64.b64encode(secret.encode()).decode()
                yield encoded, f"settings:\n  replicas: {number}\n  region: us-east-1\n  s3: {encoded}\n"
            case 2:
                made = "".join(secrets.choice(string.ascii_letters + string.digits) for _letter in range(14))
                yield made, f"apiVersion: v1\nkind: Secret\nmetadata:\n  name: db\nstringData:\n  POSTGRES_URL: {made}\n"
            case _:
                key = str(pyrage.x25519.Identity.generate())
                yield key, f"# notes\n{key}\n"


def _commits(shown: list[str]) -> Iterator[tuple[str, estates.Files]]:
    for number in range(COMMITS):
        files: dict[str, str | None] = {f"apps/app-{number % FILES:03}.yaml": estates.deployment(number % FILES, number)}
        at, since = divmod(number, _GAP)
        if since in (50, 51) and at < PLANTED:
            files[f"notes/{at:02}.yaml"] = shown[at] if since == 50 else None
        yield f"Change {number}", files
