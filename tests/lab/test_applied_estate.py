# SPDX-License-Identifier: GPL-3.0-or-later
"""A whole rotation of an estate without GitOps: the run applies the Secrets that it pushed.

SeaweedFS is a process on this machine, and the fixtures' follower stands in for the mount that brings it the master.
"""

from __future__ import annotations

import base64
from typing import Any

import pytest
import yaml
from ansible_collections.lotus_lake.secrets.demo.estate import EmbeddedEstate
from ansible_collections.lotus_lake.secrets.demo.playbook import run_playbook
from ansible_collections.lotus_lake.secrets.lab.api import namespace
from ansible_collections.lotus_lake.secrets.lab.lab import Lab

FOR_MASTER, FOR_COPIES = "applied-seaweedfs", "applied-lotus-lake"


@pytest.fixture
def applied(lab: Lab, embedded_estate: EmbeddedEstate) -> EmbeddedEstate:
    """Its Secrets go to namespaces of their own, of which one isn't there yet."""
    lab.api.apply(namespace(FOR_MASTER))
    for repository in embedded_estate.repositories:
        for file in embedded_estate.model.files(repository):
            manifest = yaml.safe_load((embedded_estate.checkout(repository) / file).read_text())
            embedded_estate.set(repository, file, ("metadata", "namespace"), f"applied-{manifest['metadata']['namespace']}")
        embedded_estate.commit(repository, "Namespaces of their own")
    embedded_estate.change(delivery={"method": "apply", "kubeconfig": str(lab.kubeconfig)})
    return embedded_estate


def there(lab: Lab, name: str, where: str) -> dict[str, str]:
    found: dict[str, Any] = lab.api.get("Secret", name, where)
    return {key: base64.b64decode(value).decode() for key, value in found.get("data", {}).items()}


def test_a_rotation_applies_what_it_pushed_and_goes_on_where_it_could_not(lab: Lab, applied: EmbeddedEstate) -> None:
    (old,) = applied.master()["daggy"]
    stopped = run_playbook(applied, "rotate.yml", "-e", "identity=daggy", "-e", "min_age=0")
    assert stopped.code == 2, stopped.output
    assert f"Make the namespace {FOR_COPIES}, and run again." in stopped.output
    # what was applied until then keeps both keys
    assert old[1] in there(lab, "seaweedfs-s3-config", FOR_MASTER)["seaweedfs_s3_config"]
    assert applied.master()["daggy"][0] == old
    assert len(applied.master()["daggy"]) == 2

    lab.api.apply(namespace(FOR_COPIES))
    done = run_playbook(applied, "rotate.yml", "-e", "identity=daggy")
    assert done.code == 0, done.output
    (new,) = applied.master()["daggy"]
    assert new != old
    held = there(lab, "dagster-db-backup-creds", FOR_COPIES)
    assert (held["ACCESS_KEY_ID"], held["SECRET_ACCESS_KEY"]) == new
    master = there(lab, "seaweedfs-s3-config", FOR_MASTER)["seaweedfs_s3_config"]
    assert new[1] in master
    assert old[1] not in master
    managers = lab.api.get("Secret", "dagster-db-backup-creds", FOR_COPIES)["metadata"]["managedFields"]
    assert [one["operation"] for one in managers] == ["Apply"]
