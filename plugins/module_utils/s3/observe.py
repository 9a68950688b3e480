# SPDX-License-Identifier: GPL-3.0-or-later
"""Probes everything that one check is about, once."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping

from .check import ACTIONS, Check
from .place import BucketPlace
from .probe import Probe
from .verdict import Answer, Verdict

# Buckets that S3 shows beyond the declared ones and that are looked at: one is enough to know
_SHOWN_AT_MOST = 10
_ENDS_IT = (Verdict.unreachable, Verdict.bad_tls, Verdict.wrong_clock)


@dataclasses.dataclass(frozen=True)
class Seen:
    """The answers of S3.

    Attributes:
        authentication: To the question whether the credential is accepted at all; or what ended the probing.
        places: By place and action. Complete where ``authentication`` says accepted and not only that was asked.
        left: Objects of the probe that could not be deleted, as ``bucket/key``.
    """

    authentication: Answer
    places: Mapping[BucketPlace, Mapping[str, Answer]] = dataclasses.field(default_factory=dict)
    left: tuple[str, ...] = ()


def observe(probe: Probe, check: Check, *, only_authentication: bool, read_only: bool) -> Seen:
    """Ask S3 all that the check needs.

    Args:
        probe: The endpoint.
        check: Says which places and actions.
        only_authentication: Ask only whether the credential is accepted.
        read_only: Put no object, not even a small one that goes again.
    """
    authentication, shown = probe.authenticate(check.credential)
    if authentication.verdict is not Verdict.accepted or only_authentication or not check.accepted:
        return Seen(authentication)
    places = list(check.places())
    if check.buckets:
        known = {place.bucket for place in places}
        places += [BucketPlace(bucket) for bucket in shown if bucket not in known][:_SHOWN_AT_MOST]
    answers: dict[BucketPlace, dict[str, Answer]] = {}
    left: list[str] = []
    for place in places:
        at = answers[place] = {}
        killed: tuple[str, ...] = ()
        for action in ACTIONS:
            if action == "List":
                at[action], killed = probe.may_list(check.credential, place)
            else:
                at[action] = probe.may(check.credential, action, place)
            if at[action].verdict in _ENDS_IT:
                return Seen(at[action], {}, tuple(left))
        declared = check.declared(place)
        if "Write" in declared and at["Write"].verdict is Verdict.accepted and not read_only:
            trip = probe.round_trip(check.credential, declared, place)
            # The real use counts more: some servers answer 403 for a missing object that may be read
            at.update(trip.answers)
            left += [trip.left] if trip.left else []
            probe.clear(check.credential, place, killed)
    return Seen(authentication, answers, tuple(left))
