# SPDX-License-Identifier: GPL-3.0-or-later
"""What runs of an estate in its cluster. Each part is asked for when a rule needs it first, and once."""

from __future__ import annotations

import datetime
import functools
from collections.abc import Callable, Iterator, Sequence
from typing import TypeVar

from ..cluster import evidence
from ..cluster.api import Cluster, Document, Unreachable
from ..cluster.flux import GIT_REPOSITORY, KUSTOMIZATION, GitRepository, Kustomization, git_repository, kustomization, namespaced
from ..cluster.flux_owners import following
from ..cluster.redaction import Redaction
from ..cluster.secret_readers import CLUSTER_ROLE, CLUSTER_ROLE_BINDING, ROLE, ROLE_BINDING, Reader, readers
from ..cluster.workload import Workload
from ..consumers.cnpg_cluster import CLUSTER
from ..estate.model import Consumer, Repository
from ..holdings import copied_secrets, in_cluster, master
from ..holdings.holders import holders_of
from ..holdings.in_cluster import InCluster
from ..holdings.opened import OpenedEstate
from ..holdings.undeclared import undeclared_users
from .finding import NotChecked

Answer = TypeVar("Answer")


class Running:
    """An estate's cluster, as far as rules look at it.

    Every attribute raises ``NotChecked`` where the API server does not answer, and ``Failure`` where it doesn't let the user ask.

    Args:
        addresses: The addresses of a repository's remote.
    """

    def __init__(self, estate: OpenedEstate, cluster: Cluster, addresses: Callable[[Repository], Sequence[str]]) -> None:
        self._estate, self._cluster, self._addresses = estate, cluster, addresses
        self._away = ""

    @functools.cached_property
    def secrets(self) -> Sequence[InCluster]:
        """The Secrets with copies."""
        names = [identity.name for identity in self._estate.estate.identities]
        return self._asked(lambda: in_cluster.found(self._estate, self._cluster, names))

    @functools.cached_property
    def of_master(self) -> Sequence[InCluster]:
        """The Secrets in the master's file."""
        return self._asked(lambda: in_cluster.of_master(self._estate, self._cluster))

    @functools.cached_property
    def holders(self) -> Sequence[dict[str, str]]:
        """The pods that hold what a Secret held before, as ``key_holders`` has them.

        Not those that started within the second in which the Secret changed: nobody can tell, and most often both were just made.
        """
        delivered = [one for one in self.secrets if one.there and not one.keys]
        changed = {(one.manifest.namespace, one.manifest.name): evidence.changed_at(one.there) for one in delivered}
        found = self._asked(lambda: holders_of(self._estate, self._cluster, delivered))
        return [one for one in found if datetime.datetime.fromisoformat(one["since"]) < changed[one["namespace"], one["secret"]]]

    @functools.cached_property
    def undeclared(self) -> Sequence[Workload]:
        """The workloads that use a Secret and are not declared."""
        return self._asked(lambda: tuple(undeclared_users(self._estate, self._cluster, self.secrets)))

    @functools.cached_property
    def secret_readers(self) -> Sequence[Reader]:
        """Who may read the Secrets with copies or the master's."""
        named = [(one.manifest.namespace, one.manifest.name) for one in (*self.secrets, *self.of_master)]
        secrets = list(dict.fromkeys(named))
        namespaces = list(dict.fromkeys(namespace for namespace, _name in secrets))
        return self._asked(
            lambda: readers(
                secrets,
                self._cluster.list(CLUSTER_ROLE),
                self._cluster.list(CLUSTER_ROLE_BINDING),
                {one: self._cluster.list_in(ROLE, one) for one in namespaces},
                {one: self._cluster.list_in(ROLE_BINDING, one) for one in namespaces},
            )
        )

    @functools.cached_property
    def flux(self) -> Sequence[GitRepository | Kustomization]:
        """Flux's objects that bring the estate's repositories into the cluster, each once."""
        found = self._asked(lambda: [one for each in self._by_flux() for one in self._flux_of(each)])
        return list({str(one): one for one in found}.values())

    @functools.cached_property
    def databases(self) -> Sequence[tuple[str, Consumer, Document | None]]:
        """The Clusters of CloudNativePG among the consumers, with an identity that each uses."""
        declared = {
            consumer: identity.name
            for identity in self._estate.estate.identities
            for consumer in identity.consumers
            if consumer.kind == CLUSTER[3]
        }
        return self._asked(
            lambda: [(name, one, self._cluster.get(CLUSTER, one.namespace, one.name)) for one, name in declared.items()]
        )

    @functools.cached_property
    def redaction(self) -> Redaction:
        """For what the cluster says."""
        declared, files = self._estate.estate, self._estate.files
        return Redaction([*copied_secrets.values_in(declared.identities, files), *master.values_in(files, declared.master)])

    def _by_flux(self) -> Iterator[Repository]:
        return (one for one in self._estate.estate.repositories if one.delivery.method == "flux")

    def _flux_of(self, repository: Repository) -> list[GitRepository | Kustomization]:
        delivery = repository.delivery
        if delivery.kustomizations:
            documents = [self._cluster.get(KUSTOMIZATION, *namespaced(name)) for name in delivery.kustomizations]
        else:
            documents = [*self._cluster.list(KUSTOMIZATION)]
        applying = [kustomization(one) for one in documents if one]
        if delivery.git_repository:
            sources = [self._cluster.get(GIT_REPOSITORY, *namespaced(delivery.git_repository))]
            fetching = [git_repository(one) for one in sources if one]
        elif delivery.kustomizations:
            named = {one.source for one in applying if one.source}
            fetching = [git_repository(one) for name in named if (one := self._cluster.get(GIT_REPOSITORY, *name))]
        else:
            there = [git_repository(one) for one in self._cluster.list(GIT_REPOSITORY)]
            fetching = following(there, self._addresses(repository), repository.branch)
        of_these = {(one.namespace, one.name) for one in fetching}
        return [*fetching, *(one for one in applying if one.source in of_these)]

    def _asked(self, ask: Callable[[], Answer]) -> Answer:
        if not self._away:
            try:
                return ask()
            except Unreachable as away:
                # the next rule need not wait for it as well
                self._away = str(away)
        raise NotChecked(self._away)
