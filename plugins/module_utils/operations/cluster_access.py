# SPDX-License-Identifier: GPL-3.0-or-later
"""Writes a ServiceAccount with exactly the rights in the cluster that the estate's playbooks use."""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from ..cluster import access
from ..cluster.access import SecretNames
from ..failure import Failure
from ..holdings import copied_secrets
from ..holdings.opened import OpenedEstate
from ..holdings.secret_manifests import secrets_in
from . import estate_options
from .operation import Context, Operation

try:
    import yaml
except ImportError:  # operations check for it
    pass

ARGUMENT_SPEC: dict[str, Any] = {
    **estate_options.PLACE,
    "namespace": {"type": "str", "default": "lotus-lake-secrets"},
    "name": {"type": "str", "default": "lotus-lake-secrets"},
    "path": {"type": "path"},
}

_HEAD = """\
# What the playbooks of lotus_lake.secrets may do in this cluster, made by access.yml: make it again when the estate changes.
"""


def run(params: Mapping[str, Any], context: Context) -> dict[str, Any]:
    """The operation. Nothing is asked of a cluster."""
    with estate_options.opened_plainly(params, context) as estate:
        rules = access.rules(estate.estate, _secrets(estate))
    made = access.manifests(rules, params["namespace"], params["name"])
    text = _HEAD + yaml.safe_dump_all(made, sort_keys=False, explicit_start=True)
    result: dict[str, Any] = {"changed": False, "manifests": made}
    if not params["path"]:
        for line in text.splitlines():
            context.progress(line)
        return result
    target = Path(os.path.expandvars(params["path"])).expanduser()
    before = target.read_text(encoding="utf-8") if target.is_file() else ""
    result["changed"] = before != text
    if result["changed"] and not context.check:
        _write(target, text)
    if context.diff:
        result["diff"] = {"before": before, "after": text, "before_header": str(target), "after_header": str(target)}
    return result


def _write(target: Path, text: str) -> None:
    if not target.parent.is_dir() or (target.exists() and not target.is_file()):
        raise Failure(f"{target} is no file in a folder.", state="Nothing was written.", remedy="Name a file.")
    fresh = target.with_name(f".{target.name}.new")
    fresh.write_text(text, encoding="utf-8")
    fresh.replace(target)


def _secrets(estate: OpenedEstate) -> SecretNames:
    """The Secrets that the estate's files make."""
    master = estate.estate.master
    copies = {
        (secret.namespace, secret.name)
        for identity in estate.estate.identities
        for secret in copied_secrets.secrets_of(identity, estate.files)
    } | _delivered(estate, "flux")
    of_master = {
        (secret.namespace, secret.name)
        for secret in secrets_in(estate.files.opened((master.repository, master.file)))
        if secret.namespace
    }
    return SecretNames(frozenset(copies), frozenset(of_master), frozenset(_delivered(estate, "apply")))


def _delivered(estate: OpenedEstate, method: str) -> set[tuple[str, str]]:
    """The Secrets in the files that a delivery brings into the cluster, and compares there."""
    return {
        (secret.namespace, secret.name)
        for repository in estate.estate.repositories
        if repository.delivery.method == method
        for file in estate.estate.files(repository.name)
        for secret in secrets_in(estate.files.opened((repository.name, file)))
        if secret.namespace
    }


OPERATION = Operation("cluster_access", ARGUMENT_SPEC, run, requires=estate_options.LIBRARIES)
