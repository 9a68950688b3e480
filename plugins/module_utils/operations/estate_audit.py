# SPDX-License-Identifier: GPL-3.0-or-later
"""The audit of an estate: all rules, what is suppressed, what could not be checked."""

from __future__ import annotations

import contextlib
import dataclasses
import datetime
import functools
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from ..audit import own_rules
from ..audit.evidence import Asking, Evidence
from ..audit.finding import NotChecked, Severity
from ..audit.reports import terminal
from ..audit.results import as_data, audit
from ..audit.rules import RULES
from ..audit.running import Running
from ..audit.schema import UNKNOWN
from ..cluster.api import Unreachable
from ..estate import declaration
from ..estate.model import Estate, Identity, Place
from ..git.addresses import addresses_of
from ..git.history import History
from ..git.program import Git
from ..git.workspace import Workspace
from ..holdings.observe import Held
from ..holdings.opened import OpenedEstate, mistaken
from ..s3.anonymous import allowed
from ..s3.check import Finding
from ..s3.verify import verify
from ..sops.age_keys import AgeKeys
from . import delivery_options, estate_options, gateway_pods
from .estate_checks import of_estate, of_past
from .git_workspace import expanded
from .operation import Context, Operation

ARGUMENT_SPEC: dict[str, Any] = {
    **estate_options.PLACE,
    "rules": {"type": "path"},
    "fail_on": {"type": "str", "choices": [*(severity.value for severity in Severity), "never"], "default": "error"},
}

_UNKNOWN: Mapping[str, Any] = {"state": UNKNOWN, "access_key_id": None, "age_seconds": None}
_NO_CLUSTER = "the estate declares no cluster"


def run(params: Mapping[str, Any], context: Context) -> dict[str, Any]:
    """Look at everything, and change nothing, in check mode or not."""
    declared = declaration.read(params["estate"])
    if declared.estate is None or declared.mistakes:
        raise mistaken(declared.mistakes)
    rules = (*RULES, *(own_rules.load(Path(params["rules"]), {rule.id for rule in RULES}) if params["rules"] else ()))
    folders = {name: Path(workspace["path"]) for name, workspace in params["workspaces"].items()}
    git = Git(context.environ, progress=context.progress)
    now = estate_options.now()
    with contextlib.ExitStack() as stack:
        histories = {name: stack.enter_context(History(folder, git)) for name, folder in folders.items()}
        estate, keys = _with_paths(declared.estate, context), AgeKeys.find(context.environ, context.progress)
        evidence = Evidence(estate, folders, histories, keys, git, now, _asking(context, git, stack))
        results = audit(rules, evidence, declared.estate.suppressions, now.date())
        data = {**as_data(results), "master": _place(declared.estate.master), "identities": _identities(evidence)}
    for line in terminal.lines(data):
        context.progress(line)
    ok = params["fail_on"] == "never" or not results.fails_on(Severity(params["fail_on"]))
    return {"changed": False, "ok": ok, "time": f"{now:%Y-%m-%dT%H:%M:%SZ}", **data}


def _with_paths(estate: Estate, context: Context) -> Estate:
    """The estate with the checkouts' paths as the run's environment has them."""
    repositories = tuple(
        dataclasses.replace(one, checkout=str(expanded(one.checkout, context.environ)) if one.checkout else None)
        for one in estate.repositories
    )
    return dataclasses.replace(estate, repositories=repositories)


def _asking(context: Context, git: Git, stack: contextlib.ExitStack) -> Asking:
    """Who asks S3 and the cluster. A connection is kept until the audit ends."""

    def running(opened: OpenedEstate) -> Running:
        if opened.estate.cluster is None:
            raise NotChecked(_NO_CLUSTER)
        cluster = stack.enter_context(delivery_options.cluster_of(opened.estate.cluster, context.environ))
        return Running(opened, cluster, lambda one: addresses_of(Workspace.open(opened.folders[one.name]), git))

    return Asking(
        functools.partial(_proofs, context=context),
        functools.partial(_proofs_by_pod, context=context),
        lambda estate: allowed(
            estate.endpoints, {bucket for one in estate.identities for bucket in one.buckets}, context.environ
        ),
        running,
    )


def _proofs_by_pod(opened: OpenedEstate, context: Context) -> list[Finding]:
    """Ask every pod of the gateways about the credentials of today."""
    if opened.estate.cluster is None or not opened.estate.cluster.gateways:
        raise NotChecked(_NO_CLUSTER if opened.estate.cluster is None else "the estate's cluster declares no gateways")
    checks = of_estate(opened, [identity.name for identity in opened.estate.identities], ["target", "outgoing"], {})
    try:
        return gateway_pods.prove_each(checks, opened, 0, context)
    except Unreachable as away:
        raise NotChecked(str(away)) from None


def _proofs(opened: OpenedEstate, context: Context) -> list[Finding]:
    """Ask S3 about the credentials of today, and all that were ever in the master."""
    names = [identity.name for identity in opened.estate.identities]
    checks = [*of_estate(opened, names, ["target", "outgoing"], {}), *of_past(opened, names)]
    return verify(checks, opened.estate.endpoints, wait=0, environ=context.environ, progress=context.progress, read_only=True)


def _identities(evidence: Evidence) -> list[dict[str, Any]]:
    """Each identity as it is declared, with its state and the age of its credential, or that there is none to tell."""
    try:
        known = {name: _known(held, evidence.now) for name, held in evidence.held.items()}
    except NotChecked:
        known = {}
    return [_identity(one, known.get(one.name, _UNKNOWN)) for one in evidence.estate.identities]


def _known(held: Held, now: datetime.datetime) -> dict[str, Any]:
    assessment = held.candidate.assessment
    target = assessment.target
    born = target.born if target else None
    return {
        "state": assessment.state.value,
        "access_key_id": target.access_key_id if target else None,
        # a clock that is behind that of whoever made the key
        "age_seconds": max(0, int((now - born).total_seconds())) if born else None,
    }


def _identity(declared: Identity, known: Mapping[str, Any]) -> dict[str, Any]:
    limit = declared.rules.max_age
    return {
        "name": declared.name,
        **known,
        "max_age_seconds": int(limit.total_seconds()) if limit else None,
        "copies": [{"access_key": _place(one.access_key), "secret_key": _place(one.secret_key)} for one in declared.copies],
        "consumers": [{"kind": one.kind, "namespace": one.namespace, "name": one.name} for one in declared.consumers],
    }


def _place(place: Place) -> dict[str, str]:
    """A place as findings have it."""
    return {"repository": place.repository, "file": place.file, "key": place.path}


OPERATION = Operation(
    "estate_audit", ARGUMENT_SPEC, run, requires=(*estate_options.LIBRARIES, "ahocorasick_rs", "boto3", "zxcvbn")
)
