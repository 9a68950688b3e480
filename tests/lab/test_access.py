# SPDX-License-Identifier: GPL-3.0-or-later
"""A ServiceAccount with the rights that access.yml writes, under the real authorizer."""

from __future__ import annotations

import base64
import json
import shlex
import subprocess
import urllib.parse
from pathlib import Path

import pytest
import yaml
from ansible_collections.lotus_lake.secrets.demo.declarations import ROOT
from ansible_collections.lotus_lake.secrets.demo.playbook import environment, programs, run_playbook
from ansible_collections.lotus_lake.secrets.lab.api import Api, namespace
from ansible_collections.lotus_lake.secrets.lab.estate import LAKE_NAMESPACE
from ansible_collections.lotus_lake.secrets.tests.lab.rotations import Rotations
from kubernetes import client

NAME = "lotus-lake-secrets"


class Account:
    """The ServiceAccount: its token, and a kubeconfig with that and nothing else."""

    def __init__(self, rotations: Rotations, folder: Path) -> None:
        api = rotations.made.lab.api
        asked = client.AuthenticationV1TokenRequest(spec=client.V1TokenRequestSpec(audiences=[], expiration_seconds=3600))
        self.token = api.core.create_namespaced_service_account_token(NAME, NAME, asked).status.token
        config = json.loads(rotations.made.lab.kubeconfig.read_text())
        self.server = config["clusters"][0]["cluster"]["server"]
        self.authority = base64.b64decode(config["clusters"][0]["cluster"]["certificate-authority-data"]).decode()
        config["users"][0]["user"] = {"token": self.token}
        self.kubeconfig = folder / "kubeconfig"
        self.kubeconfig.touch(mode=0o600)
        self.kubeconfig.write_text(json.dumps(config))


@pytest.fixture
def account(rotations: Rotations, tmp_path: Path) -> Account:
    """The rights are set anew for each test."""
    file = tmp_path / "access.yaml"
    written = rotations.run("access.yml", "-e", f"file={file}")
    assert written.code == 0, written.output
    api = rotations.made.lab.api
    api.apply(namespace(NAME), *yaml.safe_load_all(file.read_text()))
    return Account(rotations, tmp_path)


def test_it_may_do_all_that_a_rotation_needs_and_read_no_other_secret(rotations: Rotations, account: Account) -> None:
    estate = rotations.made.estate
    (old,) = estate.master()["daggy"]
    done = run_playbook(
        estate, "rotate.yml", "-e", "identity=daggy", "-e", "min_age=0", environ={"KUBECONFIG": str(account.kubeconfig)}
    )
    assert done.code == 0, done.output
    (new,) = estate.master()["daggy"]
    assert (rotations.answers(new), rotations.answers(old)) == ({"accepted"}, {"InvalidAccessKeyId"})
    rotations.made.lab.api.apply(
        {"apiVersion": "v1", "kind": "Secret", "metadata": {"name": "of-others", "namespace": LAKE_NAMESPACE}}
    )
    theirs = Api(account.kubeconfig)
    for where, name in ((LAKE_NAMESPACE, "of-others"), ("flux-system", "sops-age")):
        with pytest.raises(client.ApiException) as refused:
            theirs.core.read_namespaced_secret(name, where)
        assert refused.value.status == 403
    with pytest.raises(client.ApiException) as refused:
        theirs.core.list_namespaced_secret(LAKE_NAMESPACE)
    assert refused.value.status == 403


def test_a_right_that_is_missing_is_named(rotations: Rotations, account: Account) -> None:
    api = rotations.made.lab.api
    role = api.get("Role", NAME, LAKE_NAMESPACE, version="rbac.authorization.k8s.io/v1")
    rules = [rule for rule in role["rules"] if "pods" not in rule["resources"]]
    api.merge("rbac.authorization.k8s.io/v1", "Role", NAME, LAKE_NAMESPACE, {"rules": rules})
    done = run_playbook(
        rotations.made.estate,
        "rotate.yml",
        *("-e", "identity=daggy", "-e", "min_age=0"),
        environ={"KUBECONFIG": str(account.kubeconfig)},
    )
    assert done.code == 2, done.output
    assert f"does not let this user list Pods of {LAKE_NAMESPACE} (HTTP 403)" in done.output
    again = rotations.run("rotate.yml", "-e", "identity=daggy")
    assert again.code == 0, again.output


def test_in_a_pod_its_own_service_account_is_enough(rotations: Rotations, account: Account, tmp_path: Path) -> None:
    """The playbook runs as in a pod: with the files that the kubelet mounts there, and the API server's address."""
    address = urllib.parse.urlsplit(account.server)
    for name, text in (("token", account.token), ("ca.crt", account.authority)):
        (tmp_path / name).touch(mode=0o600)
        (tmp_path / name).write_text(text)
    mounted = "/run/secrets/kubernetes.io/serviceaccount"
    script = " && ".join(
        [
            "mount -t tmpfs tmpfs /run",
            f"mkdir -p {mounted}",
            f"cp {shlex.quote(str(tmp_path))}/token {shlex.quote(str(tmp_path))}/ca.crt {mounted}",
            f"exec {shlex.quote(str(programs() / 'ansible-playbook'))} verify.yml",
        ]
    )
    pod = {"KUBERNETES_SERVICE_HOST": str(address.hostname), "KUBERNETES_SERVICE_PORT": str(address.port)}
    done = subprocess.run(
        ["unshare", "--mount", "sh", "-c", script],
        cwd=ROOT,
        env={**environment(rotations.made.estate), **pod},
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    assert account.token not in done.stdout + done.stderr
