# SPDX-License-Identifier: GPL-3.0-or-later
"""A real SeaweedFS is asked. Each test has identities of its own names, since a reload takes none away."""

from __future__ import annotations

import datetime
import itertools
from collections.abc import Callable
from typing import Any

import pytest
from ansible_collections.lotus_lake.secrets.demo.seaweedfs import SeaweedFS, identity
from ansible_collections.lotus_lake.secrets.plugins.module_utils.s3.check import ACTIONS, Check, Finding
from ansible_collections.lotus_lake.secrets.plugins.module_utils.s3.credential import S3Credential
from ansible_collections.lotus_lake.secrets.plugins.module_utils.s3.endpoint import Endpoint
from ansible_collections.lotus_lake.secrets.plugins.module_utils.s3.probe import PROBE_PREFIX, Probe
from ansible_collections.lotus_lake.secrets.plugins.module_utils.s3.report import failure
from ansible_collections.lotus_lake.secrets.plugins.module_utils.s3.verdict import Answer, Verdict
from ansible_collections.lotus_lake.secrets.plugins.module_utils.s3.verify import verify
from ansible_collections.lotus_lake.secrets.tests.fixtures.seaweedfs import ADMIN, s3_client

SECRET = "the-secret-of-this-test-0123456789"
LANDING, BACKUPS = "airbyte-landing", "cnpg-backups"
Everything = Callable[[SeaweedFS], dict[str, list[str]]]


@pytest.fixture
def key(unique: Callable[[str], str]) -> str:
    return unique("daggy")


@pytest.fixture
def given(seaweedfs: SeaweedFS, key: str) -> Callable[..., None]:
    """SeaweedFS knows ``key`` with these actions, and perhaps more of its entry."""

    def give(*actions: str, **more: Any) -> None:
        seaweedfs.reload({"identities": [identity(key, key, SECRET, *actions) | more]})

    return give


@pytest.fixture
def proven(seaweedfs: SeaweedFS, key: str) -> Callable[..., Finding]:
    """What is found for ``key`` where these buckets are declared. It waits, since a reload takes some 10 ms."""

    def prove(buckets: dict[str, str], *elsewhere: str, secret: str = SECRET, wait: float = 0.5, **more: Any) -> Finding:
        declared = {bucket: frozenset(actions.split()) for bucket, actions in buckets.items()}
        check = Check(key, S3Credential(key, secret), more.pop("accepted", True), declared, elsewhere)
        (finding,) = verify([check], [Endpoint(seaweedfs.endpoint)], wait=wait, environ={}, **more)
        assert secret not in repr(finding) + str(failure([finding]))
        return finding

    return prove


def on(bucket: str, actions: str) -> list[str]:
    return [f"{action}:{bucket}" for action in actions.split()]


@pytest.mark.parametrize("count", range(1, len(ACTIONS)))
def test_exactly_the_declared_actions_are_accepted_and_no_object_stays(
    given: Any, proven: Any, seaweedfs: SeaweedFS, everything_in: Everything, count: int
) -> None:
    before = everything_in(seaweedfs)
    for actions in map(" ".join, itertools.combinations([a for a in ACTIONS if a != "Admin"], count)):
        given(*on(LANDING, actions))
        finding = proven({LANDING: actions}, BACKUPS, wait=5)
        assert finding.ok, finding.problems
        assert finding.verdict is Verdict.accepted
        assert finding.buckets == {LANDING: tuple(actions.split()), BACKUPS: ()}
    assert everything_in(seaweedfs) == before


def test_admin_of_a_bucket_may_do_all_in_it(given: Any, proven: Any) -> None:
    given(f"Admin:{LANDING}")
    finding = proven({LANDING: "Admin"}, BACKUPS)
    assert finding.ok
    assert finding.buckets == {LANDING: ACTIONS, BACKUPS: ()}


@pytest.mark.parametrize("missing", [a for a in ACTIONS if a != "Admin"])
def test_a_missing_right_is_named(given: Any, proven: Any, missing: str) -> None:
    granted = [a for a in ACTIONS if a not in (missing, "Admin")]
    given(*on(LANDING, " ".join(granted)))
    finding = proven({LANDING: "Read Write List Tagging"})
    assert finding.verdict is Verdict.missing_right
    assert finding.buckets == {LANDING: tuple(granted)}
    assert f"{missing} on {LANDING} is refused (AccessDenied)" in finding.problems[0].what
    assert f"Add {missing}:{LANDING}" in finding.problems[0].remedy


@pytest.mark.parametrize("excess", ACTIONS)
def test_a_right_too_much_is_found(given: Any, proven: Any, excess: str) -> None:
    declared = "Read" if excess != "Read" else "Write"
    given(*on(LANDING, f"{declared} {excess}"))
    finding = proven({LANDING: declared})
    assert finding.verdict is Verdict.too_much
    assert excess in finding.problems[0].what


def test_rights_in_a_bucket_where_nothing_may_be_allowed_are_found(given: Any, proven: Any) -> None:
    given("Read", f"Write:{LANDING}")
    finding = proven({LANDING: "Read Write"}, BACKUPS)
    assert finding.verdict is Verdict.too_much
    assert f"Read on {BACKUPS} works and is not declared" in finding.problems[0].what


def test_a_bucket_that_s3_shows_is_looked_at_although_nobody_named_it(given: Any, proven: Any) -> None:
    given(f"Read:{LANDING}", f"List:{BACKUPS}")
    finding = proven({LANDING: "Read"})
    assert finding.verdict is Verdict.too_much
    assert f"List on {BACKUPS} works" in finding.problems[0].what


def test_a_part_of_a_bucket_may_be_declared(given: Any, proven: Any, seaweedfs: SeaweedFS, everything_in: Everything) -> None:
    before = everything_in(seaweedfs)
    given(*on(f"{LANDING}/raw/*", "Read Write List"))
    finding = proven({f"{LANDING}/raw/*": "Read Write List"})
    assert finding.ok, finding.problems
    assert finding.buckets == {f"{LANDING}/raw/*": ("Read", "Write", "List"), LANDING: ()}
    client = s3_client(seaweedfs, "admin", ADMIN["credentials"][0]["secretKey"])
    assert "Contents" not in client.list_objects_v2(Bucket=LANDING, Prefix="raw/")
    assert {name: [key for key in keys if key != "raw/"] for name, keys in everything_in(seaweedfs).items()} == before


def test_the_whole_bucket_is_too_much_where_a_part_is_declared(given: Any, proven: Any) -> None:
    given(f"Read:{LANDING}")
    assert proven({f"{LANDING}/raw/*": "Read"}).verdict is Verdict.too_much


def test_objects_without_the_bucket_itself_are_enough_to_read(given: Any, proven: Any) -> None:
    given(f"Read:{LANDING}/*")
    assert proven({f"{LANDING}/*": "Read"}, BACKUPS).ok


def test_a_wrong_secret_is_told_from_an_unknown_key(given: Any, proven: Any, seaweedfs: SeaweedFS) -> None:
    given(f"Read:{LANDING}")
    assert proven({LANDING: "Read"}).ok
    finding = proven({LANDING: "Read"}, secret="another-secret-0123456789")
    assert finding.verdict is Verdict.wrong_secret
    assert "SignatureDoesNotMatch" in finding.problems[0].what
    unknown = Check("nobody", S3Credential("nobody", SECRET))
    (finding,) = verify([unknown], [Endpoint(seaweedfs.endpoint)], wait=0, environ={})
    assert finding.verdict is Verdict.unknown_key
    assert "InvalidAccessKeyId" in finding.problems[0].what


def test_an_inactive_credential_is_refused(given: Any, proven: Any, key: str) -> None:
    inactive = [{"accessKey": key, "secretKey": SECRET, "status": "Inactive"}]
    given(f"Read:{LANDING}", credentials=inactive)
    assert proven({}, accepted=False, wait=5).ok
    assert proven({LANDING: "Read"}).verdict is Verdict.unknown_key


def test_a_disabled_identity_is_refused(given: Any, proven: Any) -> None:
    given(f"Read:{LANDING}", disabled=True)
    assert proven({}, accepted=False, wait=5).ok


@pytest.mark.parametrize("rights", ["Admin", "Read Write List Tagging"])
def test_a_missing_bucket_is_named_and_not_made(
    given: Any, proven: Any, seaweedfs: SeaweedFS, everything_in: Everything, rights: str
) -> None:
    given(*rights.split())
    proven({}, wait=5)
    finding = proven({"no-such-bucket": rights}, wait=60)
    assert finding.verdict is Verdict.missing_bucket
    assert "the bucket no-such-bucket does not exist (NoSuchBucket)" in finding.problems[0].what
    assert finding.waited < 60
    assert "no-such-bucket" not in everything_in(seaweedfs)


def test_a_missing_bucket_without_rights_is_a_missing_right(given: Any, proven: Any) -> None:
    given(f"Read:{LANDING}")
    assert proven({"no-such-bucket": "Read"}).verdict is Verdict.missing_right


def test_rights_in_a_bucket_to_come_are_too_much(given: Any, proven: Any) -> None:
    given(f"Read:{LANDING}", "Read:no-such-bucket")
    finding = proven({LANDING: "Read"}, "no-such-bucket")
    assert finding.verdict is Verdict.too_much
    assert "does not exist" in finding.problems[0].what


def test_in_check_mode_no_object_is_put(given: Any, proven: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    given(*on(LANDING, "Read Write List Tagging"))
    asked: list[str] = []
    ask = Probe._ask

    def noted(self: Probe, credential: S3Credential, operation: str, **more: Any) -> Any:
        asked.append(operation)
        return ask(self, credential, operation, **more)

    monkeypatch.setattr(Probe, "_ask", noted)
    assert proven({LANDING: "Read Write List Tagging"}, BACKUPS, read_only=True, wait=5).ok
    assert asked
    assert not {"put_object", "delete_object", "put_object_tagging"} & set(asked)


def test_with_authentication_only_no_bucket_is_touched(given: Any, proven: Any) -> None:
    given(f"Read:{LANDING}")
    finding = proven({BACKUPS: "Write"}, only_authentication=True)
    assert finding.ok
    assert finding.buckets == {}


@pytest.mark.parametrize("broken", ["get_object", "put_object_tagging"])
def test_the_object_goes_even_where_the_probe_fails_halfway(
    given: Any, proven: Any, seaweedfs: SeaweedFS, everything_in: Everything, monkeypatch: pytest.MonkeyPatch, broken: str
) -> None:
    given(*on(LANDING, "Read Write Tagging"))
    proven({LANDING: "Read Write Tagging"}, wait=5)
    before = everything_in(seaweedfs)
    put: list[str] = []
    ask = Probe._ask

    def failing(self: Probe, credential: S3Credential, operation: str, **more: Any) -> tuple[Answer, dict[str, Any]]:
        if operation == "put_object":
            put.append(more["Key"])
        if operation == broken and put and more["Key"] == put[-1]:
            raise KeyboardInterrupt
        return ask(self, credential, operation, **more)

    monkeypatch.setattr(Probe, "_ask", failing)
    with pytest.raises(KeyboardInterrupt):
        proven({LANDING: "Read Write Tagging"})
    assert put
    assert put[0].startswith(PROBE_PREFIX)
    assert everything_in(seaweedfs) == before


def test_an_object_that_cannot_be_deleted_is_named(given: Any, proven: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    given(*on(LANDING, "Write"))
    proven({LANDING: "Write"}, wait=5)
    ask = Probe._ask
    kept: list[dict[str, Any]] = []

    def keeping(self: Probe, credential: S3Credential, operation: str, **more: Any) -> tuple[Answer, dict[str, Any]]:
        if operation == "delete_object":
            kept.append({"self": self, "credential": credential, "operation": operation, **more})
            return Answer(Verdict.missing_right, "AccessDenied"), {}
        return ask(self, credential, operation, **more)

    monkeypatch.setattr(Probe, "_ask", keeping)
    finding = proven({LANDING: "Write"}, wait=0)
    monkeypatch.undo()
    assert not finding.ok
    assert f"{LANDING}/{kept[0]['Key']}" in str(failure([finding]))
    assert ask(**kept[0])[0].verdict is Verdict.accepted


def test_nothing_stays_in_a_bucket_with_versions(given: Any, proven: Any, new_seaweedfs: Any, everything_in: Any) -> None:
    server = new_seaweedfs(identity("daggy", "daggy", SECRET, *on(LANDING, "Read Write List Tagging")))
    admin = s3_client(server, "admin", ADMIN["credentials"][0]["secretKey"])
    admin.put_bucket_versioning(Bucket=LANDING, VersioningConfiguration={"Status": "Enabled"})
    declared = {LANDING: frozenset({"Read", "Write", "List", "Tagging"})}
    check = Check("daggy", S3Credential("daggy", SECRET), True, declared, (BACKUPS,))
    (finding,) = verify([check], [Endpoint(server.endpoint)], wait=0, environ={})
    assert finding.ok, finding.problems
    assert everything_in(server) == {LANDING: [], BACKUPS: []}


def test_what_killed_probes_left_goes_after_an_hour(
    given: Any, proven: Any, seaweedfs: SeaweedFS, everything_in: Everything, monkeypatch: pytest.MonkeyPatch
) -> None:
    given(*on(LANDING, "Read Write List"))
    before = everything_in(seaweedfs)
    admin = s3_client(seaweedfs, "admin", ADMIN["credentials"][0]["secretKey"])
    left = f"{PROBE_PREFIX}left"
    admin.put_object(Bucket=LANDING, Key=left, Body=b"probe")
    assert proven({LANDING: "Read Write List"}, wait=5).ok
    assert left in everything_in(seaweedfs)[LANDING]
    an_hour_later = -datetime.timedelta(hours=1)
    monkeypatch.setattr(f"{Probe.__module__}.KILLED_BEFORE", an_hour_later)
    assert proven({LANDING: "Read Write List"}).ok
    assert everything_in(seaweedfs) == before
