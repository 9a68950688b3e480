# SPDX-License-Identifier: GPL-3.0-or-later
"""The cluster that an estate declares, and what of it concerns some identities."""

from __future__ import annotations

import contextlib
import dataclasses
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

from ..cluster import evidence, secrets
from ..cluster.api import Cluster, Document
from ..cluster.redaction import Redaction
from ..cluster.waiting import TookTooLong, Waiting
from ..estate.model import DeclaredCluster
from ..failure import Failure
from ..holdings import copied_secrets
from ..holdings.opened import OpenedEstate
from ..holdings.secret_manifests import SecretManifest
from . import delivery_options
from .operation import Context


@dataclasses.dataclass(frozen=True)
class InCluster:
    """A Secret that holds copies, in its file and in the cluster.

    Attributes:
        identities: Whose credentials it holds.
        keys: Those of its keys that hold something else in the cluster.
        there: As the API has it.
    """

    manifest: SecretManifest
    identities: tuple[str, ...]
    keys: tuple[str, ...]
    there: Document = dataclasses.field(repr=False)


def declared(estate: OpenedEstate) -> DeclaredCluster:
    """The estate's cluster.

    Raises:
        Failure: It declares none.
    """
    if estate.estate.cluster is None:
        raise Failure("The estate declares no cluster.", state="Nothing was changed.", remedy="Declare it, see docs/estate.md.")
    return estate.estate.cluster


@contextlib.contextmanager
def connected(estate: OpenedEstate, context: Context) -> Iterator[Cluster]:
    """The API of the estate's cluster."""
    with delivery_options.cluster_of(declared(estate), context.environ) as cluster:
        yield cluster


def stamps(estate: OpenedEstate) -> dict[str, str]:
    """The fingerprint of the secret key that each identity's copies shall have."""
    targets = {name: held.candidate.assessment.target for name, held in estate.observe().items()}
    return {name: estate.fingerprints.of(target.secret_key) for name, target in targets.items() if target}


def stamp(names: Iterable[str], fingerprints: Mapping[str, str]) -> str:
    """What is written on a consumer: for which credentials it was restarted."""
    return ",".join(f"{name}={fingerprints[name]}" for name in sorted(names) if name in fingerprints)


def redaction(estate: OpenedEstate) -> Redaction:
    """Hides all that the files of copies hold."""
    return Redaction(copied_secrets.values_in(estate.estate.identities, estate.files))


def delivered(estate: OpenedEstate, cluster: Cluster, names: Sequence[str], waiting: Waiting) -> list[InCluster]:
    """The Secrets of some identities, once they are in the cluster as in their files.

    Raises:
        Failure: They aren't in time: then nothing may be restarted, and no key retired.
    """
    found: list[InCluster] = []

    def look() -> str:
        found[:] = _found(estate, cluster, names)
        late = [str(one.manifest) for one in found if one.keys]
        return f"{', '.join(f'Secret {name}' for name in late)} to hold what its file holds" if late else ""

    bounded(waiting, look, "Nothing was restarted or retired: whoever started now would not get the new key.")
    return found


def bounded(waiting: Waiting, look: Any, state: str) -> None:
    """Wait, and fail in the operator's words where it takes too long."""
    try:
        waiting.until(look)
    except TookTooLong as late:
        what = f"Waited {waiting.wait:.0f} s in vain for {late}."
        raise Failure(what, state=state, remedy="See why, and run again: it goes on from here.") from None


def _found(estate: OpenedEstate, cluster: Cluster, names: Sequence[str]) -> list[InCluster]:
    manifests: dict[str, SecretManifest] = {}
    users: dict[str, list[str]] = {}
    for name in names:
        for manifest in copied_secrets.secrets_of(estate.estate.identity(name), estate.files):
            manifests[str(manifest)] = manifest
            users.setdefault(str(manifest), []).append(name)
    found = []
    for called, manifest in manifests.items():
        there = cluster.secret(manifest.namespace, manifest.name) or {}
        different = secrets.differences(manifest.values, there.get("data") or {})
        found.append(InCluster(manifest, tuple(users[called]), tuple(one.key for one in different), there))
    return found


def changed_at(found: Sequence[InCluster], names: Iterable[str]) -> Any:
    """When the last of the Secrets of some identities got its present values."""
    wanted = set(names)
    moments = [evidence.changed_at(one.there) for one in found if wanted & set(one.identities)]
    return max(moments, default=evidence.NEVER)
