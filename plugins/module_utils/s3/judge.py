# SPDX-License-Identifier: GPL-3.0-or-later
"""Compares what S3 answered with what a check says, and finds the words for it. No I/O."""

from __future__ import annotations

from collections.abc import Mapping

from .check import ACTIONS, Check, Finding, Problem
from .endpoint import Endpoint
from .observe import Seen
from .place import BucketPlace
from .verdict import Answer, Verdict
from .words import meaning

_REFUSED = (Verdict.wrong_secret, Verdict.unknown_key)
_NOT_OFFERED = ("NotImplemented", "MethodNotAllowed", "501", "405")
# Of several problems the first of these is the finding's verdict
_ORDER = list(Verdict)[1:]


def judge(check: Check, endpoint: Endpoint, seen: Seen) -> Finding:
    """The finding for one check at one endpoint."""
    problems = _of_acceptance(check, endpoint, seen) if check.accepted else _of_refusal(endpoint, seen)
    problems += [
        Problem(
            Verdict.missing_right,
            f"the object {object_} of this probe could not be deleted again",
            f"Delete the object {object_}.",
        )
        for object_ in seen.left
    ]
    worst = min((problem.verdict for problem in problems), key=_rank, default=seen.authentication.verdict)
    works = {
        str(place): tuple(action for action in ACTIONS if answers[action].verdict is Verdict.accepted)
        for place, answers in seen.places.items()
    }
    return Finding(check, endpoint.shown, worst, works, tuple(problems))


def _rank(verdict: Verdict) -> int:
    return _ORDER.index(verdict) if verdict in _ORDER else len(_ORDER)


def _of_refusal(endpoint: Endpoint, seen: Seen) -> list[Problem]:
    answer = seen.authentication
    if answer.verdict in _REFUSED:
        return []
    if answer.verdict in (Verdict.accepted, Verdict.missing_right):
        return [
            Problem(
                answer.verdict,
                "it must be refused and is still accepted",
                "Let S3 load the identities document anew. SeaweedFS keeps an identity that was removed as a whole until it "
                "is restarted; one that stays and has lost the credential is refused after a reload.",
            )
        ]
    return [meaning(answer, endpoint)]


def _of_acceptance(check: Check, endpoint: Endpoint, seen: Seen) -> list[Problem]:
    if seen.authentication.verdict is not Verdict.accepted:
        return [meaning(seen.authentication, endpoint)]
    return [problem for place, answers in seen.places.items() for problem in _at(place, check.declared(place), answers, endpoint)]


def _at(place: BucketPlace, declared: frozenset[str], answers: Mapping[str, Answer], endpoint: Endpoint) -> list[Problem]:
    missing = [answer for answer in answers.values() if answer.verdict is Verdict.missing_bucket]
    if missing:
        return [_no_bucket(place, bool(declared), missing[0])]
    problems = []
    lacking = [a for a in ACTIONS if a in declared and answers[a].verdict is Verdict.missing_right]
    excess = [a for a in ACTIONS if a not in declared and answers[a].verdict is Verdict.accepted]
    if lacking:
        rights = _rights(lacking, place)
        problems.append(
            Problem(
                Verdict.missing_right,
                f"{_list(lacking)} on {place} {_is(lacking)} refused ({answers[lacking[0]].code}) and declared",
                f"Add {rights} to the identity's actions in the master, or correct the buckets declared for it.",
            )
        )
    if excess:
        rights = _rights(excess, place)
        problems.append(
            Problem(
                Verdict.too_much,
                f"{_list(excess)} on {place} {_works(excess)} and {_is(excess)} not declared",
                f"Take {rights} (or what includes it, such as Admin) out of the identity's actions in the master, or declare it.",
            )
        )
    settled = (Verdict.accepted, Verdict.missing_right)
    for action in ACTIONS:
        answer = answers[action]
        if answer.verdict not in settled and (action in declared or answer.code not in _NOT_OFFERED):
            problems.append(meaning(answer, endpoint, asked=f"{action} on {place}"))
    return problems


def _no_bucket(place: BucketPlace, is_declared: bool, answer: Answer) -> Problem:
    if is_declared:
        return Problem(
            Verdict.missing_bucket,
            f"the bucket {place.bucket} does not exist ({answer.code})",
            f"Create the bucket {place.bucket}, or correct its name in the declaration.",
        )
    return Problem(
        Verdict.too_much,
        f"the bucket {place.bucket}, where nothing may be allowed, does not exist ({answer.code}), and the credential would "
        "have rights in it",
        f"Take the rights out of the identity's actions in the master, and correct the bucket's name {place.bucket}.",
    )


def _list(actions: list[str]) -> str:
    return ", ".join(actions)


def _rights(actions: list[str], place: BucketPlace) -> str:
    return ", ".join(f"{action}:{place}" for action in actions)


def _is(actions: list[str]) -> str:
    return "is" if len(actions) == 1 else "are"


def _works(actions: list[str]) -> str:
    return "works" if len(actions) == 1 else "work"
