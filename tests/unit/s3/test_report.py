# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

from ansible_collections.lotus_lake.secrets.plugins.module_utils.s3.check import Check, Finding
from ansible_collections.lotus_lake.secrets.plugins.module_utils.s3.credential import S3Credential
from ansible_collections.lotus_lake.secrets.plugins.module_utils.s3.endpoint import Endpoint
from ansible_collections.lotus_lake.secrets.plugins.module_utils.s3.judge import judge
from ansible_collections.lotus_lake.secrets.plugins.module_utils.s3.observe import Seen
from ansible_collections.lotus_lake.secrets.plugins.module_utils.s3.place import BucketPlace
from ansible_collections.lotus_lake.secrets.plugins.module_utils.s3.report import failure, rows
from ansible_collections.lotus_lake.secrets.plugins.module_utils.s3.verdict import Answer, Verdict

HERE = Endpoint("http://s3.example.com")
YES = Answer(Verdict.accepted)
NO = Answer(Verdict.missing_right, "AccessDenied")
BROKEN = Answer(Verdict.unavailable, "InternalError")
GONE = Answer(Verdict.unreachable, "EndpointConnectionError", "connection refused")


def found(name: str, authentication: Answer = YES, **answers: Answer) -> Finding:
    """What is said of an identity that is declared to Read and Write in landing."""
    check = Check(name, S3Credential(f"{name}-key", f"secret-of-{name}"), True, {"landing": frozenset({"Read", "Write"})})
    at = {"Read": YES, "Write": YES, "List": NO, "Tagging": NO, "Admin": NO} | answers
    return judge(check, HERE, Seen(authentication, {BucketPlace("landing"): at} if authentication is YES else {}))


def test_where_all_is_well_there_is_no_failure() -> None:
    assert failure([found("daggy")]) is None
    assert rows([found("daggy")]) == [
        {
            "name": "daggy",
            "access_key_id": "daggy-key",
            "endpoint": "http://s3.example.com",
            "expect": "accepted",
            "verdict": "accepted",
            "ok": True,
            "buckets": {"landing": ["Read", "Write"]},
            "waited": 0.0,
        }
    ]


def test_one_message_names_all_that_is_wrong_and_what_to_do() -> None:
    wrong = failure([found("daggy", Read=NO, List=YES), found("rubberducky", authentication=GONE), found("lotus")])
    text = str(wrong)
    assert "2 of 3 proofs at S3 failed" in text
    assert "what was pushed before it stays" in text
    assert "daggy (access key id daggy-key) at http://s3.example.com: Read on landing is refused (AccessDenied)" in text
    assert "List on landing works and is not declared" in text
    assert "http://s3.example.com: nobody answers (EndpointConnectionError: connection refused)" in text
    assert "Add Read:landing to the identity's actions" in text
    assert "lotus" not in text
    assert "secret-of" not in text


def test_what_is_wrong_with_an_endpoint_is_said_once() -> None:
    text = str(failure([found(f"identity-{n}", authentication=GONE) for n in range(3)]))
    assert text.count("nobody answers") == 1
    assert "Not proven: identity-0, identity-1, identity-2" in text


def test_a_fault_of_s3_proves_no_refusal() -> None:
    finding = found("daggy", List=BROKEN)
    assert (finding.ok, finding.verdict) == (False, Verdict.unavailable)
    assert "asked for List on landing" in finding.problems[0].what


def test_what_s3_does_not_offer_at_all_is_not_allowed() -> None:
    assert found("daggy", Admin=Answer(Verdict.other, "NotImplemented")).ok


def test_a_missing_right_counts_more_than_one_too_much() -> None:
    assert found("daggy", Read=NO, List=YES).verdict is Verdict.missing_right


def test_an_object_that_could_not_be_deleted_is_told() -> None:
    check = Check("daggy", S3Credential("daggy", "s"), True, {"landing": frozenset({"Write"})})
    seen = Seen(YES, {BucketPlace("landing"): dict.fromkeys(("Read", "List", "Tagging", "Admin"), NO) | {"Write": YES}})
    assert judge(check, HERE, seen).ok
    left = judge(check, HERE, Seen(seen.authentication, seen.places, ("landing/.lotus-lake-probe-1",)))
    assert "landing/.lotus-lake-probe-1" in str(failure([left]))
