# SPDX-License-Identifier: GPL-3.0-or-later
"""What is pushed to the lab's remotes is applied by Flux, decrypted."""

from __future__ import annotations

import base64

from ansible_collections.lotus_lake.secrets.lab.estate import LAKE_NAMESPACE, LAKE_PATH, LabEstate

FILE = f"{LAKE_PATH}/lotus-lake-secrets.yaml"
SECRET = "lotus-lake-terraform-vars"


def held(made: LabEstate, name: str, namespace: str, key: str) -> str:
    """A value of a Secret in the cluster."""
    return base64.b64decode(made.lab.api.get("Secret", name, namespace)["data"][key]).decode()


def test_a_pushed_commit_is_applied_with_the_secret_decrypted(lab_estate: LabEstate) -> None:
    estate = lab_estate.estate
    assert held(lab_estate, SECRET, LAKE_NAMESPACE, "airbyte_client_id") != "pushed-just-now"
    estate.set("h-kube", FILE, ("stringData", "airbyte_client_id"), "pushed-just-now")
    estate.commit("h-kube", "Change a value", FILE)
    lab_estate.reconcile("h-kube")
    assert held(lab_estate, SECRET, LAKE_NAMESPACE, "airbyte_client_id") == "pushed-just-now"


def test_a_push_goes_through_the_git_server_as_to_a_forge(lab_estate: LabEstate) -> None:
    from_flux = lab_estate.lab.api.get("GitRepository", "lotus-lake", "flux-system", version="source.toolkit.fluxcd.io/v1")
    assert from_flux["spec"]["url"].startswith("http://")
    config = (lab_estate.estate.checkout("lotus-lake") / ".git" / "config").read_text()
    assert f"url = {from_flux['spec']['url']}" in config


def test_every_copy_in_the_cluster_holds_what_the_repositories_hold(lab_estate: LabEstate) -> None:
    estate = lab_estate.estate
    for identity in estate.model.identities:
        for copy in identity.copies:
            document = estate.document(copy.repository, copy.file)
            name, namespace = document["metadata"]["name"], document["metadata"]["namespace"]
            for place in (copy.access_key, copy.secret_key):
                key = str(place.key[-1])
                assert held(lab_estate, name, namespace, key) == document["stringData"][key]
