# SPDX-License-Identifier: GPL-3.0-or-later
"""Secrets of SOPS files, applied without GitOps."""

from __future__ import annotations

import base64
from collections.abc import Callable
from typing import Any

import pytest
import yaml
from ansible_collections.lotus_lake.secrets.demo.sealing import seal
from ansible_collections.lotus_lake.secrets.lab.api import namespace
from ansible_collections.lotus_lake.secrets.lab.estate import LAKE_PATH, LabEstate
from ansible_collections.lotus_lake.secrets.plugins.module_utils.operations import secret_apply
from ansible_collections.lotus_lake.secrets.tests.fixtures.examples import examples_of
from ansible_collections.lotus_lake.secrets.tests.lab.operations import performed
from ansible_collections.lotus_lake.secrets.tests.lab.rotations import Rotations

NAMESPACE = "applied-by-hand"
FILE = "cluster/by-hand/secret.yaml"
Apply = Callable[..., dict[str, Any]]


@pytest.fixture
def push(lab_estate: LabEstate) -> Callable[..., str]:
    """Pushes the Secret ``keys`` in a folder that Flux does not apply, with these values."""

    def pushed(where: str = NAMESPACE, **values: str) -> str:
        checkout = lab_estate.estate.checkout("h-kube")
        metadata = {"name": "keys", "namespace": where, "labels": {"app": "web"}}
        manifest = {"apiVersion": "v1", "kind": "Secret", "metadata": metadata, "stringData": values}
        rules = yaml.safe_load((checkout / ".sops.yaml").read_text())
        if not any("by-hand" in rule.get("path_regex", "") for rule in rules["creation_rules"]):
            rule = {"path_regex": "by-hand", "encrypted_regex": "^(data|stringData)$", "age": rules["creation_rules"][0]["age"]}
            rules["creation_rules"].insert(0, rule)
            (checkout / ".sops.yaml").write_text(yaml.safe_dump(rules))
        (checkout / FILE).parent.mkdir(exist_ok=True)
        (checkout / FILE).write_text(seal(checkout, {FILE: yaml.safe_dump(manifest)})[FILE])
        return lab_estate.estate.commit("h-kube", "A Secret that Flux does not apply")

    return pushed


@pytest.fixture
def apply(lab_estate: LabEstate) -> Apply:
    """Applies files of h-kube: what the operation returns."""
    lab_estate.lab.api.apply(namespace(NAMESPACE))

    def applied(**more: Any) -> dict[str, Any]:
        return performed(lab_estate, secret_apply.OPERATION, **{"repository": "h-kube", "files": [FILE], **more})

    return applied


def there(made: LabEstate) -> dict[str, Any]:
    return made.lab.api.get("Secret", "keys", NAMESPACE)


def values(made: LabEstate) -> dict[str, str]:
    return {key: base64.b64decode(value).decode() for key, value in there(made).get("data", {}).items()}


def test_it_is_predicted_applied_and_not_applied_again(lab_estate: LabEstate, push: Callable[..., str], apply: Apply) -> None:
    push(id="daggy", key="first-value")
    predicted = apply(check=True, diff=True)
    assert predicted["changed"], predicted
    assert there(lab_estate) == {}
    done = apply(diff=True)
    assert done["changed"]
    assert done["diff"] == predicted["diff"]
    assert values(lab_estate) == {"id": "daggy", "key": "first-value"}
    assert there(lab_estate)["metadata"]["labels"] == {"app": "web"}
    (manager,) = there(lab_estate)["metadata"]["managedFields"]
    assert (manager["manager"], manager["operation"]) == ("lotus-lake-secrets", "Apply")
    assert "first-value" not in str(done)
    version = there(lab_estate)["metadata"]["resourceVersion"]
    again = apply(diff=True)
    assert (again["changed"], again["diff"]) == (False, [])
    assert there(lab_estate)["metadata"]["resourceVersion"] == version


def test_what_was_changed_by_hand_is_taken_over_and_what_the_file_lost_goes(
    lab_estate: LabEstate, push: Callable[..., str], apply: Apply
) -> None:
    push(id="daggy", gone="soon")
    apply()
    lab_estate.lab.api.merge("v1", "Secret", "keys", NAMESPACE, {"stringData": {"id": "by-hand"}})
    push(id="daggy-2")
    assert apply()["changed"]
    assert values(lab_estate) == {"id": "daggy-2"}


def test_an_earlier_commit_can_be_applied(lab_estate: LabEstate, push: Callable[..., str], apply: Apply) -> None:
    earlier = push(id="earlier")
    push(id="later")
    apply(commit=earlier)
    assert values(lab_estate) == {"id": "earlier"}


def test_a_secret_that_flux_applies_is_left_alone(apply: Apply) -> None:
    done = apply(files=[f"{LAKE_PATH}/lotus-lake-secrets.yaml"])
    assert done["failed"]
    assert "Secret lotus-lake/lotus-lake-terraform-vars belongs to Flux (kustomize-controller)" in done["msg"]
    assert "Declare the delivery by flux" in done["msg"]


@pytest.mark.parametrize("check", [False, True], ids=["for real", "in check mode"])
def test_a_namespace_that_is_not_there_is_named(push: Callable[..., str], apply: Apply, check: bool) -> None:
    push(where="not-there", id="a-value-that-is-secret")
    done = apply(check=check)
    assert done["failed"]
    assert "Make the namespace not-there, and run again." in done["msg"]
    assert "a-value-that-is-secret" not in done["msg"]


@pytest.mark.parametrize("shipped", [0, 120], ids=["in process", "shipped"])
@pytest.mark.usefixtures("apply")
def test_the_example_works(rotations: Rotations, push: Callable[..., str], shipped: int) -> None:
    """Flux applies the estate's own files, so it is given the one that it doesn't."""
    push(id="of-an-example")
    tasks = examples_of("secret_apply")
    tasks[0]["lotus_lake.secrets.secret_apply"]["files"] = [FILE]
    done = rotations.run_tasks(tasks, shipped=shipped)
    assert done.code == 0, done.output
    assert "of-an-example" not in done.output
