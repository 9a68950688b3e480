# SPDX-License-Identifier: GPL-3.0-or-later
"""What has to be proven at S3 about the identities of an estate."""

from __future__ import annotations

import datetime
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

from ..holdings import master
from ..holdings.observe import Held
from ..holdings.opened import OpenedEstate
from ..holdings.past import Pair
from ..rotation.access_key import may_be_shown
from ..s3.check import Check
from ..s3.credential import S3Credential
from . import estate_options

REFUSED_FOR = datetime.timedelta(days=30)
"""How long a retired key is proven to be refused, whatever run retired it: that one may have been killed before it delivered."""

EXPECTATIONS = ("target", "outgoing", "copies", "retired")
"""Accepted: the credential that copies shall hold, the one on its way out, what the copies hold. Refused: what was retired."""


def of_estate(opened: OpenedEstate, names: Sequence[str], expect: Sequence[str], since: Mapping[str, Any]) -> list[Check]:
    """The checks, each credential once.

    Args:
        names: The identities; those that are invalid are passed over.
        expect: Some of ``EXPECTATIONS``.
        since: The workspaces as they were made; ``retired`` are the credentials that went since then, in the change before, and
            in ``REFUSED_FOR``.
    """
    observed = opened.observe()
    held = [observed[name] for name in names if observed[name].candidate.assessment.target]
    sources: dict[tuple[str, Pair], list[str]] = {}
    of_whom: dict[tuple[str, Pair], Held] = {}
    for one in held:
        for expectation in expect:
            for pair, source in _EXPECTED[expectation](one, opened) if expectation != "retired" else ():
                of_whom.setdefault((one.declared.name, pair), one)
                sources.setdefault((one.declared.name, pair), []).append(source)
    accepted = [_check(opened, one, pair, sources[name, pair]) for (name, pair), one in of_whom.items()]
    refused = list(_retired(opened, {one.declared.name for one in held}, since)) if "retired" in expect else []
    return [*accepted, *refused]


def of_past(opened: OpenedEstate, names: Sequence[str]) -> list[Check]:
    """A check for each credential that the master ever had and has no more: it must be refused."""
    everything = opened.past.removed_since(opened.estate.master, "HEAD", _present(opened))
    return [_refused(name, pair) for name, pairs in everything.items() if name in names for pair in sorted(pairs)]


def _check(opened: OpenedEstate, held: Held, pair: Pair, sources: Sequence[str]) -> Check:
    everywhere = {bucket for identity in opened.estate.identities for bucket in identity.buckets}
    buckets = held.declared.buckets
    elsewhere = tuple(sorted(everywhere - set(buckets))) if buckets else ()
    known = {held.declared.name, *(c.access_key_id for c in (held.in_master.credentials if held.in_master else ()))}
    shown = "" if may_be_shown(pair[0], known) else opened.fingerprints.of(pair[0])
    return Check(held.declared.name, S3Credential(*pair, shown), True, buckets, elsewhere, tuple(sources))


def _target(held: Held, opened: OpenedEstate) -> Iterator[tuple[Pair, str]]:
    target = held.candidate.assessment.target
    if target:
        yield (target.access_key_id, target.secret_key), "the master"


def _outgoing(held: Held, opened: OpenedEstate) -> Iterator[tuple[Pair, str]]:
    outgoing = held.candidate.assessment.outgoing
    if outgoing:
        yield (outgoing.access_key_id, outgoing.secret_key), "the master"


def _copies(held: Held, opened: OpenedEstate) -> Iterator[tuple[Pair, str]]:
    for copy in held.declared.copies:
        yield (opened.files.value(copy.access_key), opened.files.value(copy.secret_key)), f"{copy.repository}:{copy.file}"


_EXPECTED: Mapping[str, Callable[[Held, OpenedEstate], Iterator[tuple[Pair, str]]]] = {
    "target": _target,
    "outgoing": _outgoing,
    "copies": _copies,
}


def _retired(opened: OpenedEstate, names: set[str], since: Mapping[str, Any]) -> Iterator[Check]:
    place = opened.estate.master
    base = since[place.repository]["base"] if place.repository in since else "HEAD"
    back_to = estate_options.now() - REFUSED_FOR
    for name, pairs in opened.past.removed_since(place, base, _present(opened), back_to).items():
        if name in names:
            for pair in sorted(pairs):
                yield _refused(name, pair)


def _present(opened: OpenedEstate) -> set[Pair]:
    identities = master.read(opened.files, opened.estate.master)
    return {(c.access_key_id, c.secret_key) for identity in identities for c in identity.credentials}


def _refused(name: str, pair: Pair) -> Check:
    return Check(name, S3Credential(*pair), False)
