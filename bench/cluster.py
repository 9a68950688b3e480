# SPDX-License-Identifier: GPL-3.0-or-later
"""A rotation carried through a cluster, with 1 and 50 consumers: what of its time is its own, and how much it asks the API.

The cluster is the lab: Flux, SeaweedFS in pods, and one consumer that really runs. The pods of the others KWOK plays.
"""

from __future__ import annotations

import copy
import re
import tempfile
from collections.abc import Mapping
from pathlib import Path

from ..demo.declarations import ROOT
from ..demo.playbook import environment, programs
from ..lab import machine
from ..lab.api import namespace
from ..lab.estate import LabEstate, furnish
from ..lab.fake_nodes import played
from ..lab.lab import Lab
from .measured import Run, run, show_seconds, table

COUNTS = (1, 50)
MANY = "many"
USER = "rotator"


def measure() -> str:
    """A table, or a line that says why there can be no lab on this machine."""
    if why := machine.missing():
        return why
    rows = []
    with tempfile.TemporaryDirectory() as folder, Lab(Path(folder) / "lab") as lab:
        made = furnish(lab)
        environ = {**environment(made.estate), "ANSIBLE_NOCOLOR": "1", "KUBECONFIG": str(_user(lab, Path(folder)))}
        lab.fake_nodes.add(1)
        declared = made.estate.declaration
        for count in COUNTS:
            _declare_consumers(made, count)
            requests = _requests(lab)
            with_cluster = _rotate(environ, Path(folder))
            requests = _requests(lab) - requests
            rows.append(
                [
                    str(count),
                    show_seconds(with_cluster.seconds),
                    show_seconds(with_cluster.computed),
                    f"{with_cluster.computed / with_cluster.seconds:.0%}",
                    str(requests),
                ]
            )
            made.estate.declare(declared)
    header = ["consumers", "rotate.yml", "computed here", "of the whole", "requests to the API"]
    return table(header, rows)


def _user(lab: Lab, folder: Path) -> Path:
    """A user of its own, whose requests the API server counts apart: its kubeconfig."""
    rbac = {"apiGroup": "rbac.authorization.k8s.io", "kind": "ClusterRole", "name": "cluster-admin"}
    subject = {"kind": "User", "apiGroup": "rbac.authorization.k8s.io", "name": USER}
    matched = {
        "subjects": [{"kind": "User", "user": {"name": USER}}],
        "resourceRules": [
            {"verbs": ["*"], "apiGroups": ["*"], "resources": ["*"], "clusterScope": True, "namespaces": ["*"]},
        ],
        "nonResourceRules": [{"verbs": ["*"], "nonResourceURLs": ["*"]}],
    }
    lab.api.apply(
        {
            "apiVersion": "rbac.authorization.k8s.io/v1",
            "kind": "ClusterRoleBinding",
            "metadata": {"name": USER},
            "roleRef": rbac,
            "subjects": [subject],
        },
        {
            "apiVersion": "flowcontrol.apiserver.k8s.io/v1",
            "kind": "FlowSchema",
            "metadata": {"name": USER},
            "spec": {
                "priorityLevelConfiguration": {"name": "global-default"},
                "matchingPrecedence": 100,
                "rules": [matched],
            },
        },
    )
    control_plane = lab.control_plane
    return control_plane.authority.kubeconfig(USER, server=control_plane.url, file=folder / "kubeconfig")


def _declare_consumers(made: LabEstate, count: int) -> None:
    """Declare some beside the one that really runs."""
    names = [f"consumer-{number:02d}" for number in range(count - 1)]
    api = made.lab.api
    api.apply(namespace(MANY), *(played(name, MANY, 1) for name in names))

    def are_available() -> bool:
        found = {one["metadata"]["name"]: one for one in api.list("Deployment", MANY, version="apps/v1")}
        return all(found[name].get("status", {}).get("availableReplicas") == 1 for name in names)

    api.wait("the consumers", are_available, within=120)
    declared = copy.deepcopy(made.estate.declaration)
    (daggy,) = (identity for identity in declared["identities"] if identity["name"] == "daggy")
    daggy["consumers"] += [{"kind": "Deployment", "name": name, "namespace": MANY} for name in names]
    declared["cluster"]["at_once"] = 10
    made.estate.declare(declared)


def _rotate(environ: Mapping[str, str], folder: Path) -> Run:
    command = [str(programs() / "ansible-playbook"), "rotate.yml", "-e", "identity=daggy", "-e", "min_age=0"]
    return run(command, environ=environ, cwd=ROOT, log=folder / "playbook.log")


def _requests(lab: Lab) -> int:
    """How many requests of the user the API server has let through. What stays open, a port-forward say, it does not count."""
    client = lab.api.client
    text = client.call_api("GET", f"{client.configuration.host}/metrics").read().decode()
    counted = re.findall(
        rf'^apiserver_flowcontrol_dispatched_requests_total{{flow_schema="{USER}".*}} (\S+)$', text, re.MULTILINE
    )
    return round(sum(map(float, counted)))
