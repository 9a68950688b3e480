# SPDX-License-Identifier: GPL-3.0-or-later
"""Playbooks on the estate in the lab, and what they do to the cluster."""

from __future__ import annotations

import copy
import subprocess
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import yaml
from ansible_collections.lotus_lake.secrets.demo.declarations import ROOT
from ansible_collections.lotus_lake.secrets.demo.manifests import Pair
from ansible_collections.lotus_lake.secrets.demo.playbook import PlaybookRun, environment, programs, run_playbook
from ansible_collections.lotus_lake.secrets.demo.showing import answer
from ansible_collections.lotus_lake.secrets.lab.estate import LAKE_NAMESPACE, LabEstate
from ansible_collections.lotus_lake.secrets.lab.workloads import S3, S3_PORT, SEAWEEDFS_NAMESPACE
from ansible_collections.lotus_lake.secrets.tests.fixtures.quick_estate import Running

APPS = "apps/v1"
_REVISION = "deployment.kubernetes.io/revision"


class Rotations:
    """Playbooks on the estate of a lab, and what an operator sees of them.

    Attributes:
        made: The estate in its lab.
    """

    def __init__(self, made: LabEstate, folder: Path) -> None:
        self.made, self._folder = made, folder
        self._environ = {"KUBECONFIG": str(made.lab.kubeconfig)}

    def run(self, playbook: str, *arguments: str) -> PlaybookRun:
        """Run a playbook to its end."""
        return run_playbook(self.made.estate, playbook, *arguments, environ=self._environ)

    def run_tasks(self, tasks: list[dict[str, Any]], *, shipped: int = 0) -> PlaybookRun:
        """Run tasks of an example, which take ``made.workspaces`` for granted.

        Args:
            shipped: Seconds within which the first of them has to end where its module is shipped and not run in process.
        """
        if shipped:
            tasks[0] |= {"async": shipped, "poll": 1}
        made = {"lotus_lake.secrets.git_workspace": {"estate": "{{ estate }}"}, "register": "made"}
        settings = {"ansible_remote_tmp": f"{self._folder}/remote", "ansible_async_dir": f"{self._folder}/async"}
        play = {"hosts": "estates", "gather_facts": False, "vars": settings, "tasks": [made, *tasks]}
        playbook = self._folder / "example.yml"
        playbook.write_text(yaml.safe_dump([play]))
        return self.run(str(playbook), "-vvv")

    def start(self, playbook: str, *arguments: str, environ: Mapping[str, str]) -> Running:
        """Start a playbook, and go on."""
        log = self._folder / f"run-{len(list(self._folder.glob('run-*')))}.log"
        process = subprocess.Popen(
            [str(programs() / "ansible-playbook"), playbook, *arguments],
            cwd=ROOT,
            env={**environment(self.made.estate), **self._environ, **environ},
            stdin=subprocess.DEVNULL,
            stdout=log.open("wb"),
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
        return Running(process, log)

    def declare_consumer(self, identity: str, deployment: str) -> None:
        """One more consumer of an identity."""
        declared = copy.deepcopy(self.made.estate.declaration)
        (entry,) = (one for one in declared["identities"] if one["name"] == identity)
        entry["consumers"].append({"kind": "Deployment", "name": deployment, "namespace": LAKE_NAMESPACE})
        self.made.estate.declare(declared)

    def rollouts(self) -> dict[str, int]:
        """How many times each Deployment of SeaweedFS and of the lake was rolled out so far."""
        found = [
            deployment
            for namespace in (SEAWEEDFS_NAMESPACE, LAKE_NAMESPACE)
            for deployment in self.made.lab.api.list("Deployment", namespace, version=APPS)
        ]
        return {one["metadata"]["name"]: int(one["metadata"]["annotations"][_REVISION]) for one in found}

    def rolled_since(self, before: Mapping[str, int]) -> dict[str, int]:
        """Those that were rolled out since, and how many times."""
        now = self.rollouts()
        return {name: now[name] - before.get(name, 0) for name in now if now[name] != before.get(name, 0)}

    def wait_until_settled(self) -> None:
        """Until no rollout is under way."""

        def is_settled(deployment: dict[str, Any]) -> bool:
            spec, status = deployment["spec"], deployment["status"]
            counts = {status.get(name, 0) for name in ("replicas", "updatedReplicas", "availableReplicas")}
            return counts == {spec["replicas"]} and status["observedGeneration"] == deployment["metadata"]["generation"]

        def settled() -> bool:
            found = [
                deployment
                for namespace in (SEAWEEDFS_NAMESPACE, LAKE_NAMESPACE)
                for deployment in self.made.lab.api.list("Deployment", namespace, version=APPS)
            ]
            return all(is_settled(deployment) for deployment in found)

        self.made.lab.api.wait("rollouts to be done", settled)

    def versions(self) -> dict[str, str]:
        """The resourceVersion of everything that a run could change in the cluster."""
        api = self.made.lab.api
        kinds = [
            ("v1", "Secret"),
            ("v1", "Pod"),
            (APPS, "Deployment"),
            ("kustomize.toolkit.fluxcd.io/v1", "Kustomization"),
            ("source.toolkit.fluxcd.io/v1", "GitRepository"),
        ]
        return {
            f"{kind} {one['metadata'].get('namespace')}/{one['metadata']['name']}": one["metadata"]["resourceVersion"]
            for version, kind in kinds
            for one in api.list(kind, version=version)
        }

    def failures(self) -> dict[str, Any]:
        """The requests that failed since the consumers were started, by pod; of pods that are gone too."""
        return {counted["name"]: counted["failures"] for counted in self.made.count() if counted["failures"]}

    def cuts(self) -> int:
        """The connections that were cut since the consumers were started; what was sent again succeeded."""
        return sum(counted["cuts"] for counted in self.made.count())

    def gateways(self) -> list[str]:
        """The addresses of the gateways' pods."""
        pods = self.made.lab.api.list("Pod", SEAWEEDFS_NAMESPACE, labels=f"app={S3}")
        there = [pod for pod in pods if not pod["metadata"].get("deletionTimestamp")]
        return [f"http://{pod['status']['podIP']}:{S3_PORT}" for pod in there]

    def answers(self, pair: Pair) -> set[str]:
        """What the gateways' pods, each asked by itself, answer to a credential."""
        return {answer(gateway, pair) for gateway in self.gateways()}

    def wait_until_all_write(self) -> None:
        """Until each consumer that runs has written once more than now."""
        counts = {counted["name"]: counted["requests"] for counted in self.made.count()}
        pods = {
            pod["metadata"]["name"]
            for pod in self.made.lab.api.list("Pod", LAKE_NAMESPACE)
            if pod["status"]["phase"] == "Running" and not pod["metadata"].get("deletionTimestamp")
        }

        def written() -> bool:
            now = {counted["name"]: counted["requests"] for counted in self.made.count()}
            return all(now.get(pod, 0) > counts.get(pod, 0) for pod in pods)

        self.made.lab.api.wait("the consumers to write on", written)
