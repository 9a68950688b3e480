# SPDX-License-Identifier: GPL-3.0-or-later
"""A delivery that reaches SeaweedFS while it is waited for."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any

import pytest
from ansible_collections.lotus_lake.secrets.demo.seaweedfs import SeaweedFS, identity
from ansible_collections.lotus_lake.secrets.plugins.module_utils.s3.check import Check, Finding
from ansible_collections.lotus_lake.secrets.plugins.module_utils.s3.credential import S3Credential
from ansible_collections.lotus_lake.secrets.plugins.module_utils.s3.endpoint import Endpoint
from ansible_collections.lotus_lake.secrets.plugins.module_utils.s3.report import failure
from ansible_collections.lotus_lake.secrets.plugins.module_utils.s3.verdict import Verdict
from ansible_collections.lotus_lake.secrets.plugins.module_utils.s3.verify import verify

LANDING, BACKUPS = "airbyte-landing", "cnpg-backups"
ACTIONS = frozenset({"Read", "Write", "List"})


def secret_of(name: str) -> str:
    return f"the-secret-of-{name}-0123456789"


def entry(name: str, bucket: str = LANDING) -> dict[str, Any]:
    return identity(name, name, secret_of(name), *(f"{action}:{bucket}" for action in ACTIONS))


def check(name: str, *, accepted: bool = True, bucket: str = LANDING) -> Check:
    return Check(name, S3Credential(name, secret_of(name)), accepted, {bucket: ACTIONS})


@pytest.fixture
def delivered(seaweedfs: SeaweedFS) -> Callable[..., list[Finding]]:
    """Verify, and deliver when it is first waited for, as Flux would sometime."""

    def verified(checks: list[Check], later: Callable[[], None]) -> list[Finding]:
        pauses: list[float] = []

        def sleep(seconds: float) -> None:
            if not pauses:
                later()
            pauses.append(seconds)
            time.sleep(seconds)

        findings = verify(checks, [Endpoint(seaweedfs.endpoint)], wait=30, environ={}, sleep=sleep)
        assert pauses
        return findings

    return verified


def test_a_new_credential_is_accepted_once_it_is_delivered(seaweedfs: SeaweedFS, unique: Any, delivered: Any) -> None:
    old, new = unique("old"), unique("new")
    seaweedfs.reload({"identities": [entry(old)]})
    assert verify([check(old)], [Endpoint(seaweedfs.endpoint)], wait=10, environ={})[0].ok
    findings = delivered([check(old), check(new)], lambda: seaweedfs.reload({"identities": [entry(old), entry(new)]}))
    assert [f.verdict for f in findings] == [Verdict.accepted, Verdict.accepted]
    assert findings[0].waited == 0


def test_a_retired_credential_is_refused_once_it_is_delivered(seaweedfs: SeaweedFS, unique: Any, delivered: Any) -> None:
    name, old, new = unique("daggy"), unique("old"), unique("new")
    both = entry(new) | {"name": name}
    one = dict(both)
    both["credentials"] = [*both["credentials"], {"accessKey": old, "secretKey": secret_of(old)}]
    seaweedfs.reload({"identities": [both]})
    assert all(f.ok for f in verify([check(old), check(new)], [Endpoint(seaweedfs.endpoint)], wait=10, environ={}))
    findings = delivered([check(new), check(old, accepted=False)], lambda: seaweedfs.reload({"identities": [one]}))
    assert [(f.ok, f.verdict) for f in findings] == [(True, Verdict.accepted), (True, Verdict.unknown_key)]


def test_a_secret_replaced_in_place_is_refused_as_wrong(seaweedfs: SeaweedFS, unique: Any, delivered: Any) -> None:
    name = unique("daggy")
    seaweedfs.reload({"identities": [entry(name)]})
    assert verify([check(name)], [Endpoint(seaweedfs.endpoint)], wait=10, environ={})[0].ok
    changed = entry(name)
    changed["credentials"] = [{"accessKey": name, "secretKey": "another-secret-0123456789"}]
    (finding,) = delivered([check(name, accepted=False)], lambda: seaweedfs.reload({"identities": [changed]}))
    assert (finding.ok, finding.verdict) == (True, Verdict.wrong_secret)


def test_a_right_that_comes_and_one_that_goes_are_waited_for(seaweedfs: SeaweedFS, unique: Any, delivered: Any) -> None:
    name = unique("daggy")
    seaweedfs.reload({"identities": [entry(name, BACKUPS)]})
    assert verify([check(name, bucket=BACKUPS)], [Endpoint(seaweedfs.endpoint)], wait=10, environ={})[0].ok
    (finding,) = delivered([check(name)], lambda: seaweedfs.reload({"identities": [entry(name)]}))
    assert finding.ok
    assert finding.buckets[LANDING] == ("Read", "Write", "List")


def test_an_identity_removed_as_a_whole_is_still_accepted_and_the_message_says_why(seaweedfs: SeaweedFS, unique: Any) -> None:
    name = unique("daggy")
    seaweedfs.reload({"identities": [entry(name)]})
    assert verify([check(name)], [Endpoint(seaweedfs.endpoint)], wait=10, environ={})[0].ok
    seaweedfs.reload({"identities": [entry(unique("other"))]})
    (finding,) = verify([check(name, accepted=False)], [Endpoint(seaweedfs.endpoint)], wait=1, environ={})
    assert finding.verdict is Verdict.accepted
    assert "keeps an identity that was removed as a whole until it is restarted" in str(failure([finding]))


def test_two_endpoints_that_disagree_are_told_apart(seaweedfs: SeaweedFS, new_seaweedfs: Any, unique: Any) -> None:
    name = unique("daggy")
    behind = new_seaweedfs()
    seaweedfs.reload({"identities": [entry(name)]})
    endpoints = [Endpoint(seaweedfs.endpoint), Endpoint(behind.endpoint)]
    findings = verify([check(name), check(name, accepted=False)], endpoints, wait=1, environ={})
    assert [(f.endpoint, f.ok, f.verdict) for f in findings] == [
        (seaweedfs.endpoint, True, Verdict.accepted),
        (behind.endpoint, False, Verdict.unknown_key),
        (seaweedfs.endpoint, False, Verdict.accepted),
        (behind.endpoint, True, Verdict.unknown_key),
    ]
    behind.reload({"identities": [entry(name)]})
    assert all(f.ok for f in verify([check(name)], endpoints, wait=10, environ={}))


def test_a_hundred_credentials_are_proven_at_once_each_with_its_own_secret(
    seaweedfs: SeaweedFS, unique: Any, everything_in: Any
) -> None:
    before = everything_in(seaweedfs)
    names = [unique(f"identity-{number}") for number in range(100)]
    buckets = {name: (LANDING, BACKUPS)[number % 2] for number, name in enumerate(names)}
    seaweedfs.reload({"identities": [entry(name, bucket) for name, bucket in buckets.items()]})
    checks = [
        Check(name, S3Credential(name, secret_of(name)), True, {bucket: ACTIONS}, tuple({LANDING, BACKUPS} - {bucket}))
        for name, bucket in buckets.items()
    ]
    wrong = [Check(name, S3Credential(name, secret_of("another")), False) for name in names]
    findings = verify([*checks, *wrong], [Endpoint(seaweedfs.endpoint)], wait=10, environ={})
    assert failure(findings) is None
    assert [f.verdict for f in findings] == [Verdict.accepted] * 100 + [Verdict.wrong_secret] * 100
    assert everything_in(seaweedfs) == before
