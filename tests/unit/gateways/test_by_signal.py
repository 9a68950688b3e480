# SPDX-License-Identifier: GPL-3.0-or-later
"""Where a container has the master mounted."""

from __future__ import annotations

from typing import Any

import pytest
from ansible_collections.lotus_lake.secrets.plugins.module_utils.gateways.by_signal import mounted


def spec(volume: dict[str, Any], mount: dict[str, Any]) -> dict[str, Any]:
    containers = [{"name": "first"}, {"name": "s3", "volumeMounts": [{"name": "config", **mount}]}]
    return {"volumes": [{"name": "other", "emptyDir": {}}, {"name": "config", "secret": volume}], "containers": containers}


SECRET = {"secretName": "master"}
RENAMED = {"secretName": "master", "items": [{"key": "config", "path": "s3/identities.json"}]}


@pytest.mark.parametrize(
    ("volume", "mount", "path"),
    [
        (SECRET, {"mountPath": "/etc/sw"}, "/etc/sw/config"),
        (SECRET, {"mountPath": "/etc/sw/"}, "/etc/sw/config"),
        (RENAMED, {"mountPath": "/etc/sw"}, "/etc/sw/s3/identities.json"),
        ({"secretName": "another"}, {"mountPath": "/etc/sw"}, None),
        ({"secretName": "master", "items": [{"key": "other", "path": "other"}]}, {"mountPath": "/etc/sw"}, None),
        (SECRET, {"mountPath": "/etc/sw/config", "subPath": "config"}, None),
    ],
)
def test_the_file_is_where_it_follows_the_secret(volume: dict[str, Any], mount: dict[str, Any], path: str | None) -> None:
    assert mounted(spec(volume, mount), "s3", "master", "config") == path


def test_a_container_that_has_it_not_is_not_another_one() -> None:
    assert mounted(spec(SECRET, {"mountPath": "/etc/sw"}), "first", "master", "config") is None
