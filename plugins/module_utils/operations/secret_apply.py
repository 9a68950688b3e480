# SPDX-License-Identifier: GPL-3.0-or-later
"""Applies the Secrets of SOPS files to a cluster, decrypted in process."""

from __future__ import annotations

import base64
import dataclasses
from collections.abc import Mapping
from typing import Any

from ..cluster.api import MANAGER, Cluster, Document, Refused
from ..cluster.redaction import Redaction
from ..cluster.waiting import TookTooLong, Waiting
from ..failure import Failure
from ..git.history import History
from ..holdings.delivered import DeliveredFiles
from ..holdings.opened import opened
from ..holdings.secret_manifests import SecretManifest
from ..sops.age_keys import AgeKeys
from ..sops.fingerprint import Fingerprints
from . import delivery_options
from .operation import Context, Operation

ARGUMENT_SPEC: dict[str, Any] = {**delivery_options.OPTIONS}

CONTROLLERS = {
    "kustomize-controller": "Flux",
    "helm-controller": "Flux",
    "argocd-controller": "Argo CD",
    "argocd-application-controller": "Argo CD",
}
"""Field managers that write a Secret again and again, and who that is."""


@dataclasses.dataclass(frozen=True)
class Applied:
    """A Secret before and after; ``before`` is None where there was none."""

    file: str
    secret: SecretManifest
    before: Document | None = dataclasses.field(repr=False)
    after: Document = dataclasses.field(repr=False)

    @property
    def changed(self) -> bool:
        return self.before is None or _content(self.before) != _content(self.after)


def run(params: Mapping[str, Any], context: Context) -> dict[str, Any]:
    """The operation. In check mode the API server only says how it would be."""
    with opened(params["estate"], params["workspaces"], context.environ, context.progress) as estate:
        repository = delivery_options.repository_of(params, estate)
        commit, files = delivery_options.commit_of(params, estate), delivery_options.files_of(params, estate)
        with History(estate.folders[repository.name], estate.git) as history:
            contents = DeliveredFiles(repository.name, history, AgeKeys.find(context.environ, context.progress))
            wanted = [(file, secret) for file in files for secret in contents.secrets(commit, file)]
            _check(wanted, files)
            redaction = Redaction(contents.values(commit, files))
        waiting = Waiting(context.progress, repository.delivery.wait)
        applied: list[Applied] = []
        with delivery_options.cluster_of(repository.delivery, context.environ) as cluster:

            def apply_all() -> str:
                for file, secret in wanted[len(applied) :]:
                    applied.append(_applied(file, secret, cluster, redaction, dry_run=context.check))
                return ""

            try:
                waiting.until(apply_all)
            except TookTooLong as late:
                done = ", ".join(str(one.secret) for one in applied) or "none"
                raise Failure(
                    f"Waited {waiting.wait:.0f} s in vain for {late}.",
                    state=f"Of the Secrets, these were applied: {done}.",
                    remedy="Run again when it answers.",
                ) from None
        return _result(applied, estate.fingerprints, context)


def _check(wanted: list[tuple[str, SecretManifest]], files: list[str]) -> None:
    """Before the first is applied: each has a namespace, and each file has one."""
    without = [str(secret) for _file, secret in wanted if not secret.namespace]
    if without:
        raise Failure(
            f"These Secrets name no namespace: {', '.join(without)}.",
            state="The cluster was not changed.",
            remedy="Write metadata.namespace into their files.",
        )
    empty = [file for file in files if file not in {file for file, _secret in wanted}]
    if empty:
        raise Failure(
            f"There is no manifest of a Secret in {', '.join(empty)}.",
            state="The cluster was not changed.",
            remedy="Deliver this repository by tasks of your own.",
        )


def _applied(file: str, secret: SecretManifest, cluster: Cluster, redaction: Redaction, *, dry_run: bool) -> Applied:
    before = cluster.secret(secret.namespace, secret.name)
    managers = {field.get("manager", "") for field in ((before or {}).get("metadata") or {}).get("managedFields", ())}
    if others := sorted(managers & set(CONTROLLERS)):
        raise Failure(
            f"Secret {secret} belongs to {CONTROLLERS[others[0]]} ({others[0]}), which would take back what is applied here.",
            state="This Secret was not changed.",
            remedy="Declare the delivery by flux, or by none or tasks where something else applies it.",
        )
    try:
        # fields that kubectl wrote are taken over: the file is what counts
        after = cluster.apply_secret(secret.manifest, dry_run=dry_run, force=True)
    except Refused as refused:
        missing = refused.status == 404
        raise Failure(
            f"The cluster at {cluster.where} refuses Secret {secret} (HTTP {refused.status}): {redaction.of(refused.message)}",
            state="This Secret was not changed.",
            remedy=f"Make the namespace {secret.namespace}, and run again." if missing else "Mend the manifest, and run again.",
        ) from None
    return Applied(file, secret, before, after)


def _content(document: Document) -> tuple[Any, ...]:
    metadata = document["metadata"]
    return document.get("data"), document.get("type"), metadata.get("labels"), metadata.get("annotations")


def _result(applied: list[Applied], fingerprints: Fingerprints, context: Context) -> dict[str, Any]:
    result: dict[str, Any] = {
        "changed": any(one.changed for one in applied),
        "secrets": [
            {
                "name": str(one.secret),
                "file": one.file,
                "changed": one.changed,
                "fingerprints": _shown(one.after, fingerprints),
            }
            for one in applied
        ],
        "field_manager": MANAGER,
    }
    if context.diff:
        result["diff"] = [
            {
                "before_header": f"Secret {one.secret}",
                "after_header": f"Secret {one.secret}",
                "before": _lines(_shown(one.before or {}, fingerprints)),
                "after": _lines(_shown(one.after, fingerprints)),
            }
            for one in applied
            if one.changed
        ]
    return result


def _shown(document: Document, fingerprints: Fingerprints) -> dict[str, str]:
    data = document.get("data") or {}
    return {key: fingerprints.of(base64.b64decode(data[key]).decode("utf-8", "backslashreplace")) for key in sorted(data)}


def _lines(shown: Mapping[str, str]) -> str:
    return "".join(f"{key}: {fingerprint}\n" for key, fingerprint in shown.items())


OPERATION = Operation("secret_apply", ARGUMENT_SPEC, run, requires=delivery_options.LIBRARIES)
