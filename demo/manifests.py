# SPDX-License-Identifier: GPL-3.0-or-later
"""What is in an estate's files before they are encrypted, and in the files beside them."""

from __future__ import annotations

import base64
import json
import secrets
import string
from collections.abc import Mapping
from pathlib import PurePosixPath
from typing import Any

import yaml

from ..plugins.module_utils.estate.model import Estate, Identity, Place

Pair = tuple[str, str]
"""An access key id and its secret key."""

_NAMES = {
    "cluster/infrastructure/services/seaweedfs/s3-auth-secret.yaml": ("seaweedfs-s3-config", "seaweedfs"),
    "cluster/namespaces/lotus-lake/lotus-lake-secrets.yaml": ("lotus-lake-terraform-vars", "lotus-lake"),
    "cluster/namespaces/lotus-lake/ducklake-db-backup-secret.yaml": ("ducklake-db-backup-creds", "lotus-lake"),
    "deploy/dagster/backup-secret.yaml": ("dagster-db-backup-creds", "lotus-lake"),
}

_OTHER_KEYS = {
    "cluster/namespaces/lotus-lake/lotus-lake-secrets.yaml": (
        "airbyte_client_id",
        "airbyte_client_secret",
        "airbyte_workspace_id",
        "ducklake_db_password",
        "shopify_api_token",
    ),
}

UNRELATED = {
    "h-kube": {
        "README.md": "# h-kube\n\nThe cluster: what Flux applies.\n",
        "cluster/infrastructure/services/seaweedfs/kustomization.yaml": (
            "apiVersion: kustomize.config.k8s.io/v1beta1\nkind: Kustomization\nnamespace: seaweedfs\n"
            "resources:\n  - helmrelease.yaml\n  - s3-auth-secret.yaml\n"
        ),
        "cluster/namespaces/lotus-lake/kustomization.yaml": (
            "apiVersion: kustomize.config.k8s.io/v1beta1\nkind: Kustomization\nnamespace: lotus-lake\n"
            "resources:\n  - lotus-lake-secrets.yaml\n  - ducklake-db-backup-secret.yaml\n"
        ),
    },
    "lotus-lake": {
        "README.md": "# lotus-lake\n\nThe lake house: Dagster, dbt and DuckLake.\n",
        "deploy/dagster/values.yaml": (
            "dagsterWebserver:\n  replicaCount: 1\n"
            "dagster-user-deployments:\n  deployments:\n    - name: lotus-lake\n      image:\n        tag: 2f1c9d0\n"
            "      envSecrets:\n        - name: lotus-lake-terraform-vars\n"
        ),
    },
}
"""Files of the shipped estate's repositories that no rotation touches."""


def secret_key() -> str:
    """A secret as the operator made them by hand: 14 letters and digits."""
    return "".join(secrets.choice(string.ascii_letters + string.digits) for _ in range(14))


def identities_document(estate: Estate, credentials: Mapping[str, Pair], extra: list[dict[str, Any]]) -> str:
    """SeaweedFS's identities document; ``extra`` are identities that the estate doesn't declare."""
    listed = [_identity(identity, *credentials[identity.name]) for identity in estate.identities]
    return json.dumps({"identities": [*listed, *extra]}, indent=2) + "\n"


def _identity(identity: Identity, access_key_id: str, secret: str) -> dict[str, Any]:
    return {
        "name": identity.name,
        "credentials": [{"accessKey": access_key_id, "secretKey": secret}],
        "actions": [f"{action}:{bucket}" for bucket, actions in identity.buckets.items() for action in sorted(actions)],
    }


class PlainFiles:
    """The plaintext of an estate's secret files, by repository and path. Only in memory."""

    def __init__(self, estate: Estate, credentials: Mapping[str, Pair], extra: list[dict[str, Any]]) -> None:
        self._documents: dict[tuple[str, str], list[Any]] = {}
        text = identities_document(estate, credentials, extra)
        if estate.master.key:
            self._put(estate.master, text)
        else:
            self._documents[estate.master.repository, estate.master.file] = [json.loads(text)]
        for identity in estate.identities:
            for copy in identity.copies:
                for place, value in zip((copy.access_key, copy.secret_key), credentials[identity.name], strict=True):
                    self._put(place, value)

    def texts(self, repository: str) -> dict[str, str]:
        """The texts of one repository's files."""
        return {
            file: _written(PurePosixPath(file).suffix, documents)
            for (name, file), documents in self._documents.items()
            if name == repository
        }

    def _put(self, place: Place, value: str) -> None:
        documents = self._documents.setdefault((place.repository, place.file), [])
        while len(documents) <= (place.document or 0):
            documents.append(_new(place.file, len(documents)))
        tree = documents[place.document or 0]
        *folders, last = place.key
        for part in folders:
            tree = tree.setdefault(part, {})
        encoded = place.encoding == "base64" or (
            place.encoding is None and place.key[0] == "data" and PurePosixPath(place.file).suffix in (".yaml", ".yml")
        )
        if place.json is not None:
            held = tree.get(last, "")
            inside = json.loads((base64.b64decode(held).decode() if encoded else held) or "{}")
            inner = inside
            for part in place.json[:-1]:
                inner = inner.setdefault(part, {})
            inner[place.json[-1]] = value
            value = json.dumps(inside)
        tree[last] = base64.b64encode(value.encode()).decode() if encoded else value


def _new(file: str, number: int) -> dict[str, Any]:
    """A document before the credentials are put in."""
    if PurePosixPath(file).suffix not in (".yaml", ".yml"):
        return {}
    name, namespace = _NAMES.get(file, ("-".join(PurePosixPath(file).with_suffix("").parts[-2:]), "default"))
    manifest: dict[str, Any] = {
        "apiVersion": "v1",
        "kind": "Secret",
        "metadata": {"name": f"{name}-{number + 1}" if number else name, "namespace": namespace},
        "type": "Opaque",
    }
    if file in _OTHER_KEYS:
        manifest["stringData"] = {key: secret_key() for key in _OTHER_KEYS[file]}
    return manifest


def _written(suffix: str, documents: list[Any]) -> str:
    if suffix in (".yaml", ".yml"):
        return yaml.safe_dump_all(documents, sort_keys=False, width=1000)
    if suffix == ".json":
        return json.dumps(documents[0], indent=2) + "\n"
    if suffix == ".env":
        return "".join(f"{key}={value}\n" for key, value in documents[0].items())
    sections = {name: "".join(f"{key} = {value}\n" for key, value in held.items()) for name, held in documents[0].items()}
    return "\n".join(f"[{name}]\n{text}" for name, text in sections.items())
