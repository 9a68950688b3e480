# SPDX-License-Identifier: GPL-3.0-or-later
"""Many consumers, on nodes that KWOK plays."""

from __future__ import annotations

import copy

from ansible_collections.lotus_lake.secrets.lab.api import namespace
from ansible_collections.lotus_lake.secrets.lab.estate import LabEstate
from ansible_collections.lotus_lake.secrets.lab.fake_nodes import played
from ansible_collections.lotus_lake.secrets.plugins.module_utils.operations import consumer_restart
from ansible_collections.lotus_lake.secrets.tests.lab.operations import performed

APPS = "apps/v1"
MANY = "many"
COUNT = 50


def revisions(made: LabEstate) -> dict[str, str]:
    found = made.lab.api.list("Deployment", MANY, version=APPS)
    return {one["metadata"]["name"]: one["metadata"]["annotations"]["deployment.kubernetes.io/revision"] for one in found}


def test_fifty_consumers_are_restarted_once_each_and_no_more_than_so_many_at_a_time(lab_estate: LabEstate) -> None:
    api = lab_estate.lab.api
    lab_estate.lab.fake_nodes.add(2)
    names = [f"consumer-{number:02d}" for number in range(COUNT)]
    api.apply(namespace(MANY), *(played(name, MANY, 4) for name in names))

    def all_available() -> bool:
        found = api.list("Deployment", MANY, version=APPS)
        return [one["status"].get("availableReplicas") for one in found] == [4] * COUNT

    api.wait("200 pods", all_available, within=120)
    before = revisions(lab_estate)
    declared = copy.deepcopy(lab_estate.estate.declaration)
    declared["cluster"]["at_once"] = 10
    (daggy,) = (identity for identity in declared["identities"] if identity["name"] == "daggy")
    daggy["consumers"] = [{"kind": "Deployment", "name": name, "namespace": MANY} for name in names]
    said: list[str] = []
    done = performed(lab_estate, consumer_restart.OPERATION, estate=declared, identities=["daggy"], progress=said.append)
    assert "failed" not in done, done
    assert len(done["restarted"]) == COUNT
    assert set(before.values()) == {"1"}
    assert set(revisions(lab_estate).values()) == {"2"}
    waits = [line for line in said if line.startswith("waiting for consumers")]
    assert max(line.count("Deployment/consumer-") for line in waits) == 10
    again = performed(lab_estate, consumer_restart.OPERATION, estate=declared, identities=["daggy"])
    assert (again["restarted"], len(again["unchanged"])) == ([], COUNT)
    api.delete("v1", "Namespace", MANY, "")
