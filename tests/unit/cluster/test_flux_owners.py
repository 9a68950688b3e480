# SPDX-License-Identifier: GPL-3.0-or-later
"""Which Kustomization applies a file, and which GitRepository fetches it."""

from __future__ import annotations

from typing import Any

import pytest
from ansible_collections.lotus_lake.secrets.plugins.module_utils.cluster.flux import (
    Kustomization,
    git_repository,
    kustomization,
)
from ansible_collections.lotus_lake.secrets.plugins.module_utils.cluster.flux_owners import following, is_same_address, owners

SECRET = [("lotus-lake", "keys")]


def applying(name: str, path: str, *applied: str, **spec: Any) -> Kustomization:
    """A Kustomization of h-kube that has applied objects with these inventory ids."""
    return kustomization(
        {
            "metadata": {"namespace": "flux-system", "name": name},
            "spec": {"path": path, "sourceRef": {"kind": "GitRepository", "name": "h-kube"}, **spec},
            "status": {"inventory": {"entries": [{"id": one, "v": "v1"} for one in applied]}},
        }
    )


def names(found: list[Kustomization]) -> list[str]:
    return [one.name for one in found]


def test_the_one_that_has_applied_the_secret_owns_the_file_wherever_it_is() -> None:
    overlay = applying("overlay", "./overlays/production", "lotus-lake_keys__Secret", "lotus-lake_web_apps_Deployment")
    around = applying("base", "./base")
    assert names(owners("base/keys.yaml", SECRET, [around, overlay])) == ["overlay"]


def test_for_a_new_file_it_is_the_one_with_the_innermost_folder_around_it() -> None:
    root, cluster, other = applying("root", "./"), applying("cluster", "./cluster/"), applying("other", "clust")
    assert names(owners("cluster/new.yaml", SECRET, [root, other, cluster])) == ["cluster"]
    assert names(owners("elsewhere.yaml", SECRET, [root, other, cluster])) == ["root"]
    assert names(owners("elsewhere.yaml", SECRET, [other, cluster])) == []


def test_an_object_of_another_kind_with_the_name_of_the_secret_does_not_count() -> None:
    map_of_that_name = applying("maps", "./maps", "lotus-lake_keys__ConfigMap")
    assert names(owners("lake/keys.yaml", SECRET, [map_of_that_name, applying("lake", "./lake")])) == ["lake"]


def test_both_own_a_file_that_two_apply() -> None:
    one = applying("one", "./one", "lotus-lake_keys__Secret")
    two = applying("two", "./two", "lotus-lake_keys__Secret")
    assert names(owners("one/keys.yaml", SECRET, [one, two])) == ["one", "two"]


@pytest.mark.parametrize(
    ("spec", "applied", "found"),
    [
        ({}, "lotus-lake_keys__Secret", ("lotus-lake", "keys")),
        ({"targetNamespace": "production"}, "production_keys__Secret", ("production", "keys")),
        ({"namePrefix": "my-", "nameSuffix": "-2"}, "lotus-lake_my-keys-2__Secret", ("lotus-lake", "my-keys-2")),
        ({}, "set-by-kustomize_keys__Secret", ("set-by-kustomize", "keys")),
        ({}, "lotus-lake_other__Secret", None),
    ],
    ids=["as it says", "target namespace", "prefix and suffix", "namespace of kustomization.yaml", "none"],
)
def test_where_a_secret_of_a_manifest_is(spec: dict[str, Any], applied: str, found: tuple[str, str] | None) -> None:
    assert applying("lake", "./lake", applied, **spec).secret("lotus-lake", "keys") == found


def test_two_secrets_of_one_name_in_other_namespaces_are_not_guessed_between() -> None:
    assert applying("lake", "", "a_keys__Secret", "b_keys__Secret").secret("lotus-lake", "keys") is None


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("git@github.com:matta-kelly/lotus-lake.git", "ssh://git@github.com/matta-kelly/lotus-lake"),
        ("https://github.com/matta-kelly/lotus-lake", "ssh://git@GitHub.com:22/matta-kelly/lotus-lake.git"),
        ("https://someone@git.example.com:443/a/b.git/", "https://git.example.com/a/b"),
        ("file:///srv/git/a.git", "file:///srv/git/a.git"),
    ],
)
def test_addresses_of_one_repository(one: str, other: str) -> None:
    assert is_same_address(one, other)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("https://github.com/a/b", "https://github.com/a/bb"),
        ("https://github.com/a/b", "https://gitlab.com/a/b"),
        ("http://10.200.0.1:8080/a.git", "http://10.200.0.1:8081/a.git"),
        ("file:///srv/git/a.git", "file:///srv/git/b.git"),
    ],
)
def test_addresses_of_two_repositories(one: str, other: str) -> None:
    assert not is_same_address(one, other)


@pytest.mark.parametrize(
    ("ref", "follows"),
    [
        ({"branch": "main"}, True),
        ({"name": "refs/heads/main"}, True),
        ({"branch": "main", "commit": "0" * 40}, False),
        ({"tag": "v1"}, False),
        ({"semver": ">=1"}, False),
        ({"name": "refs/tags/main"}, False),
        ({}, False),
    ],
)
def test_only_what_follows_the_branch_can_deliver_it(ref: dict[str, str], follows: bool) -> None:
    document = {"metadata": {"namespace": "a", "name": "b"}, "spec": {"url": "https://host/a/b", "ref": ref}}
    assert bool(following([git_repository(document)], ["git@host:a/b.git"], "main")) == follows
