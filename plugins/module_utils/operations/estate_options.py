# SPDX-License-Identifier: GPL-3.0-or-later
"""The options that every operation on an estate takes, and what they ask of the planner."""

from __future__ import annotations

import contextlib
import dataclasses
import datetime
from collections.abc import Mapping
from typing import Any

from .. import duration
from ..failure import Failure
from ..holdings.opened import OpenedEstate, opened
from ..rotation.plans import Request, Strategy
from .operation import Context

LIBRARIES = ("cryptography", "jsonschema", "pyrage", "yaml")

PLACE: dict[str, Any] = {
    "estate": {"type": "dict", "required": True},
    "workspaces": {"type": "dict", "required": True},
}

OPTIONS: dict[str, Any] = {
    **PLACE,
    "identities": {"type": "list", "elements": "str", "default": []},
    "withdrawn": {"type": "list", "elements": "str", "default": []},
}

REQUEST_OPTIONS: dict[str, Any] = {
    "issued_before": {"type": "str"},
    "strategy": {"type": "str", "choices": ["overlap", "in_place"]},
    "min_age": {"type": "str"},
    "retire": {"type": "str", "choices": ["when_due", "force"], "default": "when_due"},
}


def opened_for(params: Mapping[str, Any], context: Context) -> contextlib.AbstractContextManager[OpenedEstate]:
    """The estate that ``OPTIONS`` name."""
    return opened(
        params["estate"],
        params["workspaces"],
        context.environ,
        context.progress,
        withdrawn=params["withdrawn"],
        at_controller=context.at_controller,
    )


def opened_plainly(params: Mapping[str, Any], context: Context) -> contextlib.AbstractContextManager[OpenedEstate]:
    """The estate that ``PLACE`` names."""
    return opened(params["estate"], params["workspaces"], context.environ, context.progress, at_controller=context.at_controller)


def now() -> datetime.datetime:
    return datetime.datetime.now(datetime.UTC)


def request(params: Mapping[str, Any], moment: datetime.datetime, **more: Any) -> Request:
    """What the parameters ask for."""
    return Request(
        now=moment,
        identities=frozenset(params["identities"]) or None,
        issued_before=_moment(params["issued_before"], moment) if params["issued_before"] else None,
        force=params["retire"] == "force",
        **more,
    )


def overridden(opened: OpenedEstate, params: Mapping[str, Any]) -> OpenedEstate:
    """The estate with what this run was told instead of the declared policy."""
    told: dict[str, Any] = {}
    if params["strategy"]:
        told["strategy"] = Strategy(params["strategy"])
    if params["min_age"]:
        try:
            told["min_age"] = duration.parse(params["min_age"])
        except ValueError as error:
            raise Failure(
                f"min_age: {error}.",
                state="Nothing was changed.",
                remedy="Write it as in the estate: -e min_age=15m.",
            ) from None
    identities = tuple(
        dataclasses.replace(identity, rules=dataclasses.replace(identity.rules, **told)) for identity in opened.estate.identities
    )
    return dataclasses.replace(opened, estate=dataclasses.replace(opened.estate, identities=identities))


def _moment(text: str, present: datetime.datetime) -> datetime.datetime:
    try:
        moment = datetime.datetime.fromisoformat(text.strip())
    except ValueError:
        raise Failure(
            f"issued_before: {text!r} is no time.",
            state="Nothing was changed.",
            remedy="Write it as 2026-11-24T12:00:00Z; without a zone it is UTC.",
        ) from None
    moment = moment if moment.tzinfo else moment.replace(tzinfo=datetime.UTC)
    if moment > present:
        raise Failure(
            f"issued_before: {text} is in the future, so that every run until then would rotate again.",
            state="Nothing was changed.",
            remedy="Name a time that has passed; without a zone it is UTC.",
        )
    return moment
