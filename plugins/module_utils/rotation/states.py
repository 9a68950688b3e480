# SPDX-License-Identifier: GPL-3.0-or-later
"""The states of an identity, read off what the repositories hold."""

from __future__ import annotations

import dataclasses
import datetime
import enum

from .access_key import may_be_shown
from .observed import Copy, Credential, Identity


class State(enum.StrEnum):
    """Where an identity's rotation stands; ``STATES`` says what each means."""

    CURRENT = "current"
    STAGED = "staged"
    SWITCHED = "switched"
    DRIFTED = "drifted"
    INVALID = "invalid"


@dataclasses.dataclass(frozen=True)
class Meaning:
    """A row of the table of states that the documentation shows."""

    master_holds: str
    copies_hold: str
    next_step: str


STATES = {
    State.CURRENT: Meaning("one credential", "that one", "nothing, or stage when rotation is asked for or due"),
    State.STAGED: Meaning(
        "old and new",
        "the old, or some the new",
        "publish and deliver the master, prove the new key works, then switch",
    ),
    State.SWITCHED: Meaning(
        "old and new",
        "the new",
        "publish, deliver, restart consumers, prove the copies work, wait for the grace, then retire",
    ),
    State.DRIFTED: Meaning(
        "anything", "something that the master does not accept, or nothing", "sync: write the accepted credential"
    ),
    State.INVALID: Meaning("no identity, or what can't be told apart", "", "a person: it says what is wrong"),
}


@dataclasses.dataclass(frozen=True)
class Assessment:
    """An identity's state and the credentials that it is about.

    Attributes:
        target: The credential that every copy shall hold; None when invalid.
        outgoing: The one to retire in the end; None when there is one credential only.
        drifted: The copies that hold nothing that the master accepts.
        behind: The copies that hold ``outgoing``.
        reasons: Sentences: why it is invalid or drifted, and what is worth knowing. No secret in them.
        has_copies: Whether any service keeps the credential.
    """

    identity: str
    state: State
    target: Credential | None = None
    outgoing: Credential | None = None
    drifted: tuple[Copy, ...] = ()
    behind: tuple[Copy, ...] = ()
    reasons: tuple[str, ...] = ()
    has_copies: bool = True


def assess(identity: Identity) -> Assessment:
    """The state of an identity. Total: every input has exactly one state."""
    wrong = _wrong(identity)
    if wrong:
        return Assessment(identity.name, State.INVALID, reasons=(wrong,))
    rotating = sorted((c for c in identity.credentials if c.rotates), key=_rank)
    target = rotating[-1]
    outgoing = rotating[0] if len(rotating) == 2 else None
    drifted = tuple(copy for copy in identity.copies if not any(copy.holds(c) for c in rotating))
    behind = tuple(copy for copy in identity.copies if outgoing and copy.holds(outgoing))
    if drifted:
        state = State.DRIFTED
    elif outgoing is None:
        state = State.CURRENT
    else:
        state = State.STAGED if behind else State.SWITCHED
    reasons = (*(_why_drifted(copy, identity) for copy in drifted), *_remarks(identity))
    return Assessment(identity.name, state, target, outgoing, drifted, behind, reasons, bool(identity.copies))


def _rank(credential: Credential) -> tuple[bool, datetime.datetime]:
    """The last in this order is the one to keep."""
    return (not credential.withdrawn, credential.born or datetime.datetime.min.replace(tzinfo=datetime.UTC))


def _wrong(identity: Identity) -> str:
    """Why a person is needed, or nothing."""
    if not identity.present:
        return f"{identity.name} is not in the master: add it there, or take it out of the estate"
    if identity.disabled:
        return f"{identity.name} is disabled in the master, so no key of it works: enable it, or take it out of the estate"
    rotating = [c for c in identity.credentials if c.rotates]
    if any(c.reference for c in rotating):
        return (
            f"a credential of {identity.name} comes from the gateway's environment (${{NAME}}): "
            "its value is not in the master, so rotate it where it is set"
        )
    if not rotating:
        inactive = sum(c.inactive for c in identity.credentials)
        note = f" ({inactive} with status Inactive)" if inactive else ""
        return f"{identity.name} has no credential in the master that works{note}: give it one"
    if len(rotating) > 2:
        ids = ", ".join(c.access_key_id for c in rotating)
        return f"{identity.name} has {len(rotating)} credentials ({ids}): name those to leave alone under keep"
    if len(rotating) == 2:
        return _ambiguous(identity.name, rotating[0], rotating[1])
    return ""


def _ambiguous(name: str, one: Credential, other: Credential) -> str:
    if one.access_key_id == other.access_key_id:
        return (
            f"{name} has two credentials under the access key id {one.access_key_id}, of which SeaweedFS "
            "accepts only the first: remove the second"
        )
    if _rank(one) == _rank(other):
        return (
            f"neither the ids nor the history tell which credential of {name} is the newer, {one.access_key_id} or "
            f"{other.access_key_id}: remove one, or name it under keep"
        )
    return ""


def _why_drifted(copy: Copy, identity: Identity) -> str:
    if copy.access_key_id is None or copy.secret_key is None:
        return f"{copy.place} holds no credential"
    same_id = [c for c in identity.credentials if c.access_key_id == copy.access_key_id]
    if not same_id:
        shown = copy.access_key_id if may_be_shown(copy.access_key_id, [identity.name]) else "an access key id"
        return f"{copy.place} holds {shown}, which the master does not have"
    if any(copy.holds(c) and c.inactive for c in same_id):
        return f"{copy.place} holds {copy.access_key_id}, which has status Inactive in the master"
    if any(copy.holds(c) and c.kept for c in same_id):
        return f"{copy.place} holds {copy.access_key_id}, which the estate keeps for somebody else"
    return f"{copy.place} holds {copy.access_key_id} with another secret key than the master"


def _remarks(identity: Identity) -> list[str]:
    remarks = [
        f"{c.access_key_id} has status Inactive in the master: SeaweedFS refuses it, rotation leaves it alone"
        for c in identity.credentials
        if c.inactive
    ]
    for credential in identity.credentials:
        if credential.withdrawn and credential.rotates:
            remarks.append(f"{credential.access_key_id} was withdrawn by a rollback and is on its way out")
    return remarks
