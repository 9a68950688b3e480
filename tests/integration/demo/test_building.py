# SPDX-License-Identifier: GPL-3.0-or-later
"""The estate that everything else is tested and shown on is a real one."""

from __future__ import annotations

from pathlib import Path

import pytest
from ansible_collections.lotus_lake.secrets.demo.building import MANY, build
from ansible_collections.lotus_lake.secrets.demo.declarations import numbered, shipped
from ansible_collections.lotus_lake.secrets.demo.estate import EmbeddedEstate
from ansible_collections.lotus_lake.secrets.demo.programs import git


def test_the_runbooks_files_lie_at_their_paths_and_sops_decrypts_them(unserved_estate: EmbeddedEstate) -> None:
    estate = unserved_estate
    secrets = {
        ("h-kube", "cluster/infrastructure/services/seaweedfs/s3-auth-secret.yaml"): "seaweedfs-s3-config",
        ("h-kube", "cluster/namespaces/lotus-lake/lotus-lake-secrets.yaml"): "lotus-lake-terraform-vars",
        ("h-kube", "cluster/namespaces/lotus-lake/ducklake-db-backup-secret.yaml"): "ducklake-db-backup-creds",
        ("lotus-lake", "deploy/dagster/backup-secret.yaml"): "dagster-db-backup-creds",
    }
    for (repository, file), name in secrets.items():
        document = estate.document(repository, file)
        assert document["kind"] == "Secret"
        assert document["metadata"]["name"] == name
        assert "ENC[" not in str(document["stringData"])
        assert "ENC[AES256_GCM" in (estate.checkout(repository) / file).read_text()


def test_every_copy_holds_what_the_master_accepts(unserved_estate: EmbeddedEstate) -> None:
    master = unserved_estate.master()
    assert list(master) == ["lotus-lake-s3", "rubberducky", "daggy"]
    for name, credentials in master.items():
        assert unserved_estate.copies(name) == credentials


def test_a_secret_beside_the_credentials_is_there_to_be_left_alone(unserved_estate: EmbeddedEstate) -> None:
    document = unserved_estate.document("h-kube", "cluster/namespaces/lotus-lake/lotus-lake-secrets.yaml")
    assert {"airbyte_client_secret", "minio_user", "minio_password"} < set(document["stringData"])


def test_credentials_were_changed_by_hand_at_different_times(unserved_estate: EmbeddedEstate) -> None:
    held = [master for _, master in unserved_estate.masters()]
    assert [len({str(master[name]) for master in held}) for name in ("lotus-lake-s3", "rubberducky", "daggy")] == [1, 2, 2]


def test_the_key_is_for_its_owner_only(unserved_estate: EmbeddedEstate) -> None:
    assert unserved_estate.age_key.stat().st_mode & 0o777 == 0o600


def test_copies_of_an_estate_know_nothing_of_each_other(estate_template: EmbeddedEstate, tmp_path: Path) -> None:
    one, other = estate_template.copied_to(tmp_path / "one"), estate_template.copied_to(tmp_path / "other")
    before = other.tips()
    (one.checkout("h-kube") / "README.md").write_text("changed\n")
    assert one.commit("h-kube", "Change the readme") == one.tip("h-kube")
    assert other.tips() == before == estate_template.tips()
    for file in one.folder.rglob("*"):
        if file.is_file() and ".git/objects" not in str(file):
            assert str(estate_template.folder) not in file.read_text(errors="replace"), file


@pytest.mark.parametrize("identities", [2, MANY])
def test_an_estate_of_any_size_can_be_decrypted_by_sops(identities: int, tmp_path: Path) -> None:
    estate = build(tmp_path / "estate", numbered(identities, copies=2, repositories=2))
    master = estate.master()
    assert len(master) == identities
    for name in (min(master), max(master)):
        assert estate.copies(name) == master[name] * 2
    files = [copy.file for identity in estate.model.identities for copy in identity.copies]
    assert len(set(files)) == 2 * identities
    assert {copy.repository for copy in estate.model.identities[0].copies} == {"repository-1", "repository-2"}


def test_an_estate_by_url_has_its_remotes_as_urls(tmp_path: Path) -> None:
    declared = shipped()
    declared["repositories"] = [{"name": "h-kube", "url": "x"}, {"name": "lotus-lake", "url": "x"}]
    estate = build(tmp_path / "estate", declared)
    url = estate.declaration["repositories"][0]["url"]
    assert git(tmp_path, "ls-remote", url, "refs/heads/main").split()[0] == estate.tip("h-kube")


@pytest.mark.parametrize(
    ("file", "access_key", "secret_key"),
    [
        ("app/secret.yaml", "data.id", "data.secret"),
        ("app/settings.json", "s3.id", "s3.secret"),
        ("app/settings.env", "S3_ID", "S3_SECRET"),
        ("app/settings.ini", "s3.id", "s3.secret"),
        (
            "app/secret.yaml",
            {"key": "stringData.config", "json": "s3.id"},
            {"key": "stringData.config", "json": "s3.secret"},
        ),
    ],
)
def test_copies_of_every_kind_can_be_built(file: str, access_key: object, secret_key: object, tmp_path: Path) -> None:
    declared = numbered(1)
    declared["identities"][0]["copies"][0].update(file=file, access_key=access_key, secret_key=secret_key)
    estate = build(tmp_path / "estate", declared)
    text = (estate.checkout("repository-1") / file).read_text()
    assert "ENC[AES256_GCM" in text
    [(_, secret)] = estate.master()["id001"]
    assert secret not in text
    assert estate.document("repository-1", file)
