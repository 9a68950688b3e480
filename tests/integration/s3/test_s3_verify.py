# SPDX-License-Identifier: GPL-3.0-or-later
"""The operation s3_verify on real SOPS files, a real Git history and a real SeaweedFS."""

from __future__ import annotations

import base64
import json
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from ansible.module_utils.common.arg_spec import ArgumentSpecValidator
from ansible_collections.lotus_lake.secrets.demo.seaweedfs import SeaweedFS, identity
from ansible_collections.lotus_lake.secrets.plugins.module_utils.operations.operation import Context, perform
from ansible_collections.lotus_lake.secrets.plugins.module_utils.operations.s3_verify import OPERATION
from ansible_collections.lotus_lake.secrets.tests.fixtures.sops_lab import SopsLab

LANDING, BACKUPS = "airbyte-landing", "cnpg-backups"
ROOT = Path(__file__).parents[3]
MASTER = "stringData.seaweedfs_s3_config"


@pytest.fixture
def lab(tmp_path: Path) -> SopsLab:
    return SopsLab(tmp_path)


@pytest.fixture
def daggy(unique: Callable[[str], str]) -> str:
    return unique("daggy")


def secret_of(key: str) -> str:
    return f"the-secret-of-{key}-0123456789"


def entry(name: str, *keys: str) -> dict[str, Any]:
    """An identity that may Read and Write in the bucket for backups."""
    actions = [f"Read:{BACKUPS}", f"Write:{BACKUPS}"]
    return {
        "name": name,
        "credentials": [{"accessKey": key, "secretKey": secret_of(key)} for key in keys],
        "actions": actions,
    }


def manifest(field: str, values: dict[str, str]) -> str:
    lines = "".join(f"  {key}: {json.dumps(value)}\n" for key, value in values.items())
    return f"apiVersion: v1\nkind: Secret\nmetadata:\n  name: it\n{field}:\n{lines}"


def copy_of(key: str, secret: str = "") -> dict[str, str]:
    return {"ACCESS_KEY_ID": key, "SECRET_ACCESS_KEY": secret or secret_of(key)}


def in_copy(name: str, file: Path, **more: Any) -> dict[str, Any]:
    keys = {"access_key": "stringData.ACCESS_KEY_ID", "secret_key": "stringData.SECRET_ACCESS_KEY"}
    buckets = [{"name": BACKUPS, "actions": ["Read", "Write"]}]
    return {"name": name, "file": str(file), **keys, "buckets": buckets, "elsewhere": [LANDING]} | more


@pytest.fixture
def verified(seaweedfs: SeaweedFS, lab: SopsLab) -> Callable[..., dict[str, Any]]:
    """The operation's result for these credentials. No secret of theirs is in it, nor in the lines."""

    def run(*credentials: dict[str, Any], check: bool = False, **options: Any) -> dict[str, Any]:
        params = {"endpoints": [{"url": seaweedfs.endpoint}], "credentials": list(credentials), "wait": 1, **options}
        validated = ArgumentSpecValidator(dict(OPERATION.argument_spec), **OPERATION.rules).validate(params)
        assert not validated.error_messages
        lines: list[str] = []
        context = Context(check=check, environ=lab.environ, progress=lines.append)
        result = perform(OPERATION, validated.validated_parameters, context)
        assert "the-secret-of" not in repr(result) + repr(lines)
        assert result["changed"] is False
        return result

    return run


def test_a_copy_is_accepted_for_exactly_its_bucket(
    seaweedfs: SeaweedFS, lab: SopsLab, daggy: str, verified: Any, everything_in: Any
) -> None:
    before = everything_in(seaweedfs)
    seaweedfs.reload({"identities": [entry(daggy, daggy)]})
    file = lab.write("secret.yaml", manifest("stringData", copy_of(daggy)), "--encrypted-regex", "^(data|stringData)$")
    result = verified(in_copy("daggy", file), wait=10)
    assert "msg" not in result
    (row,) = result["verified"]
    assert row.pop("waited") < 10
    assert row == {
        "name": "daggy",
        "access_key_id": daggy,
        "endpoint": seaweedfs.endpoint,
        "expect": "accepted",
        "verdict": "accepted",
        "ok": True,
        "buckets": {BACKUPS: ["Read", "Write"], LANDING: []},
    }
    assert everything_in(seaweedfs) == before


def test_base64_of_a_secrets_data_is_decoded(seaweedfs: SeaweedFS, lab: SopsLab, daggy: str, verified: Any) -> None:
    seaweedfs.reload({"identities": [entry(daggy, daggy)]})
    encoded = {key: base64.b64encode(value.encode()).decode() for key, value in copy_of(daggy).items()}
    file = lab.write("secret.yaml", manifest("data", encoded))
    keys = {"access_key": ["data", "ACCESS_KEY_ID"], "secret_key": "data.SECRET_ACCESS_KEY"}
    assert verified(in_copy("daggy", file, **keys), wait=10)["ok"]


@pytest.mark.parametrize("name", ["s3.env", "s3.json", "s3.ini"])
def test_other_formats_hold_credentials_too(seaweedfs: SeaweedFS, lab: SopsLab, daggy: str, verified: Any, name: str) -> None:
    seaweedfs.reload({"identities": [entry(daggy, daggy)]})
    text, prefix = {
        "s3.env": ("".join(f"{key}={value}\n" for key, value in copy_of(daggy).items()), ""),
        "s3.json": (json.dumps({"s3": copy_of(daggy)}), "s3."),
        "s3.ini": ("[s3]\n" + "".join(f"{key} = {value}\n" for key, value in copy_of(daggy).items()), "s3."),
    }[name]
    keys = {"access_key": f"{prefix}ACCESS_KEY_ID", "secret_key": f"{prefix}SECRET_ACCESS_KEY"}
    assert verified(in_copy("daggy", lab.write(name, text), **keys), wait=10)["ok"]


@pytest.mark.parametrize("form", ["at a key", "the file itself"])
def test_a_new_credential_is_taken_from_the_master(
    seaweedfs: SeaweedFS, lab: SopsLab, daggy: str, verified: Any, form: str
) -> None:
    document = {"identities": [entry(daggy, daggy, f"{daggy}-new")]}
    seaweedfs.reload(document)
    if form == "at a key":
        file = lab.write("master.yaml", manifest("stringData", {"seaweedfs_s3_config": json.dumps(document)}))
    else:
        file = lab.write("master.json", json.dumps(document))
    where = {"file": str(file), "identity": daggy} | ({"master": MASTER} if form == "at a key" else {})
    result = verified(
        {"name": "old", "access_key_id": daggy, **where},
        {"name": "new", "access_key_id": f"{daggy}-new", **where},
        wait=10,
        prove="authentication",
    )
    assert [(row["name"], row["access_key_id"], row["ok"]) for row in result["verified"]] == [
        ("old", daggy, True),
        ("new", f"{daggy}-new", True),
    ]


def git(folder: Path, *arguments: str) -> str:
    return subprocess.run(["git", *arguments], cwd=folder, check=True, capture_output=True, text=True).stdout.strip()


@pytest.mark.parametrize("is_gone", [False, True])
def test_a_retired_credential_is_read_from_an_earlier_commit_and_refused(
    seaweedfs: SeaweedFS, lab: SopsLab, daggy: str, verified: Any, tmp_path: Path, is_gone: bool
) -> None:
    new = f"{daggy}-new"
    seaweedfs.reload({"identities": [entry(daggy, new)]})
    repository = tmp_path / "h-kube"
    (repository / "deploy").mkdir(parents=True)
    git(repository, "init", "-q")
    file = repository / "deploy" / "secret.yaml"
    file.write_text(lab.encrypt(manifest("stringData", copy_of(daggy))))
    git(repository, "add", ".")
    git(repository, "commit", "-qm", "Before")
    before = git(repository, "rev-parse", "HEAD")
    file.write_text(lab.encrypt(manifest("stringData", copy_of(new))))
    git(repository, "commit", "-qam", "Rotate")
    retired = in_copy("retired", file, expect="refused", commit=before)
    if is_gone:
        git(repository, "rm", "-q", "deploy/secret.yaml")
        assert not file.parent.exists()
        result = verified(retired)
    else:
        result = verified(in_copy("daggy", file), retired, wait=10)
    assert [(row["access_key_id"], row["verdict"]) for row in result["verified"]][-1] == (daggy, "unknown_key")
    assert result["ok"]
    file.parent.mkdir(exist_ok=True)
    missing = verified(in_copy("daggy", file, commit="0" * 40))
    assert missing["failed"]
    elsewhere = verified(in_copy("daggy", file.with_name("other.yaml"), commit=before))
    assert "deploy/other.yaml is not in the commit" in elsewhere["msg"]


def test_all_that_is_wrong_is_one_message(seaweedfs: SeaweedFS, lab: SopsLab, daggy: str, verified: Any) -> None:
    seaweedfs.reload({"identities": [entry(daggy, daggy)]})
    drifted = lab.write("drifted.yaml", manifest("stringData", copy_of(daggy, "the-secret-of-long-ago")))
    unknown = lab.write("unknown.yaml", manifest("stringData", copy_of(f"{daggy}-nobody")))
    good = lab.write("good.yaml", manifest("stringData", copy_of(daggy)))
    everything = [{"name": BACKUPS, "actions": ["Read", "Write", "List"]}]
    nothing_listens = {"url": "http://127.0.0.1:1"}
    result = verified(
        in_copy("drifted", drifted),
        in_copy("unknown", unknown),
        in_copy("good", good),
        in_copy("less", good, buckets=everything),
        in_copy("more", good, buckets=[{"name": BACKUPS, "actions": ["Read"]}]),
        in_copy("alive", good, expect="refused"),
        endpoints=[{"url": seaweedfs.endpoint}, nothing_listens],
    )
    message = result["msg"]
    assert result["failed"]
    assert [(row["name"], row["verdict"]) for row in result["verified"] if row["endpoint"] == seaweedfs.endpoint] == [
        ("drifted", "wrong_secret"),
        ("unknown", "unknown_key"),
        ("good", "accepted"),
        ("less", "missing_right"),
        ("more", "too_much"),
        ("alive", "accepted"),
    ]
    assert {row["verdict"] for row in result["verified"] if row["endpoint"] == "http://127.0.0.1:1"} == {"unreachable"}
    assert "11 of 12 proofs at S3 failed" in message
    assert f"drifted (access key id {daggy}) at {seaweedfs.endpoint}: S3 knows the access key id with another" in message
    assert f"unknown (access key id {daggy}-nobody)" in message
    assert f"List on {BACKUPS} is refused" in message
    assert f"Write on {BACKUPS} works and is not declared" in message
    assert "it must be refused and is still accepted" in message
    assert message.count("http://127.0.0.1:1: nobody answers") == 1
    assert "What to do:" in message


def test_what_cannot_be_read_is_said_before_anything_is_asked(lab: SopsLab, verified: Any) -> None:
    good = lab.write("good.yaml", manifest("stringData", copy_of("daggy")))
    master = lab.write("master.yaml", manifest("stringData", {"seaweedfs_s3_config": '{"identities": ['}))
    reference = {"identities": [identity("daggy", "daggy", "${DAGGY_SECRET}")]}
    referring = lab.write("reference.json", json.dumps(reference))
    by_identity = {"identity": "daggy", "access_key_id": "daggy"}
    result = verified(
        in_copy("first", lab.folder / "gone.yaml"),
        in_copy("second", good, secret_key="stringData.NOT_THERE"),
        {"name": "third", "file": str(master), "master": MASTER, **by_identity},
        {"name": "fourth", "file": str(referring), **by_identity},
        {"name": "fifth", "file": str(referring), **by_identity, "access_key_id": "other"},
        in_copy("sixth", good, buckets=[{"name": BACKUPS, "actions": ["Read"]}] * 2),
        in_copy("seventh", good, elsewhere=["cnpg-*"]),
    )
    message = result["msg"]
    assert "verified" not in result
    assert "7 credentials can't be proven" in message
    assert "gone.yaml" in message
    assert "stringData.NOT_THERE: the key isn't there" in message
    assert "holds no identities document" in message
    assert "reference to the gateway's environment" in message
    assert "identity daggy has no credential with the access key id other" in message
    assert f"sixth: the bucket {BACKUPS} is named twice" in message
    assert "'cnpg-*' is no bucket" in message
    assert "Nothing was asked." in message


@pytest.mark.parametrize(
    "url", ["s3.example.com", "ftp://s3.example.com", "http://", "http://me:its-password@s3", "http://s3:port"]
)
def test_an_address_that_is_none_is_refused_without_its_password(verified: Any, url: str) -> None:
    result = verified(endpoints=[{"url": url}])
    assert "is no address of an S3 service" in result["msg"]
    assert "its-password" not in result["msg"]


def test_a_ca_bundle_that_is_not_there_is_named(verified: Any) -> None:
    result = verified(endpoints=[{"url": "https://127.0.0.1:1", "ca_bundle": "/not/there.pem"}])
    assert "The ca_bundle /not/there.pem of https://127.0.0.1:1 is not there." in result["msg"]


@pytest.mark.parametrize("shipped", [False, True])
def test_both_ways_to_run_it_give_the_same(seaweedfs: SeaweedFS, lab: SopsLab, daggy: str, tmp_path: Path, shipped: bool) -> None:
    seaweedfs.reload({"identities": [entry(daggy, daggy)]})
    file = lab.write("secret.yaml", manifest("stringData", copy_of(daggy)))
    arguments = {"endpoints": [{"url": seaweedfs.endpoint}], "credentials": [in_copy("daggy", file)], "wait": 10}
    # A task that runs in the background is shipped
    task = {"lotus_lake.secrets.s3_verify": arguments, "register": "it"} | ({"async": 60, "poll": 1} if shipped else {})
    play = {
        "hosts": "localhost",
        "gather_facts": False,
        "vars": {"ansible_python_interpreter": sys.executable},
        "tasks": [task, {"ansible.builtin.copy": {"content": "{{ it | to_json }}", "dest": f"{tmp_path}/result.json"}}],
    }
    playbook = tmp_path / "play.yml"
    playbook.write_text(json.dumps([play]))
    environ = {
        **os.environ,
        "ANSIBLE_ASYNC_DIR": str(tmp_path / "jobs"),
        "ANSIBLE_COLLECTIONS_PATH": f"{ROOT}/collections",
        "SOPS_AGE_KEY_FILE": str(lab.key_file),
    }
    done = subprocess.run(
        ["ansible-playbook", "-i", "localhost,", "-c", "local", "-vvvv", playbook],
        env=environ,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout
    assert "the-secret-of" not in done.stdout + done.stderr
    result = json.loads((tmp_path / "result.json").read_text())
    (row,) = result["verified"]
    assert (row["ok"], row["access_key_id"], row["buckets"]) == (True, daggy, {BACKUPS: ["Read", "Write"], LANDING: []})
