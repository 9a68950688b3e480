# SPDX-License-Identifier: GPL-3.0-or-later
"""What a run does: which identities take which step now, and what is left for later."""

from __future__ import annotations

import dataclasses
import datetime
import enum
from collections.abc import Sequence

from .. import duration
from .access_key import birth
from .states import Assessment, State

ASKED_FOR = "asked for"
"""Why an identity is rotated that was named."""

ISSUED_BEFORE = "issued before"
"""How it begins why an identity is rotated that is older than the time that was named."""


class Step(enum.StrEnum):
    """The steps, in the order in which a run takes them."""

    ROLLBACK = "rollback"
    SYNC = "sync"
    REPLACE = "replace"
    STAGE = "stage"
    SWITCH = "switch"
    RETIRE = "retire"


class Strategy(enum.StrEnum):
    """How an identity is rotated."""

    OVERLAP = "overlap"
    IN_PLACE = "in_place"


@dataclasses.dataclass(frozen=True)
class Rules:
    """The policy of one identity.

    Attributes:
        max_age: A credential older than this is due; None where none ever is.
        min_age: One that was issued more recently than this isn't rotated again just because it is named: a run that is
            repeated after it was killed finishes the rotation and doesn't begin another.
        grace: How long the old key stays alive after the switch.
        strategy: How it is rotated.
    """

    max_age: datetime.timedelta | None
    min_age: datetime.timedelta
    grace: datetime.timedelta
    strategy: Strategy


@dataclasses.dataclass(frozen=True)
class Request:
    """What the operator asked for.

    Attributes:
        now: The time of the run, UTC.
        identities: Rotate these now; None for those that are due.
        issued_before: Rotate all that are older than this.
        begin: Whether new rotations may begin; without it only what is pending is finished.
        force: Retire before the grace is over.
        rollback: Go back to the credential before, instead of rotating.
        only: Steps that may be taken at all.
    """

    now: datetime.datetime
    identities: frozenset[str] | None = None
    issued_before: datetime.datetime | None = None
    begin: bool = True
    force: bool = False
    rollback: bool = False
    only: frozenset[Step] = frozenset(Step)


@dataclasses.dataclass(frozen=True)
class Candidate:
    """One identity to plan for.

    Attributes:
        switched_at: When the copies took the target, for an identity that is switched; None where nobody knows.
        rolled_back: Whether a rollback was begun: what is left of it are the steps of any rotation.
        undelivered: Whether an earlier run changed the copies in a single step, and may have been killed, or have failed,
            before it delivered them.
    """

    assessment: Assessment
    rules: Rules
    switched_at: datetime.datetime | None = None
    rolled_back: bool = False
    undelivered: bool = False


@dataclasses.dataclass(frozen=True)
class Outlook:
    """The plan for one identity.

    Attributes:
        steps: The steps that this run takes, in order; empty when there is nothing to do.
        why: Why it takes them, or why not.
        due: When its next step is due, for one that waits; None otherwise.
        needs_person: It is invalid.
        outdated: What the copies shall hold is older than the time that was named: a rotation that was begun before is
            finished first, and the next run begins another.
    """

    identity: str
    state: State
    steps: tuple[Step, ...]
    why: str
    due: datetime.datetime | None = None
    needs_person: bool = False
    outdated: bool = False


def outlook(candidate: Candidate, request: Request) -> Outlook:
    """What the run does with one identity. It assumes that each step succeeds."""
    found = candidate.assessment
    if found.state is State.INVALID:
        return Outlook(found.identity, found.state, (), "; ".join(found.reasons), needs_person=True)
    if request.identities is not None and found.identity not in request.identities:
        return Outlook(found.identity, found.state, (), "not asked for")
    if request.rollback:
        plan = _finish_rollback(candidate, request) if candidate.rolled_back else _roll_back(candidate, request)
    else:
        plan = _PLANNERS[found.state](candidate, request)
    if candidate.undelivered and not plan.steps:
        # it finds nothing to write, and delivers
        plan = dataclasses.replace(plan, steps=(Step.SYNC,), why=f"{plan.why}; delivers again what an earlier run changed")
    steps = tuple(step for step in plan.steps if step in request.only)
    return dataclasses.replace(plan, steps=steps, outdated=_predates(candidate, request))


def _roll_back(candidate: Candidate, request: Request) -> Outlook:
    """What was withdrawn goes in the end as an old key does, after the grace: a consumer may hold it.

    There is no staging in it: the step ROLLBACK delivers the master itself, and STAGE would make a new credential where it
    leaves one only.
    """
    found = candidate.assessment
    steps = (Step.ROLLBACK, Step.SWITCH, *_retiring(candidate, request))
    return Outlook(found.identity, found.state, steps, "goes back to the credential before")


def _finish_rollback(candidate: Candidate, request: Request) -> Outlook:
    """What is left of a rollback are the steps of any rotation that is under way; none may begin."""
    plan = _PLANNERS[candidate.assessment.state](candidate, dataclasses.replace(request, begin=False))
    return plan if plan.steps else dataclasses.replace(plan, why="was rolled back already")


def _pending_sync(candidate: Candidate, request: Request) -> Outlook:
    """A copy that doesn't work is mended first; what was asked for or due follows in the same run."""
    found = candidate.assessment
    if found.outgoing:
        after: Sequence[Step] = (Step.STAGE, Step.SWITCH, *_retiring(candidate, request))
    else:
        after = _maybe_begin(candidate, request).steps
    return Outlook(found.identity, found.state, (Step.SYNC, *after), "; ".join(found.reasons))


def _pending_switch(candidate: Candidate, request: Request) -> Outlook:
    steps = (Step.STAGE, Step.SWITCH, *_retiring(candidate, request))
    return Outlook(candidate.assessment.identity, State.STAGED, steps, "finishes the rotation that was begun")


def _pending_retire(candidate: Candidate, request: Request) -> Outlook:
    name = candidate.assessment.identity
    due = retire_due(candidate, request.now)
    # without copies it is switched as soon as it is staged, and a run may have been killed before it delivered that
    again = Step.SWITCH if candidate.assessment.has_copies else Step.STAGE
    if due > request.now and not request.force:
        return Outlook(name, State.SWITCHED, (again,), "waits for the grace to pass, then retires the old key", due)
    return Outlook(name, State.SWITCHED, (again, Step.RETIRE), "the grace has passed: retires the old key")


def retire_due(candidate: Candidate, now: datetime.datetime) -> datetime.datetime:
    """When the grace of an identity that is switched is over; a switch that no commit holds yet counts from ``now``."""
    return (candidate.switched_at or now) + candidate.rules.grace


def _maybe_begin(candidate: Candidate, request: Request) -> Outlook:
    name = candidate.assessment.identity
    asked, why, due = _is_asked(candidate, request)
    if not (asked and request.begin):
        return Outlook(name, State.CURRENT, (), why, due)
    if candidate.rules.strategy is Strategy.IN_PLACE:
        return Outlook(name, State.CURRENT, (Step.REPLACE,), why)
    return Outlook(name, State.CURRENT, (Step.STAGE, Step.SWITCH, *_retiring(candidate, request)), why)


_PLANNERS = {
    State.CURRENT: _maybe_begin,
    State.STAGED: _pending_switch,
    State.SWITCHED: _pending_retire,
    State.DRIFTED: _pending_sync,
}


def _retiring(candidate: Candidate, request: Request) -> Sequence[Step]:
    """A run that switches retires as well where there is no grace to wait for."""
    return (Step.RETIRE,) if request.force or not candidate.rules.grace else ()


def _is_asked(candidate: Candidate, request: Request) -> tuple[bool, str, datetime.datetime | None]:
    """Whether a rotation shall begin, why or why not, and when it will be due."""
    target, rules = candidate.assessment.target, candidate.rules
    born = target.born if target else None
    age = request.now - born if born else None
    if request.issued_before:
        if _predates(candidate, request):
            return True, f"{ISSUED_BEFORE} {_utc(request.issued_before)}", None
        return False, f"issued after {_utc(request.issued_before)}", None
    if request.identities is not None:
        ours = rules.strategy is Strategy.IN_PLACE or (target is not None and birth(target.access_key_id) is not None)
        if ours and age is not None and age < rules.min_age:
            return False, f"made {duration.show(age)} ago, which is less than min_age ({duration.show(rules.min_age)})", None
        return True, ASKED_FOR, None
    if rules.max_age is None:
        return False, "no max_age is declared", None
    if born is None or age is None:
        return True, "its age is unknown", None
    due = born + rules.max_age
    return (True, f"older than max_age, {duration.show(age)}", None) if age >= rules.max_age else (False, "not due", due)


def _predates(candidate: Candidate, request: Request) -> bool:
    target = candidate.assessment.target
    if request.issued_before is None or target is None:
        return False
    return target.born is None or target.maybe_older or target.born < request.issued_before


def _utc(moment: datetime.datetime) -> str:
    return moment.astimezone(datetime.UTC).strftime("%Y-%m-%d %H:%M:%SZ")
