# SPDX-License-Identifier: GPL-3.0-or-later
"""The Secrets with an estate's copies, in the cluster beside their files."""

from __future__ import annotations

import dataclasses
import datetime
from collections.abc import Iterable, Mapping, Sequence

from ..cluster import evidence, secrets
from ..cluster.api import Cluster, Document
from . import copied_secrets
from .opened import OpenedEstate
from .secret_manifests import SecretManifest, secrets_in


@dataclasses.dataclass(frozen=True)
class InCluster:
    """A Secret in its file and in the cluster.

    Attributes:
        identities: Whose copies it holds; nobody's where it is the master's.
        keys: Those of its keys that hold something else in the cluster.
        there: As the API has it; empty where there is none.
    """

    manifest: SecretManifest
    identities: tuple[str, ...]
    keys: tuple[str, ...]
    there: Document = dataclasses.field(repr=False)


def found(estate: OpenedEstate, cluster: Cluster, names: Sequence[str]) -> list[InCluster]:
    """The Secrets of some identities as they are now.

    Raises:
        Unreachable: The API server does not answer.
    """
    manifests: dict[str, SecretManifest] = {}
    users: dict[str, list[str]] = {}
    for name in names:
        for manifest in copied_secrets.secrets_of(estate.estate.identity(name), estate.files):
            manifests[str(manifest)] = manifest
            users.setdefault(str(manifest), []).append(name)
    return [_compared(cluster, manifest, tuple(users[called])) for called, manifest in manifests.items()]


def of_master(estate: OpenedEstate, cluster: Cluster) -> list[InCluster]:
    """The Secrets in the master's file as they are now. One without a namespace is left out.

    Raises:
        Unreachable: The API server does not answer.
    """
    place = estate.estate.master
    manifests = secrets_in(estate.files.opened((place.repository, place.file)))
    return [_compared(cluster, manifest, ()) for manifest in manifests if manifest.namespace]


def _compared(cluster: Cluster, manifest: SecretManifest, identities: tuple[str, ...]) -> InCluster:
    there = cluster.secret(manifest.namespace, manifest.name) or {}
    different = secrets.differences(manifest.values, there.get("data") or {})
    return InCluster(manifest, identities, tuple(one.key for one in different), there)


def changed_at(listed: Sequence[InCluster], names: Iterable[str]) -> datetime.datetime:
    """When the last of the Secrets of some identities got its present values."""
    wanted = set(names)
    moments = [evidence.changed_at(one.there) for one in listed if wanted & set(one.identities)]
    return max(moments, default=evidence.NEVER)


def stamps(estate: OpenedEstate) -> dict[str, str]:
    """The fingerprint of the secret key that each identity's copies shall have."""
    targets = {name: held.candidate.assessment.target for name, held in estate.observe().items()}
    return {name: estate.fingerprints.of(target.secret_key) for name, target in targets.items() if target}


def stamp(names: Iterable[str], fingerprints: Mapping[str, str]) -> str:
    """What is written on a consumer: for which credentials it was restarted."""
    return ",".join(f"{name}={fingerprints[name]}" for name in sorted(names) if name in fingerprints)
