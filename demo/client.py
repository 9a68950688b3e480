# SPDX-License-Identifier: GPL-3.0-or-later
"""Services that write to their buckets all along, each with its copy of a credential, and count what fails.

    python -m ansible_collections.lotus_lake.secrets.demo.client CONFIG

Each reads its key when it starts and when the file that the follower mounts changes, as a sidecar does. It runs until it is
terminated and keeps the counts in a file.
"""

from __future__ import annotations

import collections
import dataclasses
import datetime
import json
import signal
import sys
import threading
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import botocore.session
from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError

from .atomic import replace
from .estate import EmbeddedEstate

PAUSE = 0.04
"""Seconds between two requests of a service."""
WRITTEN_EACH = 0.1
"""Seconds between two writes of the counts."""


@dataclasses.dataclass(frozen=True)
class Service:
    """One service.

    Attributes:
        mount: The file with its Secret.
        access_key: Where in it the access key id is.
        secret_key: Where in it the secret key is.
    """

    identity: str
    bucket: str
    mount: str
    access_key: list[str]
    secret_key: list[str]


@dataclasses.dataclass
class Count:
    """What came of a service's requests. ``access_key_ids`` are those that it used, with the number of requests."""

    requests: int = 0
    failures: collections.Counter[str] = dataclasses.field(default_factory=collections.Counter)
    access_key_ids: collections.Counter[str] = dataclasses.field(default_factory=collections.Counter)
    last_failure: str = ""


def services_of(estate: EmbeddedEstate) -> list[Service]:
    """One service for each copy of each identity that has a bucket."""
    return [
        Service(
            identity.name,
            next(iter(identity.buckets)),
            str(estate.mount(copy.repository, copy.file)),
            [str(part) for part in copy.access_key.key],
            [str(part) for part in copy.secret_key.key],
        )
        for identity in estate.model.identities
        for copy in identity.copies
        if identity.buckets
    ]


def write_config(file: Path, endpoint: str, services: list[Service], counts: Path) -> None:
    """The file that the client is started with."""
    listed = [dataclasses.asdict(service) for service in services]
    replace(file, json.dumps({"endpoint": endpoint, "services": listed, "counts": str(counts)}))


def read_counts(file: Path) -> dict[str, Any]:
    """What the client wrote last.

    ``{"at": TIME, "services": [{"identity": "daggy", "requests": 12, "failures": {"AccessDenied": 1}, "access_key_ids": …}]}``
    """
    counts: dict[str, Any] = json.loads(file.read_text())
    return counts


class Services:
    """All services of an estate, each in a thread. A context manager."""

    def __init__(self, endpoint: str, services: list[Service]) -> None:
        self._services = [(service, Count()) for service in services]
        self._ended = threading.Event()
        self._threads = [
            threading.Thread(target=Writer(endpoint, service, count).write_all_along, args=(self._ended,))
            for service, count in self._services
        ]

    def __enter__(self) -> Services:
        for thread in self._threads:
            thread.start()
        return self

    def __exit__(self, *exception: object) -> None:
        self._ended.set()
        for thread in self._threads:
            thread.join()

    def counts(self) -> list[dict[str, Any]]:
        """What each has counted so far, as ``read_counts`` gives it under ``services``."""
        return [{"identity": service.identity, **_shown(count)} for service, count in self._services]


class Writer:
    """One service's requests, one after the other."""

    def __init__(self, endpoint: str, service: Service, count: Count) -> None:
        self._endpoint, self._service, self._count = endpoint, service, count
        self._mount = Path(service.mount)
        self._seen: tuple[int, int] = (0, 0)
        self._access_key_id = ""
        self._client: Any = None

    def write_all_along(self, ended: threading.Event) -> None:
        while not ended.wait(PAUSE):
            self.write()

    def write(self) -> None:
        """One request, counted."""
        reason = ""
        try:
            self._read_key()
            key = f"{self._service.identity}/{self._count.requests % 10}"
            self._client.put_object(Bucket=self._service.bucket, Key=key, Body=b"written all along")
        except ClientError as error:
            reason = str(error.response.get("Error", {}).get("Code", "unknown"))
        except BotoCoreError as error:
            reason = type(error).__name__
        self._count.requests += 1
        self._count.access_key_ids[self._access_key_id] += 1
        if reason:
            self._count.failures[reason] += 1
            now = datetime.datetime.now(datetime.UTC).strftime("%H:%M:%S.%f")
            self._count.last_failure = f"{reason} with {self._access_key_id} at {now}Z"

    def _read_key(self) -> None:
        status = self._mount.stat()
        if self._seen == (status.st_ino, status.st_mtime_ns):
            return
        self._seen = (status.st_ino, status.st_mtime_ns)
        held = json.loads(self._mount.read_text())
        self._access_key_id = _at(held, self._service.access_key)
        self._client = botocore.session.Session().create_client(
            "s3",
            endpoint_url=self._endpoint,
            region_name="us-east-1",
            aws_access_key_id=self._access_key_id,
            aws_secret_access_key=_at(held, self._service.secret_key),
            config=Config(retries={"total_max_attempts": 1}, s3={"addressing_style": "path"}, proxies={}),
        )


def _at(held: Mapping[str, Any], path: list[str]) -> str:
    value: Any = held
    for part in path:
        value = value[part]
    return str(value)


def main() -> int:
    config = json.loads(Path(sys.argv[1]).read_text())
    ended = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: ended.set())
    services = Services(config["endpoint"], [Service(**service) for service in config["services"]])
    with services:
        while not ended.wait(WRITTEN_EACH):
            _write(Path(config["counts"]), services)
    _write(Path(config["counts"]), services)
    return 0


def _write(file: Path, services: Services) -> None:
    now = datetime.datetime.now(datetime.UTC).isoformat()
    replace(file, json.dumps({"at": now, "services": services.counts()}, indent=2) + "\n")


def _shown(count: Count) -> dict[str, Any]:
    # copied first: another thread counts on
    return {
        "requests": count.requests,
        "failures": dict(count.failures.copy()),
        "access_key_ids": dict(count.access_key_ids.copy()),
        "last_failure": count.last_failure,
    }


if __name__ == "__main__":
    sys.exit(main())
