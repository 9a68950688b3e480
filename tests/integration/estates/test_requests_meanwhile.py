# SPDX-License-Identifier: GPL-3.0-or-later
"""A client that writes all along: how many of its requests fail in an overlap, in place, and by the runbook."""

from __future__ import annotations

import os
import subprocess
import time
from collections.abc import Callable
from pathlib import Path

import pytest
from ansible_collections.lotus_lake.secrets.demo.client import Services
from ansible_collections.lotus_lake.secrets.demo.estate import EmbeddedEstate
from ansible_collections.lotus_lake.secrets.demo.playbook import programs
from ansible_collections.lotus_lake.secrets.tests.fixtures.embedded_estate import RunPlaybook

RUNBOOK = Path(__file__).resolve().parent / "runbook.sh"
IDENTITY = "daggy"


def test_no_request_fails_in_an_overlap_and_in_place_and_by_the_runbook_some_do(
    embedded_estate: EmbeddedEstate,
    run_playbook: RunPlaybook,
    writing_services: Services,
    capsys: pytest.CaptureFixture[str],
) -> None:
    # nothing delivers but the follower, as with Flux
    embedded_estate.change(delivery={"method": "none"})
    counted = {
        "overlap": _counted(writing_services, lambda: _rotated(run_playbook)),
        "overlap again": _counted(writing_services, lambda: _rotated(run_playbook, "-e", "min_age=0")),
        "in place": _counted(writing_services, lambda: _rotated(run_playbook, "-e", "strategy=in_place", "-e", "min_age=0")),
        "the runbook": _counted(writing_services, lambda: _by_runbook(embedded_estate)),
    }
    with capsys.disabled():
        print()
        for how, (requests, failed) in counted.items():
            print(f"  {how}: {failed} of {requests} requests of {IDENTITY} failed")
    assert all(requests >= 10 for requests, _failed in counted.values())
    assert counted["overlap"][1] == 0
    assert counted["overlap again"][1] == 0
    [count] = [one for one in writing_services.counts() if one["identity"] == IDENTITY]
    assert len(count["access_key_ids"]) == 3, "the client has used the key before, and those of both overlaps"


def _counted(services: Services, rotate: Callable[[], None]) -> tuple[int, int]:
    """The requests of the identity while it is rotated, and until they have succeeded again for a while; and how many failed."""
    before = _counts(services)
    rotate()
    failed, since = _counts(services)[1], _counts(services)[0]
    until = time.monotonic() + 20
    while _counts(services)[0] < since + 10:
        assert time.monotonic() < until
        if _counts(services)[1] != failed:
            failed, since = _counts(services)[1], _counts(services)[0]
        time.sleep(0.05)
    after = _counts(services)
    return after[0] - before[0], after[1] - before[1]


def _counts(services: Services) -> tuple[int, int]:
    [count] = [one for one in services.counts() if one["identity"] == IDENTITY]
    return count["requests"], sum(count["failures"].values())


def _rotated(run_playbook: RunPlaybook, *more: str) -> None:
    done = run_playbook("rotate.yml", "-e", f"identity={IDENTITY}", *more)
    assert done.code == 0, done.output


def _by_runbook(estate: EmbeddedEstate) -> None:
    place = estate.model.master
    copy = estate.model.identity(IDENTITY).copies[0]
    files = (f"{place.repository}:{place.file}", f"{copy.repository}:{copy.file}")
    environ = {
        **os.environ,
        "PATH": f"{programs()}{os.pathsep}{os.environ['PATH']}",
        "CHECKOUTS": str(estate.folder / "checkouts"),
        "SOPS_AGE_KEY_FILE": str(estate.age_key),
    }
    done = subprocess.run([str(RUNBOOK), IDENTITY, *files], env=environ, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
