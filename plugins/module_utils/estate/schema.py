# SPDX-License-Identifier: GPL-3.0-or-later
"""The JSON schema of a declared estate. Editors can use it, and the declaration is checked against it."""

from __future__ import annotations

from typing import Any

from ..duration import PATTERN
from ..rotation.access_key import SHORTEST_SECRET

ACTIONS = ("Read", "Write", "List", "Tagging", "Admin")


def _object(required: tuple[str, ...], description: str, **properties: Any) -> dict[str, Any]:
    return {
        "type": "object",
        "description": description,
        "additionalProperties": False,
        "required": list(required),
        "properties": properties,
    }


def _text(description: str, **more: Any) -> dict[str, Any]:
    return {"type": "string", "minLength": 1, "description": description, **more}


def _list(items: dict[str, Any], **more: Any) -> dict[str, Any]:
    return {"type": "array", "items": items, **more}


def _duration(description: str) -> dict[str, Any]:
    how = "A length of time such as 90d, 24h, 15m or 0."
    return {"type": ["string", "integer"], "pattern": PATTERN, "minimum": 0, "maximum": 0, "description": f"{description} {how}"}


_KEY_PATH = {
    "description": "A key path: stringData.ACCESS_KEY_ID, or a list where a key has a dot in it.",
    "type": ["string", "array"],
    "minLength": 1,
    "minItems": 1,
    "items": {"type": ["string", "integer"]},
}

_KEY = {
    "description": "A key path, or an object that says more about the place.",
    "type": ["string", "array", "object"],
    "minLength": 1,
    "minItems": 1,
    "items": {"type": ["string", "integer"]},
    "additionalProperties": False,
    "required": ["key"],
    "properties": {
        "key": _KEY_PATH,
        "document": {"type": "integer", "minimum": 0, "description": "Which document of a YAML file of several, from 0."},
        "json": {**_KEY_PATH, "description": "A path inside the JSON text that the value is."},
        "encoding": {"enum": ["none", "base64"], "description": "Default: base64 for a Secret's data, else none."},
    },
}

_POLICY_PROPERTIES = {
    "secret_length": {
        "type": "integer",
        "minimum": SHORTEST_SECRET,
        "description": "Characters of a new secret key. Default: 40.",
    },
    "max_age": _duration("A credential older than this is due. Default: 90d. With 0 nothing is ever due."),
    "min_age": _duration("A credential younger than this is not rotated again by its name. Default: 15m."),
    "grace": _duration("How long the old key stays alive after the copies have the new one. Default: 24h."),
    "strategy": {"enum": ["overlap", "in_place"], "description": "overlap (default), or in_place for a fixed access key id."},
}

_NAMESPACED = r"^[a-z0-9][a-z0-9-]*/[a-z0-9][a-z0-9.-]*$"

_DELIVERY = _object(
    ("method",),
    "How a pushed commit reaches the running system.",
    method={
        "enum": ["none", "tasks", "flux", "apply"],
        "description": "none, tasks for a task file of your own, flux to have Flux apply it, or apply to apply its Secrets here.",
    },
    tasks=_text("The task file of the method tasks."),
    kubeconfig=_text("The kubeconfig of the cluster, for flux and apply. Default: KUBECONFIG, ~/.kube/config, or the own pod's."),
    context=_text("A context of the kubeconfig. Default: its current one."),
    git_repository=_text("Flux's GitRepository. Default: found by the repository's address.", pattern=_NAMESPACED),
    kustomizations=_list(_text("A Kustomization of Flux. Default: found by their paths.", pattern=_NAMESPACED)),
    wait=_duration("How long Flux or the cluster may take. Default: 5m."),
)

WORKLOADS = ("Deployment", "StatefulSet", "DaemonSet")
CONSUMERS = (*WORKLOADS, "HelmRelease", "Terraform", "Cluster")

_CLUSTER = _object(
    (),
    "Where SeaweedFS and the consumers run. Without it nothing is reloaded or restarted.",
    kubeconfig=_text("The kubeconfig. Default: KUBECONFIG, ~/.kube/config, or the own pod's."),
    context=_text("A context of the kubeconfig. Default: its current one."),
    gateways=_list(
        _object(
            ("name", "namespace"),
            "A workload whose pods are S3 gateways of SeaweedFS.",
            kind={"enum": list(WORKLOADS), "description": "Default: Deployment."},
            name=_text("Its name."),
            namespace=_text("Its namespace."),
            port={"type": "integer", "minimum": 1, "maximum": 65535, "description": "Where S3 answers. Default: 8333."},
            scheme={"enum": ["http", "https"], "description": "Default: http."},
            reload={
                "enum": ["rollout", "signal", "none"],
                "description": "How its pods take a changed master: rollout (default), signal (SIGHUP) or none.",
            },
            container=_text("The container of SeaweedFS, for the signal. Default: the pod's first."),
        )
    ),
    at_once={"type": "integer", "minimum": 1, "description": "How many consumers are restarted at a time. Default: 5."},
    undeclared={
        "enum": ["report", "restart"],
        "description": "What to do with workloads that use a changed Secret and aren't declared. Default: report.",
    },
    secret_readers=_list(
        _text(
            "ServiceAccount NAMESPACE/NAME, User NAME or Group NAME.",
            pattern=r"^(ServiceAccount [^/\s]+/[^/\s]+|(User|Group) .*\S)$",
        ),
        description="Who may read the estate's Secrets besides Kubernetes itself. Default: the audit doesn't ask.",
    ),
    wait=_duration("How long a rollout may take. Default: 10m."),
)

_REPOSITORY = _object(
    ("name",),
    "A Git repository.",
    name=_text("How the estate calls it."),
    checkout=_text("A checkout that is there."),
    url=_text("Where a run makes its own partial clone from."),
    remote=_text("The remote to push to. Default: origin."),
    branch=_text("The branch to push to. Default: main."),
    author=_text("Name <address> for the commits, where Git has no user of its own."),
    delivery=_DELIVERY,
)

_COPY = _object(
    ("repository", "file", "access_key", "secret_key"),
    "Where a service keeps an identity's credential.",
    repository=_text("The name of a repository."),
    file=_text("The SOPS file, relative to the repository."),
    access_key=_KEY,
    secret_key=_KEY,
)

_IDENTITY = _object(
    ("name",),
    "An S3 identity in the master.",
    name=_text("As in the master.", pattern=r"^[A-Za-z0-9][A-Za-z0-9._-]*$"),
    buckets=_list(
        _object(
            ("name", "actions"),
            "A bucket and what the identity may do there.",
            name=_text("The bucket."),
            actions=_list({"enum": list(ACTIONS)}, minItems=1),
        )
    ),
    copies=_list(_COPY),
    consumers=_list(
        _object(
            ("kind", "name", "namespace"),
            "What has to notice a changed copy.",
            kind={"enum": list(CONSUMERS), "description": "Cluster is one of CloudNativePG, Terraform one of tofu-controller."},
            name=_text("Its name."),
            namespace=_text("Its namespace."),
            backup={"type": "boolean", "description": "Whether a backup of a Cluster is made as a proof. Default: false."},
        )
    ),
    keep=_list(_text("An access key id that is left alone.")),
    revoked=_list(_text("An access key id that no rollback may bring back.")),
    policy=_object((), "What differs from the estate's policy.", **_POLICY_PROPERTIES),
)

ESTATE: dict[str, Any] = {
    "$schema": "https://json-schema.org/draft/2020-12/schema",
    "title": "An estate of lotus_lake.secrets",
    **_object(
        ("repositories", "master", "s3", "identities"),
        "Everything that one operator declares.",
        repositories=_list(_REPOSITORY, minItems=1, description="In push order."),
        master=_object(
            ("repository", "file"),
            "The SOPS file that holds SeaweedFS's identities document.",
            repository=_text("The name of a repository."),
            file=_text("The SOPS file, relative to the repository."),
            key={**_KEY, "description": "Where the document is. Without it the file itself is the document."},
        ),
        s3=_object(
            ("endpoints",),
            "Where credentials are proven.",
            endpoints=_list(
                _object(
                    ("url",),
                    "An S3 endpoint.",
                    url=_text("Its address, without a user.", pattern=r"^https?://[^/?#@]+(/[^?#@]*)?$"),
                    region=_text("Default: us-east-1."),
                    ca_bundle=_text("A file of CA certificates."),
                    verify={"type": "boolean", "description": "Whether its certificate is checked. Default: true."},
                ),
                minItems=1,
            ),
            wait=_duration("How long a proof may take. Default: 2m."),
        ),
        identities=_list(_IDENTITY, minItems=1),
        policy=_object((), "The policy of every identity.", **_POLICY_PROPERTIES),
        delivery=_DELIVERY,
        cluster=_CLUSTER,
        operator_made=_list(
            _object(
                ("name", "namespace", "made_by"),
                "A Secret that an operator in the cluster makes and nobody may edit.",
                name=_text("The Secret."),
                namespace=_text("Its namespace."),
                made_by=_text("Who makes it, such as CloudNativePG."),
            )
        ),
        audit=_object(
            (),
            "What the audit of this estate goes by.",
            max_backup_age=_duration("How old a database's last backup may be. Default: 8d."),
            suppress=_list(
                _object(
                    ("rule", "reason", "until"),
                    "Findings that are excused for a while.",
                    rule=_text("The id of a rule."),
                    reason=_text("Why it is excused."),
                    until=_text("The last day, such as 2027-01-31."),
                    identity=_text("Only those about this identity."),
                    repository=_text("Only those in this repository."),
                    file=_text("Only those in this file, relative to the repository."),
                )
            ),
        ),
        work_folder=_text("Where the runs' own worktrees and clones lie."),
    ),
}
