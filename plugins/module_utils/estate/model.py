# SPDX-License-Identifier: GPL-3.0-or-later
"""The estate as the rest of the library sees it: checked, complete, without defaults left to fill in.

``where`` is a part's place in the declaration, for messages: ``estate.identities[1] (daggy)``.
"""

from __future__ import annotations

import dataclasses
import datetime
from collections.abc import Mapping

from ..rotation.plans import Rules
from ..s3.endpoint import Endpoint
from ..sops.key_path import KeyPath, show


@dataclasses.dataclass(frozen=True)
class Repository:
    """A Git repository: a checkout that is there, or a URL. The estate lists them in push order."""

    where: str
    name: str
    checkout: str | None
    url: str | None
    remote: str
    branch: str
    author: str | None
    delivery: Delivery


@dataclasses.dataclass(frozen=True)
class Delivery:
    """How a pushed commit reaches the running system.

    Attributes:
        tasks: The file of the method ``tasks``.
        kubeconfig, context: The cluster of the methods ``flux`` and ``apply``; the run's own where None.
        git_repository: Flux's GitRepository, as ``namespace/name``; found by the repository's address where None.
        kustomizations: The Kustomizations, as ``namespace/name``; found by their paths where there are none.
        where: Where the task file is declared, for messages.
        wait: How long Flux or the cluster may take, in seconds.
    """

    method: str
    tasks: str | None = None
    kubeconfig: str | None = None
    context: str | None = None
    git_repository: str | None = None
    kustomizations: tuple[str, ...] = ()
    wait: float = 300.0
    where: str = dataclasses.field(default="", compare=False)


@dataclasses.dataclass(frozen=True)
class Place:
    """Where one value lives.

    Attributes:
        document: Number of the document in a YAML file of several, from 0; None for the only one that has the key.
        key: The key path in the SOPS file; empty where the whole file is meant.
        json: A path inside the JSON text that the value is; None where the value itself is meant.
        encoding: ``base64`` or ``none``; None lets a Secret's ``data`` be base64 and everything else be as it is.
    """

    repository: str
    file: str
    key: KeyPath
    document: int | None = None
    json: KeyPath | None = None
    encoding: str | None = None

    @property
    def path(self) -> str:
        """The key path, with that inside the JSON text, as messages show it; empty where the whole file is meant."""
        inner = "".join(f".{part}" for part in self.json or ())
        return f"{show(self.key)}{inner}" if self.key else ""

    def __str__(self) -> str:
        return f"{self.repository}:{self.file}" + (f":{self.path}" if self.path else "")


@dataclasses.dataclass(frozen=True)
class Copy:
    """Where a service keeps an identity's credential."""

    where: str
    access_key: Place
    secret_key: Place

    @property
    def repository(self) -> str:
        return self.access_key.repository

    @property
    def file(self) -> str:
        return self.access_key.file

    def __str__(self) -> str:
        return str(self.access_key)


@dataclasses.dataclass(frozen=True)
class Consumer:
    """What has to notice a changed copy. ``backup`` asks for a backup of a CloudNativePG Cluster as a proof."""

    kind: str
    name: str
    namespace: str
    backup: bool = dataclasses.field(default=False, compare=False)

    def __str__(self) -> str:
        return f"{self.kind}/{self.name} in {self.namespace}"


@dataclasses.dataclass(frozen=True)
class Gateway:
    """A workload whose pods are S3 gateways of SeaweedFS.

    Attributes:
        port, scheme: Where S3 answers in each pod.
        reload: How its pods take a changed master: ``rollout``, ``signal`` (SIGHUP) or ``none``.
        container: The container of SeaweedFS; the pod's first where None.
    """

    kind: str
    name: str
    namespace: str
    port: int = 8333
    scheme: str = "http"
    reload: str = "rollout"
    container: str | None = None

    def __str__(self) -> str:
        return f"{self.kind}/{self.name} in {self.namespace}"


@dataclasses.dataclass(frozen=True)
class DeclaredCluster:
    """Where SeaweedFS and the consumers run.

    Attributes:
        kubeconfig, context: The cluster; the run's own where None.
        at_once: How many consumers are restarted at a time.
        undeclared: What to do with workloads that use a changed Secret and aren't declared: ``report`` or ``restart``.
        secret_readers: Who may read the estate's Secrets, as ``ServiceAccount namespace/name``, ``User name`` or ``Group name``;
            None where nothing is said.
        wait: How long one rollout may take, in seconds.
    """

    kubeconfig: str | None = None
    context: str | None = None
    gateways: tuple[Gateway, ...] = ()
    at_once: int = 5
    undeclared: str = "report"
    secret_readers: tuple[str, ...] | None = None
    wait: float = 600.0


@dataclasses.dataclass(frozen=True)
class Identity:
    """A declared identity. ``buckets`` maps a bucket to the actions declared on it."""

    where: str
    name: str
    buckets: Mapping[str, frozenset[str]]
    copies: tuple[Copy, ...]
    consumers: tuple[Consumer, ...]
    keep: frozenset[str]
    revoked: frozenset[str]
    rules: Rules
    secret_length: int


@dataclasses.dataclass(frozen=True)
class OperatorMade:
    """A Secret that an operator in the cluster makes and nobody may edit."""

    name: str
    namespace: str
    made_by: str


@dataclasses.dataclass(frozen=True)
class Suppression:
    """A finding of the audit that is excused for a while. An empty ``identity``, ``repository`` or ``file`` is any."""

    rule: str
    reason: str
    until: datetime.date
    identity: str = ""
    repository: str = ""
    file: str = ""


@dataclasses.dataclass(frozen=True)
class Estate:
    """Everything that one operator declares. ``wait`` is how long a proof may take, in seconds; ``ca_bundles`` are the files of
    the endpoints, by the endpoint's place in the declaration; ``cluster`` is None where nothing is reloaded or restarted."""

    repositories: tuple[Repository, ...]
    master: Place
    endpoints: tuple[Endpoint, ...]
    ca_bundles: Mapping[str, str]
    wait: float
    identities: tuple[Identity, ...]
    operator_made: tuple[OperatorMade, ...]
    work_folder: str | None
    suppressions: tuple[Suppression, ...] = ()
    max_backup_age: datetime.timedelta = datetime.timedelta(days=8)
    cluster: DeclaredCluster | None = None

    def identity(self, name: str) -> Identity:
        return next(identity for identity in self.identities if identity.name == name)

    def files(self, repository: str) -> tuple[str, ...]:
        """The estate's files in a repository, each once, in order of declaration."""
        places = [self.master, *(p for i in self.identities for c in i.copies for p in (c.access_key, c.secret_key))]
        return tuple(dict.fromkeys(place.file for place in places if place.repository == repository))
