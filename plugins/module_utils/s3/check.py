# SPDX-License-Identifier: GPL-3.0-or-later
"""What has to be shown of a credential, and what was found."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping

from .credential import S3Credential
from .place import BucketPlace
from .verdict import Verdict

ACTIONS = ("Read", "Write", "List", "Tagging", "Admin")


@dataclasses.dataclass(frozen=True)
class Check:
    """What has to be shown of one credential.

    Attributes:
        name: Whose credential it is: the identity.
        credential: The credential itself.
        accepted: True where it must be accepted, False where it must be refused.
        buckets: The declared actions (of ``ACTIONS``) by bucket, or by part of a bucket (``bucket/path/*``). Where the
            credential must be accepted, these work and no others do. Empty: only that it is accepted at all.
        elsewhere: Buckets in which nothing may be allowed. Other buckets that S3 shows to the credential count as well.
        sources: Where the credential lies, for messages.
    """

    name: str
    credential: S3Credential
    accepted: bool = True
    buckets: Mapping[str, frozenset[str]] = dataclasses.field(default_factory=dict)
    elsewhere: tuple[str, ...] = ()
    sources: tuple[str, ...] = ()

    def declared(self, place: BucketPlace) -> frozenset[str]:
        """The actions that must work at a place: those declared there and on what contains it. ``Admin`` brings all."""
        found = {action for text, actions in self.buckets.items() if BucketPlace.parse(text).covers(place) for action in actions}
        return frozenset(ACTIONS if "Admin" in found else found)

    def places(self) -> tuple[BucketPlace, ...]:
        """The places to probe: the declared ones, the buckets that they are part of, and ``elsewhere``."""
        named = [BucketPlace.parse(text) for text in (*self.buckets, *self.elsewhere)]
        return tuple(dict.fromkeys([*named, *(BucketPlace(place.bucket) for place in named)]))


@dataclasses.dataclass(frozen=True)
class Problem:
    """One thing that isn't as it must be.

    Attributes:
        verdict: Its kind.
        what: What was found, in words, without saying of which credential.
        remedy: What to do.
        of_endpoint: Whether it says something of the endpoint and nothing of the credential.
    """

    verdict: Verdict
    what: str
    remedy: str
    of_endpoint: bool = False


@dataclasses.dataclass(frozen=True)
class Finding:
    """What was found for one check at one endpoint.

    Attributes:
        check: The check.
        endpoint: The endpoint's URL.
        verdict: What was found: ``accepted`` where everything declared works and nothing else does.
        buckets: For each probed place the actions that work.
        problems: What isn't as it must be; empty where all is well.
        waited: Seconds from the first probe until all was well or the wait was over.
    """

    check: Check
    endpoint: str
    verdict: Verdict
    buckets: Mapping[str, tuple[str, ...]] = dataclasses.field(default_factory=dict)
    problems: tuple[Problem, ...] = ()
    waited: float = 0.0

    @property
    def ok(self) -> bool:
        return not self.problems

    @property
    def is_final(self) -> bool:
        """Whether waiting changes nothing: it is well, or the certificate isn't."""
        return self.ok or any(problem.verdict is Verdict.bad_tls for problem in self.problems)

    @property
    def lacks_a_bucket(self) -> bool:
        return any(problem.verdict is Verdict.missing_bucket for problem in self.problems)
