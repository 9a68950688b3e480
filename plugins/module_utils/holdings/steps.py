# SPDX-License-Identifier: GPL-3.0-or-later
"""The steps of a rotation, taken on the files in memory. Each is a no-op where the identity isn't in the state for it."""

from __future__ import annotations

import dataclasses
import datetime
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from ..estate.model import Estate
from ..failure import Failure
from ..rotation.access_key import Issuer
from ..rotation.observed import Credential
from ..rotation.plans import retire_due
from ..rotation.states import State
from ..seaweedfs.identities import Add, Change, Drop, MasterCredential, NewSecret
from . import master
from .files import Files
from .observe import Held
from .opened import OpenedEstate
from .past import CHANGED, REVOKED, WITHDRAWN, Pair, Past


@dataclasses.dataclass(frozen=True)
class Circumstances:
    """What the steps work with.

    Attributes:
        revoke: What is rotated away may never come back. Each step notes it, since a later run may take the next one.
        force: Retire before the grace is over.
        seen: The access key id that the plan saw, by identity. Where another run has rotated meanwhile, none is begun again.
    """

    estate: Estate
    files: Files
    past: Past
    now: datetime.datetime
    issuer: Issuer
    revoke: bool = False
    force: bool = False
    seen: Mapping[str, str] = dataclasses.field(default_factory=dict)


def circumstances(opened: OpenedEstate, now: datetime.datetime, **choices: Any) -> Circumstances:
    """The circumstances as the master is now: what it has is never issued again."""
    credentials = [c for identity in master.read(opened.files, opened.estate.master) for c in identity.credentials]
    issuer = Issuer(now, (c.access_key_id for c in credentials), (c.secret_key for c in credentials))
    return Circumstances(opened.estate, opened.files, opened.past, now, issuer, **choices)


@dataclasses.dataclass
class Taken:
    """What a step did with one identity.

    Attributes:
        done: A sentence about it, empty where nothing was to do.
        access_key_id: What the copies shall hold now.
        master: The change of the master, or None.
        copies: Places and the values that they get.
        trailers: For the commit message.
    """

    identity: str
    access_key_id: str
    done: str = ""
    master: Change | None = None
    copies: list[tuple[int, Pair]] = dataclasses.field(default_factory=list)
    trailers: list[tuple[str, str]] = dataclasses.field(default_factory=list)


def take(step: str, held: Sequence[Held], around: Circumstances) -> list[Taken]:
    """Take a step for some identities: one edit of the master for all of them, and the copies.

    Raises:
        Failure: An identity is in no state for any step; nothing is changed then.
    """
    for one in held:
        assessment = one.candidate.assessment
        if assessment.state is State.INVALID:
            raise Failure("; ".join(assessment.reasons) + ".", state="Nothing was changed.", remedy="Mend that, and run again.")
    taken = _all_taken(step, held, around)
    master.edit(around.files, around.estate.master, [t.master for t in taken if t.master])
    for one, what in zip(held, taken, strict=True):
        for index, (access_key_id, secret_key) in what.copies:
            around.files.set(one.declared.copies[index].access_key, access_key_id)
            around.files.set(one.declared.copies[index].secret_key, secret_key)
    return taken


def _all_taken(step: str, held: Sequence[Held], around: Circumstances) -> list[Taken]:
    """The step for each identity. Where it can't be taken for some, all of these are named."""
    taken, refused = [], []
    for one in held:
        try:
            taken.append(STEPS[step](one, around))
        except Failure as failure:
            refused.append(failure)
    if len(refused) > 1:
        remedies = dict.fromkeys(failure.remedy for failure in refused)
        raise Failure(" ".join(failure.what for failure in refused), state=refused[0].state, remedy=" ".join(remedies))
    if refused:
        raise refused[0]
    return taken


def _stage(held: Held, around: Circumstances) -> Taken:
    assessment = held.candidate.assessment
    target = _target(held)
    if assessment.state is not State.CURRENT or held.in_master is None or _is_outdated(held, around):
        return Taken(held.declared.name, target.access_key_id)
    new = around.issuer.access_key_id(held.declared.name, after=target.born)
    change = Add(held.in_master, new, around.issuer.secret_key(held.declared.secret_length))
    taken = Taken(held.declared.name, new, f"{new} added beside {target.access_key_id}", change)
    _revoke(target, taken, around)
    return taken


def _switch(held: Held, around: Circumstances) -> Taken:
    target, outgoing = _target(held), held.candidate.assessment.outgoing
    taken = Taken(held.declared.name, target.access_key_id)
    if held.candidate.assessment.state is State.STAGED and outgoing:
        taken.copies = _all_copies(held, target)
        taken.done = f"copies point to {target.access_key_id}"
        _revoke(outgoing, taken, around)
    return taken


def _sync(held: Held, around: Circumstances) -> Taken:
    """The other copies work, so they wait until the target is proven: the drifted ones have nothing to lose."""
    target = _target(held)
    taken = Taken(held.declared.name, target.access_key_id)
    if held.candidate.assessment.state is State.DRIFTED:
        taken.copies = _drifted_copies(held, (target.access_key_id, target.secret_key))
        taken.done = f"drifted copies point to {target.access_key_id}"
        taken.trailers.append((CHANGED, held.declared.name))
    return taken


def _retire(held: Held, around: Circumstances) -> Taken:
    target, outgoing = _target(held), held.candidate.assessment.outgoing
    taken = Taken(held.declared.name, target.access_key_id)
    if held.candidate.assessment.state is not State.SWITCHED or outgoing is None or held.in_master is None:
        return taken
    if retire_due(held.candidate, around.now) > around.now and not around.force:
        return taken
    taken.master = Drop(held.in_master, _in_master(held, outgoing))
    taken.done = f"{outgoing.access_key_id} removed"
    _revoke(outgoing, taken, around)
    return taken


def _revoke(outgoing: Credential, taken: Taken, around: Circumstances) -> None:
    if around.revoke:
        taken.trailers.append((REVOKED, outgoing.access_key_id))


def _replace(held: Held, around: Circumstances) -> Taken:
    target = _target(held)
    if held.candidate.assessment.state is not State.CURRENT or held.in_master is None or _is_outdated(held, around):
        return Taken(held.declared.name, target.access_key_id)
    secret_key = around.issuer.secret_key(held.declared.secret_length)
    taken = _with_secret(held, target, secret_key, f"{target.access_key_id} has a new secret key")
    if around.revoke:
        _mark(REVOKED, target, taken, around)
    return taken


def _rollback(held: Held, around: Circumstances) -> Taken:
    assessment, target = held.candidate.assessment, _target(held)
    if assessment.outgoing is None:
        return _bring_back(held, around)
    if target.withdrawn or assessment.outgoing.withdrawn:
        return Taken(held.declared.name, target.access_key_id)
    back = assessment.outgoing
    if back.access_key_id in held.declared.revoked | around.past.trailers(REVOKED):
        raise _no_way_back(held.declared.name, f"its earlier credential {back.access_key_id} was revoked")
    taken = Taken(held.declared.name, back.access_key_id, f"{target.access_key_id} withdrawn for {back.access_key_id}")
    taken.trailers.append((WITHDRAWN, target.access_key_id))
    if held.in_master is not None and not _holds_anywhere(held):
        # no service ever had the new key, so it can go at once
        taken.master = Drop(held.in_master, _in_master(held, target))
        taken.copies = _drifted_copies(held, (back.access_key_id, back.secret_key))
    else:
        taken.copies = _all_copies(held, back)
    return taken


def is_rolled_back(held: Held, opened: OpenedEstate) -> bool:
    """Whether a rollback of the identity was begun already: what is left of it are the steps of any rotation."""
    target, outgoing = held.candidate.assessment.target, held.candidate.assessment.outgoing
    if outgoing is not None or target is None:
        return outgoing is not None and outgoing.withdrawn
    pair = way_back(held, opened.estate, opened.past)
    return pair is not None and _is_withdrawn(pair, target, opened.estate, opened.past)


def way_back(held: Held, estate: Estate, past: Past) -> Pair | None:
    """The credential that the identity had before, from the history of the master."""
    target = _target(held)
    return past.before(estate.master, held.declared.name, (target.access_key_id, target.secret_key), held.declared.keep)


def _mark(key: str, credential: Credential, taken: Taken, around: Circumstances) -> None:
    """Have a trailer name a credential that goes while its id stays."""
    mark = around.past.mark(around.estate.master, (credential.access_key_id, credential.secret_key))
    if mark:
        taken.trailers.append((key, mark))


def _is_withdrawn(pair: Pair, target: Credential, estate: Estate, past: Past) -> bool:
    """Whether a rollback took a credential back that is gone."""
    if pair[0] != target.access_key_id:
        return pair[0] in past.trailers(WITHDRAWN)
    return past.is_marked(WITHDRAWN, estate.master, pair)


def _bring_back(held: Held, around: Circumstances) -> Taken:
    """After the old credential was retired it comes back out of the history."""
    declared, target = held.declared, _target(held)
    pair = way_back(held, around.estate, around.past)
    if pair is None or held.in_master is None:
        raise _no_way_back(declared.name, "the history of the master holds no earlier credential of it")
    if _is_withdrawn(pair, target, around.estate, around.past):
        return Taken(declared.name, target.access_key_id)
    revoked = declared.revoked | around.past.trailers(REVOKED)
    if pair[0] in revoked or around.past.is_marked(REVOKED, around.estate.master, pair):
        raise _no_way_back(declared.name, f"its earlier credential {pair[0]} was revoked")
    access_key_id, secret_key = pair
    if access_key_id == target.access_key_id:
        taken = _with_secret(held, target, secret_key, f"{access_key_id} has its earlier secret key again")
        _mark(WITHDRAWN, target, taken, around)
        return taken
    if access_key_id in {c.access_key_id for c in held.in_master.credentials}:
        raise _no_way_back(declared.name, f"the master has its earlier credential {access_key_id}, which is not to be used")
    taken = Taken(declared.name, access_key_id, f"{access_key_id} brought back beside {target.access_key_id}")
    taken.master = Add(held.in_master, access_key_id, secret_key)
    taken.copies = _drifted_copies(held, pair)
    taken.trailers.append((WITHDRAWN, target.access_key_id))
    return taken


def _no_way_back(identity: str, why: str) -> Failure:
    return Failure(
        f"{identity} can't be rolled back: {why}.",
        state="Nothing was changed.",
        remedy=f"Rotate it instead: ansible-playbook rotate.yml -e identity={identity} -e min_age=0",
    )


def _with_secret(held: Held, target: Credential, secret_key: str, done: str) -> Taken:
    taken = Taken(held.declared.name, target.access_key_id, done, trailers=[(CHANGED, held.declared.name)])
    if held.in_master is not None:
        taken.master = NewSecret(held.in_master, _in_master(held, target), secret_key)
    taken.copies = [(index, (target.access_key_id, secret_key)) for index in range(len(held.declared.copies))]
    return taken


STEPS: Mapping[str, Callable[[Held, Circumstances], Taken]] = {
    "stage": _stage,
    "switch": _switch,
    "retire": _retire,
    "replace": _replace,
    "sync": _sync,
    "rollback": _rollback,
}


def _target(held: Held) -> Credential:
    target = held.candidate.assessment.target
    if target is None:
        raise Failure(
            f"{held.declared.name} has no credential to work with.",
            state="Nothing was changed.",
            remedy="Give it one in the master with `sops edit`, and run again.",
        )
    return target


def _is_outdated(held: Held, around: Circumstances) -> bool:
    """Whether the plan is older than the credential."""
    access_key_id = _target(held).access_key_id
    return around.seen.get(held.declared.name, access_key_id) != access_key_id


def _all_copies(held: Held, credential: Credential) -> list[tuple[int, Pair]]:
    return [(index, (credential.access_key_id, credential.secret_key)) for index in range(len(held.declared.copies))]


def _drifted_copies(held: Held, pair: Pair) -> list[tuple[int, Pair]]:
    drifted = {copy.place for copy in held.candidate.assessment.drifted}
    return [(index, pair) for index, copy in enumerate(held.declared.copies) if str(copy) in drifted]


def _holds_anywhere(held: Held) -> bool:
    """Whether a copy holds the target."""
    assessment = held.candidate.assessment
    return len(held.declared.copies) > len(assessment.behind) + len(assessment.drifted)


def _in_master(held: Held, credential: Credential) -> MasterCredential:
    listed = held.in_master.credentials if held.in_master else ()
    return next(c for c in listed if (c.access_key_id, c.secret_key) == (credential.access_key_id, credential.secret_key))
