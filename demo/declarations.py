# SPDX-License-Identifier: GPL-3.0-or-later
"""Which estate is built: the shipped inventory's, or one of any size."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import yaml

ROOT = Path(__file__).resolve().parents[1]
SHIPPED = ROOT / "inventory" / "host_vars" / "lotus-lake" / "estate.yml"
BUCKETS = ("airbyte-landing", "cnpg-backups")
BY_HAND = {"lotus-lake-s3": 260, "rubberducky": 118, "daggy": 41}
"""How many days ago somebody changed each of the shipped estate's credentials by hand."""

Declaration = dict[str, Any]


def shipped() -> Declaration:
    """The estate of the shipped inventory."""
    declared: Declaration = yaml.safe_load(SHIPPED.read_text())["estate"]
    return declared


def numbered(identities: int, *, copies: int = 1, repositories: int = 1) -> Declaration:
    """An estate with the identities id001, id002 and so on.

    Args:
        identities: How many.
        copies: How many each has, one file each, spread over the repositories in turn.
        repositories: How many; the first has the master.
    """
    names = [f"repository-{number + 1}" for number in range(repositories)]
    listed = []
    for number in range(identities):
        name = f"id{number + 1:03}"
        listed.append(
            {
                "name": name,
                "buckets": [{"name": BUCKETS[number % len(BUCKETS)], "actions": ["Read", "Write", "List", "Tagging"]}],
                "copies": [
                    {
                        "repository": names[(number + copy) % repositories],
                        "file": f"deploy/{name}/s3-{copy + 1}.yaml",
                        "access_key": "stringData.ACCESS_KEY_ID",
                        "secret_key": "stringData.SECRET_ACCESS_KEY",
                    }
                    for copy in range(copies)
                ],
            }
        )
    return {
        "repositories": [{"name": name} for name in names],
        "master": {
            "repository": names[0],
            "file": "cluster/seaweedfs/s3-auth-secret.yaml",
            "key": "stringData.seaweedfs_s3_config",
        },
        "s3": {"endpoints": [{"url": "http://127.0.0.1:9"}]},
        "identities": listed,
    }
