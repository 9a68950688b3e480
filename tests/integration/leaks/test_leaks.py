# SPDX-License-Identifier: GPL-3.0-or-later
"""No secret of an estate is seen anywhere while playbooks and modules work and fail, as talkative as they can be."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pyrage
import pytest
from ansible_collections.lotus_lake.secrets.demo.estate import EmbeddedEstate
from ansible_collections.lotus_lake.secrets.plugins.module_utils.audit.reports import FORMATS
from ansible_collections.lotus_lake.secrets.tests.fixtures.git_lab import hook
from ansible_collections.lotus_lake.secrets.tests.fixtures.watch import Watch

pytestmark = pytest.mark.long
SecretsOf = Callable[[EmbeddedEstate], dict[str, bytes]]
Needles = Callable[..., dict[str, bytes]]
EVERY_MODULE = str(Path(__file__).resolve().parent / "every_module.yml")
ODD = 'a/b+c="d\\e 0123456789'
"""A secret key that is written differently in JSON, in a URL and in YAML."""
ELSEWHERE = Path(__file__).resolve().parents[2] / "fixtures" / "elsewhere"
FAILING = {
    "Publish to a remote that refuses it",
    "Prove with single credentials, of files and of an earlier commit",
    "Fail to change values",
    "Fail to open files with another key",
    "Fail for an identity that isn't there",
    "Fail on broken files",
    "Fail on a broken copy",
    "Fail to make workspaces of a checkout that isn't there",
}


def _by_hand(estate: EmbeddedEstate, identity: str, secret: str) -> None:
    """Give an identity another secret key in the master and in its copy, as the operator did it before."""
    place = estate.model.master
    held = json.loads(estate.document(place.repository, place.file)["stringData"]["seaweedfs_s3_config"])
    for one in held["identities"]:
        if one["name"] == identity:
            one["credentials"][0]["secretKey"] = secret
    estate.set(place.repository, place.file, place.key, json.dumps(held))
    estate.commit(place.repository, "By hand")
    copy = estate.model.identity(identity).copies[0]
    estate.set(copy.repository, copy.file, copy.secret_key.key, secret)
    estate.commit(copy.repository, "By hand")


@pytest.fixture
def followed(embedded_estate: EmbeddedEstate) -> EmbeddedEstate:
    """The estate with one odd secret. What a push brings to S3 is brought by the follower alone, in this test's process."""
    embedded_estate.change(delivery={"method": "none"})
    _by_hand(embedded_estate, "daggy", ODD)
    return embedded_estate


@pytest.mark.parametrize("callback", ["default", "ansible.posix.json"])
def test_no_playbook_shows_a_secret(
    followed: EmbeddedEstate, watch: Watch, secrets_of: SecretsOf, needles: Needles, callback: str
) -> None:
    runs = []

    def run(*arguments: str, code: int = 0) -> None:
        done = watch.run(*arguments, callback=callback)
        assert done.code == code, done.seen["stdout"].decode()[-5000:]
        runs.append((arguments, done))

    run("rotate.yml", "-e", "identity=daggy,rubberducky", "--check")
    run("rotate.yml", "-e", "identity=daggy")
    run("rollback.yml", "-e", "identity=daggy")
    followed.change(policy={"grace": "1h"})
    run("rotate.yml", "-e", "identity=rubberducky")
    run("rollback.yml", "-e", "identity=rubberducky", "--check")
    run("rollback.yml", "-e", "identity=rubberducky")
    run("rotate.yml", "-e", "identity=lotus-lake-s3", "-e", "strategy=in_place")
    copy = followed.model.identity("lotus-lake-s3").copies[0]
    followed.checkout(copy.repository)
    followed.set(copy.repository, copy.file, copy.secret_key.key, "DriftedAway0123456789")
    followed.commit(copy.repository, "By hand")
    run("verify.yml", code=2)
    reports = [{"format": format, "path": f"~/audit.{format}"} for format in FORMATS]
    run("audit.yml", "-e", json.dumps({"reports": reports}), code=2)
    run("sync.yml", "--check")
    run("sync.yml")
    run("verify.yml")

    secrets = secrets_of(followed)
    assert len(secrets) > 100
    made = {secret: "--check" in arguments for arguments, done in runs for secret in done.generated}
    # of daggy and rubberducky in check mode; really, of each of the three
    assert sorted(made.values()) == [False] * 3 + [True] * 2
    for secret, only_predicted in made.items():
        assert (secret.encode() in secrets.values()) is not only_predicted
    hidden = {**secrets, **needles({f"made {number}": secret for number, secret in enumerate(made)})}
    for arguments, done in runs:
        assert done.leaks(hidden) == [], arguments
    assert any(b"fp:" in done.seen["stdout"] for _arguments, done in runs)


@pytest.mark.parametrize("way", ["in process", "shipped"])
def test_no_module_shows_a_secret_when_it_works_and_when_it_fails(
    followed: EmbeddedEstate,
    watch: Watch,
    secrets_of: SecretsOf,
    needles: Needles,
    way: str,
    tmp_path: Path,
) -> None:
    other = tmp_path / "other.key"
    other.write_text(f"{pyrage.x25519.Identity.generate()}\n")
    text_file = tmp_path / "text"
    text_file.write_text("OfATextFile0123456789\n")
    refusing = hook(followed.remote("h-kube"), "pre-receive", "exit 1")
    shipped = way == "shipped"
    extra = ["-e", f"shipped={60 if shipped else 0}", "-e", f"other_key={other}", "-e", f"text_file={text_file}"]
    # the key itself in the environment, too
    key = {"SOPS_AGE_KEY": followed.age_key.read_text().split()[-1], "SOPS_AGE_KEY_FILE": ""}
    secrets = secrets_of(followed)
    if shipped:
        extra += ["-e", "ansible_connection=elsewhere"]
    for more, environ in (([], {}), (["--check"], key)):
        done = watch.run(EVERY_MODULE, *extra, *more, environ={**environ, "ANSIBLE_CONNECTION_PLUGINS": str(ELSEWHERE)})
        assert done.code == 0, done.seen["stdout"].decode()[-5000:]
        said = done.seen["stdout"].decode()
        failed = {task.partition("]")[0] for task in said.split("TASK [")[1:] if "...ignoring" in task}
        # a key in SOPS_AGE_KEY counts beside the one of the task
        well = {"Publish to a remote that refuses it", "Fail to open files with another key"} if more else set()
        assert failed >= FAILING - well, said
        # two staged and two replaced by the step, one that sops_value made
        assert sorted(map(len, done.generated)) == [20, 40, 40, 40, 40], said
        made = {f"made {number}": secret for number, secret in enumerate(done.generated)}
        hidden = {
            **secrets,
            **needles({"another key": other.read_text().split()[0], "a text file": "OfATextFile0123456789", **made}),
        }
        assert shipped == (b"EXEC /bin/sh -c" in done.seen["stdout"].partition(b"TASK [Break the files]")[0])
        if environ:
            # Ansible starts its modules, and what a task runs, with its own environment; the programs that we start get none
            ours = [name for name in done.seen if name not in ("environ", "environ_sampled")]
            assert "environ_of_programs" in ours
            assert done.leaks(hidden, *ours) == []
            others = {name: needle for name, needle in hidden.items() if not name.startswith("the age key")}
            assert done.leaks(others) == []
            assert done.leaks(secrets, "environ_sampled"), "the operator's own process has it"
        else:
            assert done.leaks(hidden) == []
    refusing.unlink()
