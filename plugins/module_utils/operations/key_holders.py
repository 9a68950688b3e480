# SPDX-License-Identifier: GPL-3.0-or-later
"""Asks the cluster which pods may still hold a key that is to be retired."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ..cluster.waiting import Waiting
from ..holdings.holders import holders_of
from . import declared_cluster, delivery_options, estate_options
from .operation import Context, Operation

ARGUMENT_SPEC: dict[str, Any] = {
    **estate_options.PLACE,
    "identities": {"type": "list", "elements": "str", "default": []},
}


def run(params: Mapping[str, Any], context: Context) -> dict[str, Any]:
    """The operation. Nothing is changed."""
    with estate_options.opened_plainly(params, context) as estate, declared_cluster.connected(estate, context) as cluster:
        names = estate.chosen(params["identities"])
        waiting = Waiting(context.progress, declared_cluster.declared(estate).wait)
        found = declared_cluster.delivered(estate, cluster, names, waiting, predicting=context.check)
        holders: list[dict[str, str]] = []

        def look() -> str:
            holders[:] = holders_of(estate, cluster, found)
            return ""

        declared_cluster.bounded(waiting, look, "No key was retired.")
    for one in holders:
        pod = f"pod {one['namespace']}/{one['pod']}"
        context.progress(f"{one['identity']}: the old key stays, since {one['owner']} ({pod}) may hold it since {one['since']}")
    held = {one["identity"] for one in holders}
    return {
        "changed": False,
        "holders": holders,
        "held": [name for name in names if name in held],
        "free": [name for name in names if name not in held],
    }


OPERATION = Operation("key_holders", ARGUMENT_SPEC, run, requires=delivery_options.LIBRARIES)
