# SPDX-License-Identifier: GPL-3.0-or-later
"""What an estate looks like from outside: keys by fingerprint, commits, old keys, the services' counts."""

from __future__ import annotations

import functools
import json
import time
from collections.abc import Mapping, Sequence
from pathlib import Path, PurePosixPath
from typing import Any

import botocore.session
from botocore.config import Config
from botocore.exceptions import ClientError

from ..plugins.module_utils.sops.age_keys import AgeKeys
from ..plugins.module_utils.sops.fingerprint import Fingerprints
from ..plugins.module_utils.sops.format import Format
from ..plugins.module_utils.sops.sops_file import SopsFile
from .estate import EmbeddedEstate
from .manifests import Pair
from .programs import git

Row = tuple[str, ...]


def keys(estate: EmbeddedEstate) -> list[Row]:
    """A table of who holds which key at the remotes' tips. Secrets are shown by fingerprint, as in the collection's own diffs."""
    place = estate.model.master
    text = git(estate.remote(place.repository), "show", f"main:{place.file}") + "\n"
    found = AgeKeys.find({"SOPS_AGE_KEY_FILE": str(estate.age_key)})
    master = SopsFile.parse(text, name=place.file, format=Format.of(place.file), keys=found)
    fingerprints = Fingerprints(master.data_key_fingerprint_key)

    def shown(pair: Pair) -> tuple[str, str]:
        return pair[0], fingerprints.of(pair[1])

    rows: list[Row] = [("IDENTITY", "HELD BY", "ACCESS KEY ID", "SECRET KEY")]
    for identity, pairs in estate.master().items():
        rows += [(identity, "the master", *shown(pair)) for pair in pairs]
        copies = estate.model.identity(identity).copies
        for copy, pair in zip(copies, estate.copies(identity), strict=True):
            rows.append((identity, f"{copy.repository}: {PurePosixPath(copy.file).name}", *shown(pair)))
    return rows


def commits(estate: EmbeddedEstate, since: Mapping[str, str]) -> list[str]:
    """The commits on the remotes since those tips, each with its files and how many lines of each changed."""
    lines = []
    for repository in estate.repositories:
        log = git(
            estate.remote(repository), "log", "--reverse", "--format=%h %s", "--stat=100", f"{since[repository]}..main"
        ).splitlines()
        lines += [f"{repository}:", *(f"  {line}" for line in log if line)]
    return lines


def old_keys(estate: EmbeddedEstate, since: str) -> list[tuple[str, Pair]]:
    """The credentials that the master had at the commit ``since`` or after it and has no more, with their identities."""
    now = {pair for pairs in estate.master().values() for pair in pairs}
    held: dict[Pair, str] = {}
    for commit, master in estate.masters():
        held |= {pair: name for name, pairs in master.items() for pair in pairs if pair not in now}
        if commit == since:
            break
    return [(name, pair) for pair, name in reversed(held.items())]


@functools.cache
def _session() -> botocore.session.Session:
    """Only one, since each reads the description of S3 anew."""
    return botocore.session.Session()


def client(endpoint: str, pair: Pair) -> Any:
    """A botocore client of S3 that signs with a key and tries everything once."""
    return _session().create_client(
        "s3",
        endpoint_url=endpoint,
        region_name="us-east-1",
        aws_access_key_id=pair[0],
        aws_secret_access_key=pair[1],
        config=Config(retries={"total_max_attempts": 1}, s3={"addressing_style": "path"}, proxies={}),
    )


def answer(endpoint: str, pair: Pair) -> str:
    """What S3 says to a signed request with a key: ``accepted``, or the error's code."""
    try:
        client(endpoint, pair).list_buckets()
    except ClientError as error:
        return str(error.response["Error"]["Code"])
    return "accepted"


def counts(file: Path) -> list[dict[str, Any]]:
    """The services' counts, of now: the client has written them anew since this was called."""
    before = file.read_text() if file.exists() else ""
    until = time.monotonic() + 30
    while True:
        text = file.read_text() if file.exists() else ""
        if text != before:
            services: list[dict[str, Any]] = json.loads(text)["services"]
            return services
        if time.monotonic() > until:
            raise RuntimeError(f"The client does not count any more. Its log is {file.with_name('log')}.")
        time.sleep(0.02)


def counted(services: Sequence[Mapping[str, Any]]) -> list[Row]:
    """The counts as a table."""
    rows: list[Row] = [("SERVICE OF", "REQUESTS", "ACCESS KEY IDS THAT IT USED", "FAILED")]
    for service in services:
        failures = ", ".join(f"{count} {reason}" for reason, count in service["failures"].items())
        rows.append((service["identity"], str(service["requests"]), ", ".join(service["access_key_ids"]), failures or "none"))
    return rows
