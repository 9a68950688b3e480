# SPDX-License-Identifier: GPL-3.0-or-later
"""Waiting with a clock of the test's own, and S3's answers given."""

from __future__ import annotations

import threading
from collections.abc import Callable

import pytest
from ansible_collections.lotus_lake.secrets.plugins.module_utils.s3 import verify as verification
from ansible_collections.lotus_lake.secrets.plugins.module_utils.s3.check import Check, Finding
from ansible_collections.lotus_lake.secrets.plugins.module_utils.s3.credential import S3Credential
from ansible_collections.lotus_lake.secrets.plugins.module_utils.s3.endpoint import Endpoint
from ansible_collections.lotus_lake.secrets.plugins.module_utils.s3.place import BucketPlace
from ansible_collections.lotus_lake.secrets.plugins.module_utils.s3.verdict import Answer, Verdict

HERE = Endpoint("http://s3.example.com")
YES = Answer(Verdict.accepted)


def check(name: str, *, accepted: bool = True) -> Check:
    return Check(name, S3Credential(name, f"secret-of-{name}"), accepted)


class Played:
    """S3 and a clock that are played: the answer to a name at a time, and seconds that go by at each sleep and question."""

    def __init__(self, answer: Callable[[str, float], Answer], *, seconds_of_a_question: float = 0.0) -> None:
        self.now = 1000.0
        self.asked: list[str] = []
        self.slept: list[float] = []
        self.lines: list[str] = []
        self._answer = answer
        self._seconds = seconds_of_a_question
        self._lock = threading.Lock()

    def probe(self, endpoint: Endpoint, environ: object, connections: int) -> Played:
        self.endpoint = endpoint
        return self

    def authenticate(self, credential: S3Credential) -> tuple[Answer, tuple[str, ...]]:
        with self._lock:
            self.asked.append(credential.access_key_id)
            self.now += self._seconds
            return self._answer(credential.access_key_id, self.now - 1000), ()

    def may(self, credential: S3Credential, action: str, place: BucketPlace) -> Answer:
        return self._answer(place.bucket, self.now - 1000)

    def may_list(self, credential: S3Credential, place: BucketPlace) -> tuple[Answer, tuple[str, ...]]:
        return self.may(credential, "List", place), ()

    def sleep(self, seconds: float) -> None:
        self.slept.append(seconds)
        self.now += seconds

    def verify(self, *checks: Check, wait: float) -> list[Finding]:
        return verification.verify(
            checks,
            [HERE],
            wait=wait,
            environ={},
            progress=self.lines.append,
            read_only=True,
            clock=lambda: self.now,
            sleep=self.sleep,
        )


@pytest.fixture
def played(monkeypatch: pytest.MonkeyPatch) -> Callable[..., Played]:
    def play(answer: Callable[[str, float], Answer], **more: float) -> Played:
        stand_in = Played(answer, **more)
        monkeypatch.setattr(verification, "Probe", stand_in.probe)
        return stand_in

    return play


UNKNOWN = Answer(Verdict.unknown_key, "InvalidAccessKeyId")
REFUSED = Answer(Verdict.unreachable, "EndpointConnectionError", "connection refused")


def test_what_is_well_at_once_is_asked_once_and_said_nothing_about(played: Callable[..., Played]) -> None:
    s3 = played(lambda name, now: YES)
    findings = s3.verify(check("daggy"), check("rubberducky"), wait=60)
    assert [(f.check.name, f.verdict, f.waited) for f in findings] == [
        ("daggy", Verdict.accepted, 0.0),
        ("rubberducky", Verdict.accepted, 0.0),
    ]
    assert len(s3.asked) == 2
    assert s3.lines == []
    assert s3.slept == []


def test_a_key_that_comes_later_is_waited_for_and_the_others_are_not_asked_again(played: Callable[..., Played]) -> None:
    s3 = played(lambda name, now: YES if name == "daggy" or now > 3 else UNKNOWN)
    findings = s3.verify(check("daggy"), check("rubberducky"), wait=60)
    assert all(f.ok for f in findings)
    assert findings[0].waited == 0
    assert 3 <= findings[1].waited < 6
    assert s3.asked.count("daggy") == 1
    assert s3.slept == sorted(s3.slept)


def test_waiting_ends_at_the_bound_and_with_a_last_question_there(played: Callable[..., Played]) -> None:
    s3 = played(lambda name, now: UNKNOWN)
    (finding,) = s3.verify(check("daggy"), wait=10)
    assert (finding.verdict, finding.waited) == (Verdict.unknown_key, 10.0)
    assert sum(s3.slept) == pytest.approx(10)


def test_without_a_wait_nothing_is_asked_twice(played: Callable[..., Played]) -> None:
    s3 = played(lambda name, now: UNKNOWN)
    assert not s3.verify(check("daggy"), wait=0)[0].ok
    assert s3.asked == ["daggy"]


@pytest.mark.parametrize(
    "answer",
    [
        REFUSED,
        Answer(Verdict.unavailable, "SlowDown"),
        Answer(Verdict.wrong_clock, "RequestTimeTooSkewed"),
        Answer(Verdict.wrong_secret, "SignatureDoesNotMatch"),
    ],
)
def test_what_may_pass_is_waited_for(played: Callable[..., Played], answer: Answer) -> None:
    s3 = played(lambda name, now: YES if now > 2 else answer)
    assert s3.verify(check("daggy"), wait=60)[0].ok


def test_a_certificate_that_is_not_trusted_is_not_waited_for(played: Callable[..., Played]) -> None:
    s3 = played(lambda name, now: Answer(Verdict.bad_tls, "SSLError", "self-signed certificate"))
    assert s3.verify(check("daggy"), wait=60)[0].verdict is Verdict.bad_tls
    assert s3.slept == []


NO_BUCKET = Answer(Verdict.missing_bucket, "NoSuchBucket")


def admin_of(bucket: str) -> Check:
    return Check("daggy", S3Credential("daggy", "secret-of-daggy"), True, {bucket: frozenset({"Admin"})})


def test_a_missing_bucket_is_waited_for_only_shortly(played: Callable[..., Played]) -> None:
    s3 = played(lambda name, now: YES if name == "daggy" else NO_BUCKET)
    (finding,) = s3.verify(admin_of("landing"), wait=60)
    assert finding.verdict is Verdict.missing_bucket
    assert 3 <= finding.waited < 10


def test_a_bucket_counts_as_missing_only_after_the_server_has_come_up(played: Callable[..., Played]) -> None:
    def starting(name: str, now: float) -> Answer:
        return REFUSED if now < 20 else NO_BUCKET if name == "landing" and now < 22 else YES

    s3 = played(starting)
    assert s3.verify(admin_of("landing"), wait=60)[0].ok


def test_a_retired_key_is_asked_about_until_it_is_refused(played: Callable[..., Played]) -> None:
    s3 = played(lambda name, now: UNKNOWN if now > 2 else YES)
    (finding,) = s3.verify(check("daggy", accepted=False), wait=60)
    assert (finding.ok, finding.verdict) == (True, Verdict.unknown_key)


@pytest.mark.parametrize("answer", [REFUSED, Answer(Verdict.unavailable, "503"), Answer(Verdict.other, "418"), YES])
def test_only_a_refusal_of_the_key_proves_that_it_is_refused(played: Callable[..., Played], answer: Answer) -> None:
    s3 = played(lambda name, now: answer)
    (finding,) = s3.verify(check("daggy", accepted=False), wait=1)
    assert (finding.ok, finding.verdict) == (False, answer.verdict)


def test_lines_say_for_whom_and_for_what_is_waited_and_do_not_repeat_themselves(played: Callable[..., Played]) -> None:
    s3 = played(lambda name, now: YES if now > 12 else UNKNOWN)
    s3.verify(check("daggy"), wait=60)
    assert "daggy (daggy) at http://s3.example.com: S3 does not know the access key id" in s3.lines[0]
    assert "of at most 60 s" in s3.lines[0]
    assert 2 <= len(s3.lines) <= 4


def test_many_that_are_waited_for_are_one_line(played: Callable[..., Played]) -> None:
    s3 = played(lambda name, now: UNKNOWN)
    s3.verify(*(check(f"identity-{n}") for n in range(50)), wait=2)
    assert len(s3.lines) == 1
    assert "identity-0 (identity-0) at http://s3.example.com" in s3.lines[0]
    assert "and 47 more" in s3.lines[0]


def test_an_endpoint_that_does_not_answer_is_asked_by_few_and_not_by_all(played: Callable[..., Played]) -> None:
    s3 = played(lambda name, now: REFUSED, seconds_of_a_question=10)
    findings = s3.verify(*(check(f"identity-{n}") for n in range(100)), wait=0)
    assert {f.verdict for f in findings} == {Verdict.unreachable}
    assert len(s3.asked) <= verification.THREADS


def test_a_defect_is_not_taken_for_an_answer(played: Callable[..., Played]) -> None:
    def broken(name: str, now: float) -> Answer:
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        played(broken).verify(check("daggy"), wait=60)
