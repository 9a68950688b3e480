# SPDX-License-Identifier: GPL-3.0-or-later
"""Whether a pod may still have what a Secret held before."""

from __future__ import annotations

import datetime
from typing import Any

import pytest
from ansible_collections.lotus_lake.secrets.plugins.module_utils.cluster import evidence

STAMP = "lotus-lake.secrets/credentials"


def at(second: int) -> str:
    return f"2026-11-26T10:00:{second:02d}Z"


def moment(second: int) -> datetime.datetime:
    return datetime.datetime(2026, 11, 26, 10, 0, second, tzinfo=datetime.UTC)


def pod(created: int, *restarted: int, phase: str = "Running", stamp: str = "") -> dict[str, Any]:
    containers = [{"restartCount": 1, "state": {"running": {"startedAt": at(second)}}} for second in restarted]
    metadata = {"name": "web-1", "creationTimestamp": at(created), "annotations": {STAMP: stamp}}
    return {"metadata": metadata, "status": {"phase": phase, "containerStatuses": containers or [{"restartCount": 0}]}}


def test_a_secret_changed_when_its_data_was_written_last() -> None:
    fields = [
        {"manager": "flux", "time": at(20), "fieldsV1": {"f:data": {"f:key": {}}}},
        {"manager": "labels", "time": at(50), "fieldsV1": {"f:metadata": {"f:labels": {}}}},
        {"manager": "by-hand", "time": at(30), "fieldsV1": {"f:data": {"f:other": {}}}},
    ]
    assert evidence.changed_at({"metadata": {"creationTimestamp": at(1), "managedFields": fields}}) == moment(30)
    assert evidence.changed_at({"metadata": {"creationTimestamp": at(1)}}) == moment(1)


@pytest.mark.parametrize(
    ("found", "holds"),
    [
        (pod(10), True),
        (pod(40), False),
        (pod(10, phase="Succeeded"), False),
        (pod(10, phase="Failed"), False),
        (pod(10, phase="Pending"), True),
        # a container that was started again may have got the key from a file, or from another container
        (pod(10, 40), True),
        # within one second nobody knows, unless it says what it was restarted for
        (pod(30), True),
        (pod(30, stamp="present"), False),
        (pod(10, stamp="present"), True),
    ],
)
def test_a_pod_that_took_its_environment_before_may_hold_it(found: dict[str, Any], holds: bool) -> None:
    assert evidence.may_hold(found, moment(30), STAMP, "present") == holds
