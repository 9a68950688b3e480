# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

import pytest
from ansible_collections.lotus_lake.secrets.plugins.module_utils.s3.check import Check
from ansible_collections.lotus_lake.secrets.plugins.module_utils.s3.credential import S3Credential
from ansible_collections.lotus_lake.secrets.plugins.module_utils.s3.place import BucketPlace


@pytest.mark.parametrize(
    ("text", "place"),
    [
        ("landing", BucketPlace("landing")),
        ("landing/*", BucketPlace("landing")),
        ("landing/raw/*", BucketPlace("landing", "raw/")),
        ("landing/raw", BucketPlace("landing", "raw")),
    ],
)
def test_a_place_is_written_as_after_the_colon_of_an_action(text: str, place: BucketPlace) -> None:
    assert BucketPlace.parse(text) == place


@pytest.mark.parametrize("text", ["", "*", "land*", "/raw", "land ing", "landing/*/raw", "-x", "a"])
def test_what_names_no_single_bucket_is_no_place(text: str) -> None:
    with pytest.raises(ValueError, match="is no bucket"):
        BucketPlace.parse(text)


def check(buckets: dict[str, set[str]], *elsewhere: str) -> Check:
    declared = {bucket: frozenset(actions) for bucket, actions in buckets.items()}
    return Check("daggy", S3Credential("daggy", "a-secret"), True, declared, elsewhere)


def test_what_is_declared_on_a_bucket_holds_below_a_path_too() -> None:
    both = check({"landing": {"List"}, "landing/raw/*": {"Read"}})
    assert both.declared(BucketPlace("landing", "raw/")) == {"Read", "List"}
    assert both.declared(BucketPlace("landing")) == {"List"}
    assert both.declared(BucketPlace("elsewhere")) == frozenset()


def test_admin_brings_all_actions() -> None:
    assert check({"landing": {"Admin"}}).declared(BucketPlace("landing")) == {"Read", "Write", "List", "Tagging", "Admin"}


def test_the_rest_of_a_bucket_is_probed_where_only_a_path_is_declared() -> None:
    assert check({"landing/raw/*": {"Read"}}, "backups").places() == (
        BucketPlace("landing", "raw/"),
        BucketPlace("backups"),
        BucketPlace("landing"),
    )


def test_a_secret_key_shows_in_no_repr() -> None:
    assert "a-secret" not in repr(check({}))
    assert "a-secret" not in str(S3Credential("daggy", "a-secret"))
