# SPDX-License-Identifier: GPL-3.0-or-later
"""Has SeaweedFS's gateways load the delivered master, and waits until all their pods have."""

from __future__ import annotations

import dataclasses
import hashlib
from collections.abc import Mapping
from typing import Any

from ..cluster import evidence, secrets
from ..cluster.api import Cluster, Refused
from ..cluster.redaction import Redaction
from ..cluster.waiting import Waiting
from ..failure import Failure
from ..gateways.reload import Master, Reload, ReloadFailed
from ..gateways.ways import WAYS
from ..holdings import master
from ..holdings.opened import OpenedEstate
from ..holdings.secret_manifests import SecretManifest, secrets_in
from . import declared_cluster, delivery_options, estate_options
from .operation import Context, Operation

ARGUMENT_SPEC: dict[str, Any] = {**estate_options.PLACE}

_STATE = "What was pushed and delivered stays; pods that run keep the configuration that they have."


def run(params: Mapping[str, Any], context: Context) -> dict[str, Any]:
    """The operation. In check mode nothing is changed, and which gateways would load it is told."""
    with estate_options.opened_plainly(params, context) as estate, declared_cluster.connected(estate, context) as cluster:
        declared = declared_cluster.declared(estate)
        redaction = Redaction(master.values_in(estate.files, estate.estate.master))
        delivered = _delivered(estate, cluster, Waiting(context.progress, declared.wait), context)
        reloads = [
            WAYS[gateway.reload](cluster, gateway, delivered, redaction)
            for gateway in declared.gateways
            if gateway.reload in WAYS
        ]
        _check(reloads)
        changed: list[Reload] = []
        for reload in reloads:
            # one after the other: while one changes, the others serve
            if _reloaded(reload, Waiting(context.progress, declared.wait), context):
                changed.append(reload)
        return _result(estate, reloads, changed, context)


def _delivered(estate: OpenedEstate, cluster: Cluster, waiting: Waiting, context: Context) -> Master:
    """The master, once it is in the cluster as in its file."""
    place = estate.estate.master
    text = master.text_of(estate.files.opened((place.repository, place.file)), place)
    wanted = Master(estate.fingerprints.of(text))
    manifest = _manifest(estate)
    if manifest is None:
        return wanted
    key = str(place.key[1])
    digest = hashlib.sha256(manifest.values[key]).hexdigest()
    wanted = dataclasses.replace(wanted, namespace=manifest.namespace, secret=manifest.name, key=key, digest=digest)
    there: dict[str, Any] = {}

    def look() -> str:
        there.clear()
        there.update(cluster.secret(manifest.namespace, manifest.name) or {})
        same = there and not secrets.differences({key: manifest.values[key]}, there.get("data") or {})
        return "" if same or context.check else f"Secret {manifest} to hold the master"

    declared_cluster.bounded(waiting, look, _STATE)
    changed = evidence.changed_at(there) if there and not context.check else wanted.changed
    return dataclasses.replace(wanted, changed=changed)


def _manifest(estate: OpenedEstate) -> SecretManifest | None:
    place = estate.estate.master
    if len(place.key) < 2:
        return None
    found = secrets_in(estate.files.opened((place.repository, place.file)))
    return next((one for one in found if one.namespace and str(place.key[1]) in one.values), None)


def _check(reloads: list[Reload]) -> None:
    hindered = [f"{one.gateway}: {why}" for one in reloads if (why := one.hindrance())]
    if hindered:
        listing = "".join(f"\n  - {line}" for line in hindered)
        raise Failure(
            f"These gateways can't load the master:{listing}\n",
            state=f"None was changed. {_STATE}",
            remedy="Mend them, or correct estate.cluster.gateways, and run again.",
        )


def _reloaded(reload: Reload, waiting: Waiting, context: Context) -> bool:
    """Have one gateway load it. Returns whether that changed something."""
    needed: list[bool] = []

    def begin() -> str:
        needed[:] = [not reload.is_begun()]
        if needed[0] and not context.check:
            reload.begin()
        return ""

    def look() -> str:
        left = reload.left(waiting.passed)
        return f"{reload.gateway}: {left}" if left else ""

    try:
        declared_cluster.bounded(waiting, begin, _STATE)
        if not context.check:
            declared_cluster.bounded(waiting, look, _STATE)
    except ReloadFailed as failed:
        raise Failure(
            f"{reload.gateway} does not load the master: {failed}.",
            state=_STATE,
            remedy="Mend it, and run again: the run goes on from here.",
        ) from None
    except Refused as refused:
        raise Failure(
            f"The cluster refuses to change {reload.gateway} (HTTP {refused.status}).",
            state=_STATE,
            remedy="See why (kubectl describe), and run again.",
        ) from None
    return needed[0]


def _result(estate: OpenedEstate, reloads: list[Reload], changed: list[Reload], context: Context) -> dict[str, Any]:
    result: dict[str, Any] = {
        "changed": bool(changed),
        "gateways": [{"name": str(one.gateway), "reload": one.gateway.reload, "changed": one in changed} for one in reloads],
    }
    if context.diff:
        result["diff"] = {"prepared": "".join(f"{one.gateway.reload} of {one.gateway}\n" for one in changed)}
    return result


OPERATION = Operation("gateway_reload", ARGUMENT_SPEC, run, requires=delivery_options.LIBRARIES)
