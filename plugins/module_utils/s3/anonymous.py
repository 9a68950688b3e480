# SPDX-License-Identifier: GPL-3.0-or-later
"""What S3 lets anybody do, without a credential. Nothing is written."""

from __future__ import annotations

import itertools
from collections.abc import Collection, Mapping, Sequence

from .credential import S3Credential
from .endpoint import Endpoint
from .place import BucketPlace
from .probe import Probe
from .verdict import Verdict

_ACTIONS = ("List", "Read", "Write")
_REFUSED = frozenset({Verdict.missing_right, Verdict.missing_bucket, Verdict.unknown_key, Verdict.wrong_secret})
_NOBODY = S3Credential("", "")


def allowed(
    endpoints: Sequence[Endpoint], buckets: Collection[str], environ: Mapping[str, str]
) -> tuple[list[tuple[str, str, str]], dict[str, str]]:
    """Ask every endpoint about every bucket.

    Returns:
        What is allowed, as endpoint, bucket and action; and what the endpoints that gave no clear answer said instead.
    """
    open_to_all: list[tuple[str, str, str]] = []
    unclear: dict[str, str] = {}
    for endpoint in endpoints:
        probe = Probe(endpoint, environ, signed=False)
        for bucket, action in itertools.product(sorted(buckets), _ACTIONS):
            answer = probe.may(_NOBODY, action, BucketPlace.parse(bucket))
            if answer.verdict is Verdict.accepted:
                open_to_all.append((endpoint.shown, bucket, action))
            elif answer.verdict not in _REFUSED:
                unclear[endpoint.shown] = f"it answers a request without a credential with {answer.code}"
                break
    return open_to_all, unclear
