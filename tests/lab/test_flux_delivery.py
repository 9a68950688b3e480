# SPDX-License-Identifier: GPL-3.0-or-later
"""Delivery by Flux: what is pushed is asked for, waited for and compared, and what keeps it from the cluster is said."""

from __future__ import annotations

import base64
import contextlib
import re
import threading
from collections.abc import Iterator
from typing import Any

import pyrage
import pytest
from ansible_collections.lotus_lake.secrets.lab.api import condition_of
from ansible_collections.lotus_lake.secrets.lab.estate import LAKE_NAMESPACE, LAKE_PATH, LabEstate
from ansible_collections.lotus_lake.secrets.lab.flux import KEY_SECRET, KUSTOMIZE, NAMESPACE, SOURCE
from ansible_collections.lotus_lake.secrets.plugins.module_utils.cluster.flux import REQUESTED
from ansible_collections.lotus_lake.secrets.plugins.module_utils.operations import flux_delivery
from ansible_collections.lotus_lake.secrets.tests.lab.operations import performed

FILE = f"{LAKE_PATH}/lotus-lake-secrets.yaml"
SECRET = "lotus-lake-terraform-vars"
KEY = "airbyte_client_id"
BROKEN = """\
apiVersion: v1
kind: Secret
metadata: {name: broken, namespace: lotus-lake}
stringData: {a: 1, b: [Aa0bcdefghijk]}
"""


class Deliveries:
    """Pushes values and has them delivered, as one run after the other would."""

    def __init__(self, made: LabEstate) -> None:
        self.made, self.estate, self.api = made, made.estate, made.lab.api

    def push(self, value: str) -> str:
        self.estate.set("h-kube", FILE, ("stringData", KEY), value)
        return self.estate.commit("h-kube", "Change a value", FILE)

    def deliver(self, repository: str = "h-kube", **more: Any) -> dict[str, Any]:
        """What the operation returns."""
        files = [FILE] if repository == "h-kube" else None
        told = {"repository": repository, "files": files, "wait": 60.0, **more}
        return performed(self.made, flux_delivery.OPERATION, **told)

    def held(self) -> str:
        return base64.b64decode(self.api.get("Secret", SECRET, LAKE_NAMESPACE)["data"][KEY]).decode()

    def wait_until_flux_rests(self) -> None:
        """Until it has seen to the last request, and applies nothing any more."""

        def rests() -> bool:
            found = self.api.get("Kustomization", "lake", NAMESPACE, version=KUSTOMIZE)
            asked = found["metadata"]["annotations"][REQUESTED]
            return condition_of(found, "Ready").get("status") == "True" and found["status"]["lastHandledReconcileAt"] == asked

        self.api.wait("Flux to rest", rests)

    @contextlib.contextmanager
    def changed(self, kind: str, name: str, spec: dict[str, Any], back: dict[str, Any]) -> Iterator[None]:
        """With other fields of a Flux object, until the end."""
        version = SOURCE if kind == "GitRepository" else KUSTOMIZE
        self.api.merge(version, kind, name, NAMESPACE, {"spec": spec})
        try:
            yield
        finally:
            self.api.merge(version, kind, name, NAMESPACE, {"spec": back})


@pytest.fixture
def deliveries(lab_estate: LabEstate) -> Deliveries:
    return Deliveries(lab_estate)


def test_a_pushed_commit_is_in_the_cluster_when_it_is_done(deliveries: Deliveries) -> None:
    commit = deliveries.push("delivered-by-flux")
    done = deliveries.deliver()
    assert "failed" not in done, done
    assert done["changed"]
    # what it fetched it may apply by itself before it is asked to
    assert done["asked"][0] == "GitRepository flux-system/h-kube"
    assert done["kustomizations"] == [{"name": "Kustomization flux-system/lake", "commit": commit, "applied": True}]
    (secret,) = done["secrets"]
    assert secret["name"] == f"{LAKE_NAMESPACE}/{SECRET}"
    assert re.fullmatch(r"fp:[0-9a-f]{10}", secret["fingerprints"][KEY])
    assert deliveries.held() == "delivered-by-flux"
    assert "delivered-by-flux" not in str(done)


def test_what_flux_has_already_is_compared_and_not_asked_for(deliveries: Deliveries) -> None:
    deliveries.push("asked-for-once")
    assert deliveries.deliver()["changed"]
    again = deliveries.deliver()
    assert not again["changed"], again
    assert again["secrets"]


def test_a_later_commit_that_contains_ours_is_as_good(deliveries: Deliveries) -> None:
    ours = deliveries.push("ours")
    later = deliveries.push("later")
    done = deliveries.deliver(commit=ours)
    assert "failed" not in done, done
    assert [one["commit"] for one in done["kustomizations"]] == [later]
    assert deliveries.held() == "later"


def test_check_mode_says_who_would_be_asked_and_changes_nothing(deliveries: Deliveries) -> None:
    with deliveries.changed("GitRepository", "h-kube", {"suspend": True}, {"suspend": False}):
        deliveries.push("only-predicted")
        before = deliveries.api.get("GitRepository", "h-kube", NAMESPACE, version=SOURCE)["metadata"]["resourceVersion"]
        done = deliveries.deliver(check=True)
        after = deliveries.api.get("GitRepository", "h-kube", NAMESPACE, version=SOURCE)["metadata"]["resourceVersion"]
    assert done["asked"] == ["GitRepository flux-system/h-kube", "Kustomization flux-system/lake"]
    assert done["changed"]
    assert before == after
    assert deliveries.held() != "only-predicted"


@pytest.mark.parametrize(
    ("kind", "name", "resume"),
    [
        ("GitRepository", "h-kube", "flux resume source git h-kube -n flux-system"),
        ("Kustomization", "lake", "flux resume kustomization lake -n flux-system"),
    ],
)
def test_a_suspended_object_is_named(deliveries: Deliveries, kind: str, name: str, resume: str) -> None:
    with deliveries.changed(kind, name, {"suspend": True}, {"suspend": False}):
        deliveries.push(f"while-{kind}-is-suspended")
        done = deliveries.deliver()
    assert done["failed"]
    assert f"{kind} flux-system/{name} is suspended" in done["msg"]
    assert resume in done["msg"]
    assert "failed" not in deliveries.deliver()


def test_a_kustomization_that_fails_on_another_file_is_named_with_what_flux_says(deliveries: Deliveries) -> None:
    checkout = deliveries.estate.checkout("h-kube")
    broken = checkout / LAKE_PATH / "broken.yaml"
    kustomization = checkout / LAKE_PATH / "kustomization.yaml"
    sound = kustomization.read_text()
    broken.write_text(BROKEN)
    kustomization.write_text(sound.replace("resources:\n", "resources:\n- broken.yaml\n"))
    deliveries.estate.commit("h-kube", "Break another file")
    try:
        deliveries.push("beside-a-broken-file")
        done = deliveries.deliver()
    finally:
        broken.unlink()
        kustomization.write_text(sound)
        deliveries.estate.commit("h-kube", "Mend it")
    assert done["failed"]
    assert "Kustomization flux-system/lake could not apply" in done["msg"]
    assert "ReconciliationFailed: " in done["msg"]
    assert "Aa0bcdefghijk" not in done["msg"]
    assert "failed" not in deliveries.deliver()


def test_a_missing_decryption_key_is_said_and_a_given_one_helps(deliveries: Deliveries) -> None:
    api, estate = deliveries.api, deliveries.estate
    api.core.delete_namespaced_secret(KEY_SECRET, NAMESPACE)
    try:
        deliveries.push("nobody-can-decrypt-this")
        done = deliveries.deliver()
    finally:
        deliveries.made.lab.flux.give_key(estate.age_key.read_text())
    assert done["failed"]
    assert f"Make the Secret {NAMESPACE}/{KEY_SECRET} with the age key" in done["msg"]
    assert "failed" not in deliveries.deliver()
    assert deliveries.held() == "nobody-can-decrypt-this"


def test_a_key_that_does_not_open_the_file_is_said(deliveries: Deliveries) -> None:
    deliveries.made.lab.flux.give_key(str(pyrage.x25519.Identity.generate()))
    try:
        deliveries.push("another-key-is-needed")
        done = deliveries.deliver()
    finally:
        deliveries.made.lab.flux.give_key(deliveries.estate.age_key.read_text())
    assert done["failed"]
    assert "Flux can't decrypt a file: see that the Secret flux-system/sops-age holds an age key" in done["msg"]
    assert "failed" not in deliveries.deliver()


def test_a_kustomization_that_does_not_decrypt_is_found_out_though_flux_says_that_it_is_ready(deliveries: Deliveries) -> None:
    decryption = {"provider": "sops", "secretRef": {"name": KEY_SECRET}}
    with deliveries.changed("Kustomization", "dagster", {"decryption": None}, {"decryption": decryption}):
        deliveries.made.lab.flux.reconcile("lotus-lake")
        done = deliveries.deliver("lotus-lake")

        def flux_is_content() -> bool:
            said = deliveries.api.get("Kustomization", "dagster", NAMESPACE, version=KUSTOMIZE)
            return bool(condition_of(said, "Ready")["status"] == "True")

        # it may reconcile once more just now, which is Unknown for a moment
        deliveries.api.wait("Flux to say that all is well", flux_is_content)
    assert done["failed"]
    assert "Kustomization flux-system/dagster has written the encrypted text (ENC[…])" in done["msg"]
    assert "It needs spec.decryption" in done["msg"]
    assert "ENC[AES" not in str(done)
    mended = deliveries.deliver("lotus-lake")
    assert "failed" not in mended, mended


def test_what_somebody_changed_in_the_cluster_is_put_right(deliveries: Deliveries) -> None:
    deliveries.push("as-the-file-says")
    deliveries.deliver()
    deliveries.wait_until_flux_rests()
    deliveries.api.merge("v1", "Secret", SECRET, LAKE_NAMESPACE, {"stringData": {KEY: "changed-by-hand"}})
    done = deliveries.deliver()
    assert "failed" not in done, done
    assert done["asked"] == ["Kustomization flux-system/lake"]
    assert deliveries.held() == "as-the-file-says"


def test_what_is_not_there_is_named(deliveries: Deliveries) -> None:
    declared = deliveries.estate.declaration
    delivery = {"method": "flux", "git_repository": "flux-system/h-kube", "kustomizations": ["flux-system/lakes"]}
    done = deliveries.deliver(estate={**declared, "delivery": delivery})
    assert "There is no Kustomization flux-system/lakes in the cluster at https://" in done["msg"]
    done = deliveries.deliver(estate={**declared, "delivery": {"method": "flux", "kustomizations": ["flux-system/lake"]}})
    assert "failed" not in done, done


def test_a_remote_that_flux_does_not_reach_is_said(deliveries: Deliveries) -> None:
    url = deliveries.made.lab.url(deliveries.estate.remote("h-kube"))
    with deliveries.changed("GitRepository", "h-kube", {"url": "http://127.0.0.1:9/h-kube.git"}, {"url": url}):
        delivery = {"method": "flux", "git_repository": "flux-system/h-kube"}
        deliveries.push("no-way-to-the-remote")
        done = deliveries.deliver(estate={**deliveries.estate.declaration, "delivery": delivery})
    assert done["failed"]
    assert "GitRepository flux-system/h-kube could not fetch" in done["msg"]
    assert "GitOperationFailed: " in done["msg"]
    assert "failed" not in deliveries.deliver()


def test_an_api_server_that_is_killed_in_the_middle_is_waited_for(deliveries: Deliveries) -> None:
    deliveries.push("while-the-api-is-away")
    control_plane = deliveries.made.lab.control_plane
    killed = threading.Event()
    back = threading.Thread(target=control_plane.start_api)

    def kill(line: str) -> None:
        if "asked" in line and not killed.is_set():
            killed.set()
            control_plane.stop_api()
            back.start()

    done = deliveries.deliver(progress=kill)
    back.join()
    assert killed.is_set()
    assert "failed" not in done, done
    assert deliveries.held() == "while-the-api-is-away"
