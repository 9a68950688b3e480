# SPDX-License-Identifier: GPL-3.0-or-later
"""The steps of a rotation, for a list of identities at once: one edit of the master, and the copies."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from ..holdings import steps
from ..holdings.observe import Held
from ..holdings.opened import OpenedEstate
from ..holdings.steps import Taken
from ..rotation.access_key import may_be_shown
from . import estate_options
from .operation import Context, Operation

ARGUMENT_SPEC: dict[str, Any] = {
    **estate_options.OPTIONS,
    "identities": {"type": "list", "elements": "str", "required": True},
    "step": {"type": "str", "required": True, "choices": list(steps.STEPS)},
    "retire": {"type": "str", "choices": ["when_due", "force"], "default": "when_due"},
    "revoke": {"type": "bool", "default": False},
    "seen": {"type": "dict", "default": {}, "no_log": False},
}


def run(params: Mapping[str, Any], context: Context) -> dict[str, Any]:
    """Take one step and write the changed files. Nothing is committed."""
    with estate_options.opened_for(params, context) as estate:
        now = estate_options.now()
        force = params["retire"] == "force"
        around = steps.circumstances(estate, now, revoke=params["revoke"], force=force, seen=params["seen"])
        observed = estate.observe()
        held = [observed[name] for name in estate.chosen(params["identities"])] if params["identities"] else []
        deliveries = _deliveries(params["step"], estate, held)
        workspaces = _in_push_order(params["workspaces"], estate)
        before = _shown(estate, held) if context.diff else ""
        taken = steps.take(params["step"], held, around)
        changed = estate.files.write(now, really=not context.check)
        after = _shown(estate, list(estate.observe().values()), {one.declared.name for one in held}) if context.diff else ""
    result: dict[str, Any] = {
        "changed": bool(changed),
        "identities": [{"name": one.identity, "access_key_id": one.access_key_id, "done": one.done} for one in taken],
        "commits": _commits(params["step"], workspaces, taken, changed),
        "unchanged": _unchanged(params["step"], workspaces, estate, held),
        "deliveries": deliveries,
    }
    if context.diff:
        header = "the master and the copies"
        result["diff"] = {"before": before, "after": after, "before_header": header, "after_header": header}
    return result


def _in_push_order(workspaces: Mapping[str, Any], opened_estate: OpenedEstate) -> dict[str, str]:
    """The workspaces' paths by repository, as the estate orders them."""
    return {one.name: workspaces[one.name]["path"] for one in opened_estate.estate.repositories}


def _commits(
    step: str, workspaces: Mapping[str, str], taken: Sequence[Taken], changed: Sequence[tuple[str, str]]
) -> list[dict[str, Any]]:
    """One commit for each repository with a changed file, for git_publish."""
    acted = [one for one in taken if one.done]
    names = ", ".join(one.identity for one in acted)
    subject = f"chore: rotate S3 credentials, {step} {names}"
    if len(subject) > 72:
        subject = f"chore: rotate S3 credentials, {step} {len(acted)} identities"
    body = "\n".join(f"{one.identity}: {one.done}" for one in acted)
    trailers: dict[str, list[str]] = {}
    for one in acted:
        for key, value in one.trailers:
            trailers.setdefault(key, []).append(value)
    return [
        {
            "workspace": path,
            "paths": [file for repository, file in changed if repository == name],
            "text": f"{subject}\n\n{body}",
            "trailers": trailers,
        }
        for name, path in workspaces.items()
        if any(repository == name for repository, _file in changed)
    ]


def _unchanged(step: str, workspaces: Mapping[str, str], opened_estate: OpenedEstate, held: Sequence[Held]) -> list[str]:
    """The workspaces whose remotes must still be as the step saw them: a key may not be retired while somebody else points a
    copy in another file back to it. A staged key is in nobody's way."""
    if step == "stage":
        return []
    concerned = {opened_estate.estate.master.repository, *(copy.repository for one in held for copy in one.declared.copies)}
    return [path for name, path in workspaces.items() if name in concerned]


def _deliveries(step: str, opened_estate: OpenedEstate, held: Sequence[Held]) -> list[dict[str, Any]]:
    """How the step reaches the running system, in push order; nothing for repositories that nobody has to deliver."""
    estate = opened_estate.estate
    of_master = {(estate.master.repository, estate.master.file)} if step not in ("switch", "sync") else set()
    of_copies = (
        {(copy.repository, copy.file) for one in held for copy in one.declared.copies}
        if step not in ("stage", "retire")
        else set()
    )
    concerned = of_master | of_copies
    return [
        {
            "name": repository.name,
            "method": repository.delivery.method,
            "tasks": repository.delivery.tasks,
            "tip": opened_estate.tip(repository.name),
            "files": sorted(file for name, file in concerned if name == repository.name),
        }
        for repository in estate.repositories
        if repository.delivery.method != "none" and any(name == repository.name for name, _file in concerned)
    ]


def _shown(estate: OpenedEstate, held: Sequence[Held], names: set[str] | None = None) -> str:
    """Access key ids, and secret keys by fingerprint, by place."""
    lines = []
    ids = {c.access_key_id for one in held if one.in_master for c in one.in_master.credentials}
    for one in held:
        if names is not None and one.declared.name not in names:
            continue
        for c in one.in_master.credentials if one.in_master else ():
            lines.append(f"{estate.estate.master}: {one.declared.name}: {c.access_key_id} {estate.fingerprints.of(c.secret_key)}")
        for copy in one.declared.copies:
            secret = estate.files.value(copy.secret_key)
            held_id = estate.files.value(copy.access_key)
            lines.append(f"{copy.access_key}: {held_id if may_be_shown(held_id, ids) else estate.fingerprints.of(held_id)}")
            lines.append(f"{copy.secret_key}: {estate.fingerprints.of(secret)}")
    return "".join(f"{line}\n" for line in lines)


OPERATION = Operation("credential", ARGUMENT_SPEC, run, requires=estate_options.LIBRARIES)
