# SPDX-License-Identifier: GPL-3.0-or-later
"""Every mistake in a declaration, with its place."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from ansible_collections.lotus_lake.secrets.plugins.module_utils.estate import declaration
from ansible_collections.lotus_lake.secrets.plugins.module_utils.estate.schema import ESTATE
from ansible_collections.lotus_lake.secrets.tests.fixtures.declared_estate import mistakes, small
from hypothesis import given
from hypothesis import strategies as st


def _set(*path: Any) -> Callable[[dict[str, Any]], None]:
    """Puts the last of ``path`` where the others lead."""

    def put(declared: dict[str, Any]) -> None:
        holder: Any = declared
        for part in path[:-2]:
            holder = holder[part]
        holder[path[-2]] = path[-1]

    return put


def _remove(*path: Any) -> Callable[[dict[str, Any]], None]:
    def take(declared: dict[str, Any]) -> None:
        holder: Any = declared
        for part in path[:-1]:
            holder = holder[part]
        del holder[path[-1]]

    return take


DAGGY = "estate.identities[0] (daggy)"
DUCKY = "estate.identities[1] (rubberducky)"
KINDS: list[tuple[Callable[[dict[str, Any]], None], list[str]]] = [
    (_set("repositroies", []), ["estate: unknown field repositroies (did you mean repositories?)"]),
    (_set("master", "fiel", "x"), ["estate.master: unknown field fiel (did you mean file?)"]),
    (
        _set("identities", 0, "copies", 0, "acces_key", "x"),
        [f"{DAGGY}.copies[0]: unknown field acces_key (did you mean access_key?)"],
    ),
    (_set("identities", 0, "policy", {"max_aeg": "1d"}), [f"{DAGGY}.policy: unknown field max_aeg (did you mean max_age?)"]),
    (_remove("master", "file"), ["estate.master: file is missing"]),
    (_remove("s3"), ["estate: s3 is missing"]),
    (_remove("identities", 0, "copies", 0, "secret_key"), [f"{DAGGY}.copies[0]: secret_key is missing"]),
    (_remove("identities", 1, "name"), ["estate.identities[1]: name is missing"]),
    (_set("identities", 0, "copies", "x"), [f"{DAGGY}.copies: it must be a list"]),
    (_set("identities", 0, "keep", [5]), [f"{DAGGY}.keep[0]: it must be a text"]),
    (_set("repositories", []), ["estate.repositories: it must not be empty"]),
    (_set("identities", 0, "copies", 0, "access_key", ""), [f"{DAGGY}.copies[0].access_key: it must not be empty"]),
    (
        _set("identities", 0, "copies", 0, "access_key", 5),
        [f"{DAGGY}.copies[0].access_key: it must be a text or a list or a mapping"],
    ),
    (
        _set("identities", 0, "buckets", 0, "actions", ["Reed"]),
        [
            f"{DAGGY}.buckets[0] (backups).actions[0]: 'Reed' is none of Read, Write, List, Tagging, Admin (did you mean Read?)",
        ],
    ),
    (
        _set("policy", {"strategy": "inplace"}),
        ["estate.policy.strategy: 'inplace' is none of overlap, in_place (did you mean in_place?)"],
    ),
    (_set("policy", {"max_age": "90 days"}), ["estate.policy.max_age: '90 days' does not fit."]),
    (_set("policy", {"max_age": ""}), ["estate.policy.max_age: '' does not fit."]),
    (_set("policy", {"max_age": "999999999999d"}), ["estate.policy.max_age: '999999999999d' does not fit."]),
    (_set("policy", {"grace": 5}), ["estate.policy.grace: 5 does not fit."]),
    (_set("policy", {"secret_length": 13}), ["estate.policy.secret_length: 13 does not fit. Characters of a new secret key."]),
    (_set("s3", "endpoints", 0, "url", "127.0.0.1:8333"), ["estate.s3.endpoints[0].url: '127.0.0.1:8333' does not fit."]),
    (
        _set("identities", 0, "name", "dag gy"),
        [f"{DAGGY.replace('daggy', 'dag gy')}.name: 'dag gy' does not fit. As in the master."],
    ),
    (
        _set("master", "repository", "hkube"),
        ["estate.master.repository: there is no repository hkube (did you mean h-kube?)"],
    ),
    (
        _set("identities", 0, "copies", 0, "repository", "zzz"),
        [f"{DAGGY}.copies[0].repository: there is no repository zzz (known: h-kube, lotus-lake)"],
    ),
    (
        _set("identities", 0, "copies", 0, "file", "a/../../x.yaml"),
        [f"{DAGGY}.copies[0].file: ../x.yaml lies outside the repository; write it relative to its root"],
    ),
    (_set("master", "file", "/etc/s3.yaml"), ["estate.master.file: /etc/s3.yaml lies outside the repository"]),
    (_set("repositories", 1, "name", "h-kube"), ["estate.repositories[1] (h-kube): the name is taken by estate.repositories[0]"]),
    (_set("identities", 1, "name", "daggy"), [f"estate.identities[1] (daggy): the name is taken by {DAGGY}"]),
    (_set("repositories", 0, "url", "x"), ["estate.repositories[0] (h-kube): name either a checkout or a url"]),
    (_remove("repositories", 0, "checkout"), ["estate.repositories[0] (h-kube): name either a checkout or a url"]),
    (
        _set("repositories", 1, "url", "https://somebody:tok3n@git.example.com/lotus-lake"),
        ["estate.repositories[1] (lotus-lake): the url has a user or a password in it; leave it out"],
    ),
    (
        _set("repositories", 1, "url", "https://tok3n@git.example.com/lotus-lake"),
        ["estate.repositories[1] (lotus-lake): the url has a user or a password in it; leave it out"],
    ),
    (
        _set("s3", "endpoints", 0, "url", "https://somebody:tok3n@s3.example.com"),
        ["estate.s3.endpoints[0].url: 'https://***@s3.example.com' does not fit. Its address, without a user."],
    ),
    (
        _set("repositories", 0, "delivery", {"method": "tasks"}),
        ["estate.repositories[0] (h-kube): delivery by tasks needs the task file under tasks"],
    ),
    (
        _set("delivery", {"method": "tasks", "tasks": "deliver.yml"}),
        ["estate.delivery.tasks: deliver.yml is relative; write its path from the root, with inventory_dir for example"],
    ),
    (
        _set("repositories", 1, "delivery", {"method": "tasks", "tasks": "a/deliver.yml"}),
        ["estate.repositories[1] (lotus-lake).delivery.tasks: a/deliver.yml is relative; write its path from the root"],
    ),
    (
        _set("repositories", 0, "author", "Rotation"),
        ["estate.repositories[0] (h-kube).author: 'Rotation' is no author; write it as 'Name <address>'"],
    ),
    (
        _set("repositories", 0, "remote", "-x"),
        ["estate.repositories[0] (h-kube).remote: '-x' can't be the name of a remote; write it as `git remote` lists it"],
    ),
    (
        _set("repositories", 1, "branch", "a..b"),
        ["estate.repositories[1] (lotus-lake).branch: 'a..b' can't be the name of a branch; write it as `git branch` lists it"],
    ),
    (
        _set("repositories", 1, "url", "--upload-pack=x"),
        ["estate.repositories[1] (lotus-lake).url: it begins with a dash; git would take it for an option"],
    ),
    (
        _set("repositories", 0, "delivery", {"method": "apply", "git_repository": "flux-system/h-kube"}),
        ["estate.repositories[0] (h-kube): git_repository has no meaning for delivery by apply, only by flux"],
    ),
    (
        _set("repositories", 0, "delivery", {"method": "flux", "kustomizations": ["lake"]}),
        ["estate.repositories[0] (h-kube).delivery.kustomizations[0]: 'lake' does not fit. A Kustomization of Flux."],
    ),
    (
        _set("identities", 0, "buckets", [{"name": "b", "actions": ["Read"]}] * 2),
        [f"{DAGGY}.buckets[1] (b): the bucket b is named twice"],
    ),
    (
        _set("identities", 0, "copies", 0, "secret_key", "stringData.ID"),
        [f"{DAGGY}.copies[0]: access_key and secret_key are the same place, lotus-lake:a.yaml:stringData.ID"],
    ),
]


@pytest.mark.parametrize(("spoil", "said"), KINDS, ids=[said[0][:60] for _, said in KINDS])
def test_a_mistake_is_said_with_its_place(spoil: Callable[[dict[str, Any]], None], said: list[str]) -> None:
    declared = small()
    spoil(declared)
    found = mistakes(declared)
    for sentence in said:
        assert [line for line in found if line.startswith(sentence)], found


def test_all_mistakes_are_found_at_once() -> None:
    declared = small()
    for spoil in (
        _set("identities", 0, "policy", {"max_age": "soon"}),
        _set("identities", 0, "copies", 0, "file", "../a.yaml"),
        _set("identities", 1, "copies", 0, "repository", "h-cube"),
        _set("identities", 1, "consumer", []),
        _set("repositories", 1, "checkout", "/src/x"),
        _set("master", "repository", "nowhere"),
        _set("s3", "endpoints", 0, "regoin", "x"),
    ):
        spoil(declared)
    assert sorted(line.split(":")[0] for line in mistakes(declared)) == [
        f"{DAGGY}.copies[0].file",
        f"{DAGGY}.policy.max_age",
        DUCKY,
        f"{DUCKY}.copies[0].repository",
        "estate.master.repository",
        "estate.repositories[1] (lotus-lake)",
        "estate.s3.endpoints[0]",
    ]


def test_a_mistaken_delivery_of_the_estate_is_said_once() -> None:
    declared = small()
    declared["delivery"] = {"method": "tasks", "tasks": "deliver.yml"}
    (said,) = mistakes(declared)
    assert said.startswith("estate.delivery.tasks: ")


@pytest.mark.parametrize(
    ("access_key", "secret_key"),
    [
        ("stringData.ID", "stringData.OTHER"),
        (["stringData", "ID"], "stringData.OTHER"),
        ({"key": "stringData.ID", "document": 0}, "stringData.OTHER"),
        ({"key": "stringData.ID", "encoding": "none"}, "stringData.OTHER"),
        ({"key": "stringData.ID", "json": "id"}, "stringData.OTHER"),
        ("stringData.OTHER", {"key": "stringData.SECRET"}),
    ],
)
def test_two_identities_that_share_a_copy_are_found_however_it_is_written(access_key: Any, secret_key: Any) -> None:
    declared = small()
    declared["identities"][1]["copies"] = [
        {"repository": "lotus-lake", "file": "./a.yaml", "access_key": access_key, "secret_key": secret_key}
    ]
    (said,) = mistakes(declared)
    assert said.startswith(f"{DUCKY}.copies[0]: lotus-lake:a.yaml:stringData.")
    assert said.endswith(f"is also used by {DAGGY}.copies[0]; a copy belongs to one identity")


def test_copies_beside_each_other_are_no_mistake() -> None:
    declared = small()
    for number, identity in enumerate(declared["identities"]):
        identity["copies"] = [
            {
                "repository": "h-kube",
                "file": "b.yaml",
                "access_key": {"key": "config", "json": f"users.{number}.id", "document": number},
                "secret_key": {"key": "config", "json": f"users.{number}.secret", "document": number},
            },
            {
                "repository": "h-kube",
                "file": "c.yaml",
                "access_key": {"key": "config", "json": f"users.{number}.id"},
                "secret_key": {"key": "config", "json": f"users.{number}.secret"},
            },
        ]
    assert mistakes(declared) == []


def test_a_copy_in_the_master_itself_is_a_mistake() -> None:
    declared = small()
    inside = {"key": "stringData.config", "json": "identities.0.name"}
    declared["identities"][0]["copies"][0] |= {"repository": "h-kube", "file": "s3.yaml", "access_key": inside}
    assert mistakes(declared) == [f"{DAGGY}.copies[0]: h-kube:s3.yaml:stringData.config.identities.0.name is the master itself"]
    del declared["master"]["key"]
    assert len(mistakes(declared)) == 2


@pytest.mark.parametrize("declared", [None, [], "estate", 5])
def test_what_is_no_mapping_is_no_estate(declared: Any) -> None:
    assert declaration.read(declared) == declaration.Declaration(None, ("estate: it must be a mapping",))


def test_an_empty_estate_lacks_everything() -> None:
    missing = [f"estate: {name} is missing" for name in ("repositories", "master", "s3", "identities")]
    assert mistakes({}) == missing


JUNK = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=3) | st.floats(allow_nan=False),
    lambda inner: st.lists(inner, max_size=2) | st.dictionaries(st.sampled_from(sorted(ESTATE["properties"])), inner, max_size=2),
    max_leaves=4,
)


def _places(value: Any, so_far: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    inside = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    return [so_far, *(place for part, inner in inside for place in _places(inner, (*so_far, part)))]


@given(st.data())
def test_junk_anywhere_is_a_mistake_and_never_a_traceback(data: st.DataObject) -> None:
    declared = small()
    for _ in range(data.draw(st.integers(1, 3))):
        place = data.draw(st.sampled_from([place for place in _places(declared) if place]))
        if data.draw(st.booleans()):
            _remove(*place)(declared)
        else:
            _set(*place, data.draw(JUNK))(declared)
    read = declaration.read(declared)
    assert all(line.startswith("estate") for line in read.mistakes)
    if not read.mistakes:
        assert read.estate is not None
