# SPDX-License-Identifier: GPL-3.0-or-later
"""The whole estate, redacted: states, ages, copies, what is due and why, what a run would do."""

from __future__ import annotations

import dataclasses
import datetime
from collections.abc import Mapping, Sequence
from typing import Any

from .. import duration
from ..holdings import master
from ..holdings.observe import Held
from ..holdings.opened import OpenedEstate
from ..holdings.past import CHANGED, REVOKED
from ..holdings.steps import is_rolled_back
from ..rotation import summary
from ..rotation.plans import Outlook, Step, outlook
from . import estate_options
from .operation import Context, Operation

DELIVERED_AGAIN_FOR = datetime.timedelta(hours=25)
"""How long after a commit that changes copies in a single step they are delivered again: the next night's run does."""

ARGUMENT_SPEC: dict[str, Any] = {
    **estate_options.OPTIONS,
    **estate_options.REQUEST_OPTIONS,
    "steps": {"type": "list", "elements": "str", "choices": [step.value for step in Step], "default": [s.value for s in Step]},
    "begin": {"type": "bool", "default": True},
    "rollback": {"type": "bool", "default": False},
    "before": {"type": "list", "elements": "dict"},
    "holders": {"type": "list", "elements": "dict", "default": []},
}


def run(params: Mapping[str, Any], context: Context) -> dict[str, Any]:
    """Look at the estate and plan. Nothing is changed."""
    with estate_options.opened_for(params, context) as estate:
        now = estate_options.now()
        chosen = estate.chosen(params["identities"])
        only = frozenset(Step(step) for step in params["steps"])
        asked = estate_options.request(params, now, begin=params["begin"], rollback=params["rollback"], only=only)
        observed = estate_options.overridden(estate, params).observe()
        held = [observed[name] for name in chosen]
        if params["rollback"]:
            held = [_with_rollback(one, estate) for one in held]
        if params["before"] is None:
            held = _with_undelivered(held, estate, now)
        outlooks = [outlook(one.candidate, asked) for one in held]
        identities = [_identity(one, plan, now, estate) for one, plan in zip(held, outlooks, strict=True)]
        findings = _findings(estate)
    result: dict[str, Any] = {
        "changed": False,
        "identities": identities,
        "plan": _plan(outlooks),
        "findings": findings,
    }
    if params["before"] is not None:
        restarts = estate.estate.cluster is not None
        result["table"] = summary.table(identities, params["before"], params["holders"], restarts=restarts)
        for line in result["table"]:
            context.progress(line)
    return result


def _with_rollback(held: Held, estate: OpenedEstate) -> Held:
    candidate = dataclasses.replace(held.candidate, rolled_back=is_rolled_back(held, estate))
    return dataclasses.replace(held, candidate=candidate)


def _with_undelivered(held: Sequence[Held], estate: OpenedEstate, now: datetime.datetime) -> list[Held]:
    """What was pushed by a run that then failed or was killed is delivered by the next, and consumers are restarted, where the
    estate says how."""
    delivers = estate.estate.cluster is not None or any(one.delivery.method != "none" for one in estate.estate.repositories)
    names = estate.past.trailers(CHANGED, now - DELIVERED_AGAIN_FOR) if delivers else set()
    return [
        dataclasses.replace(one, candidate=dataclasses.replace(one.candidate, undelivered=True))
        if one.declared.name in names
        else one
        for one in held
    ]


def _identity(held: Held, plan: Outlook, now: datetime.datetime, estate: OpenedEstate) -> dict[str, Any]:
    assessment = held.candidate.assessment
    target, outgoing = assessment.target, assessment.outgoing
    born = target.born if target else None
    behind = {copy.place for copy in assessment.behind}
    drifted = {copy.place for copy in assessment.drifted}
    return {
        "name": held.declared.name,
        "state": assessment.state.value,
        "reasons": list(assessment.reasons),
        "access_key_id": target.access_key_id if target else None,
        "fingerprint": estate.fingerprints.of(target.secret_key) if target else None,
        "outgoing": outgoing.access_key_id if outgoing else None,
        "revoked": outgoing is not None and outgoing.access_key_id in held.declared.revoked | estate.past.trailers(REVOKED),
        "born": _utc(born),
        "age": duration.show(now - born) if born else None,
        "age_seconds": int((now - born).total_seconds()) if born else None,
        "copies": [
            {"place": str(copy), "holds": "old" if str(copy) in behind else "drifted" if str(copy) in drifted else "current"}
            for copy in held.declared.copies
        ],
        "consumers": [str(consumer) for consumer in held.declared.consumers],
        "steps": [step.value for step in plan.steps],
        "why": plan.why,
        "due": _utc(plan.due),
    }


def _plan(outlooks: Sequence[Outlook]) -> dict[str, Any]:
    steps = {step.value: [plan.identity for plan in outlooks if step in plan.steps] for step in Step}
    return {
        "steps": [{"step": step, "identities": names} for step, names in steps.items() if names],
        "needs_person": [plan.identity for plan in outlooks if plan.needs_person],
        "outdated": [plan.identity for plan in outlooks if plan.outdated],
    }


def _findings(estate: OpenedEstate) -> list[str]:
    """What the master and the declaration say differently."""
    declared = {identity.name: identity for identity in estate.estate.identities}
    found = []
    for identity in master.read(estate.files, estate.estate.master):
        if identity.name not in declared:
            found.append(f"{identity.name} is in the master and not in the estate")
            continue
        wanted = {f"{action}:{bucket}" for bucket, actions in declared[identity.name].buckets.items() for action in actions}
        more, less = sorted(set(identity.actions) - wanted), sorted(wanted - set(identity.actions))
        if wanted and more:
            found.append(f"{identity.name} may {', '.join(more)} in the master, which the estate does not declare")
        if less:
            found.append(f"{identity.name} may not {', '.join(less)} in the master, which the estate declares")
    return found


def _utc(moment: datetime.datetime | None) -> str | None:
    return moment.astimezone(datetime.UTC).strftime("%Y-%m-%dT%H:%M:%SZ") if moment else None


OPERATION = Operation("estate_info", ARGUMENT_SPEC, run, requires=estate_options.LIBRARIES)
