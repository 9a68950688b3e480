# SPDX-License-Identifier: GPL-3.0-or-later
"""Has the consumers of some identities take the new key: each once, a few at a time, each with a proof."""

from __future__ import annotations

import dataclasses
import math
from collections.abc import Mapping, Sequence
from typing import Any

from ..cluster.api import Cluster
from ..cluster.redaction import Redaction
from ..cluster.waiting import Waiting
from ..cluster.workload import KINDS, Workload
from ..consumers.asked import Asked
from ..consumers.kinds import RESTARTS
from ..consumers.restart import Restart, Wanted
from ..consumers.waves import Waves, listed
from ..estate.model import Consumer, DeclaredCluster
from ..failure import Failure
from ..holdings import in_cluster
from ..holdings.in_cluster import InCluster
from ..holdings.opened import OpenedEstate
from ..holdings.undeclared import undeclared_users
from . import declared_cluster, delivery_options, estate_options
from .operation import Context, Operation

ARGUMENT_SPEC: dict[str, Any] = {
    **estate_options.PLACE,
    "identities": {"type": "list", "elements": "str", "default": []},
    "keep_going": {"type": "bool", "default": False},
}


def run(params: Mapping[str, Any], context: Context) -> dict[str, Any]:
    """The operation. In check mode nothing is changed, and what would be restarted is told."""
    with estate_options.opened_plainly(params, context) as estate, declared_cluster.connected(estate, context) as cluster:
        return _Restarting(estate, cluster, estate.chosen(params["identities"]), context, params["keep_going"]).done()


@dataclasses.dataclass
class _Restarting:
    """The consumers of some identities.

    Attributes:
        keep_going: Whether one that can't be restarted, or does not come up, leaves the others to be restarted.
        missed: Those then, and why.
    """

    estate: OpenedEstate
    cluster: Cluster
    names: Sequence[str]
    context: Context
    keep_going: bool
    missed: list[tuple[Restart, str]] = dataclasses.field(default_factory=list)
    declared: DeclaredCluster = dataclasses.field(init=False)
    redaction: Redaction = dataclasses.field(init=False)

    def __post_init__(self) -> None:
        self.declared = declared_cluster.declared(self.estate)
        self.redaction = declared_cluster.redaction(self.estate)

    def done(self) -> dict[str, Any]:
        """Restart whoever has to be, and say what came of it."""
        waiting = Waiting(self.context.progress, self.declared.wait)
        found = self._secrets(waiting)
        restarts, undeclared = self._restarts(found), undeclared_users(self.estate, self.cluster, found)
        for workload in undeclared:
            self.context.progress(f"{workload} uses a changed Secret and is not declared as a consumer")
        if self.declared.undeclared == "restart":
            restarts += self._of_undeclared(undeclared, found)
        restarts = self._able(restarts)
        needed: list[Restart] = []
        declared_cluster.bounded(waiting, lambda: self._look_for(restarts, needed), "Nothing was restarted.")
        unchanged = [one for one in restarts if one not in needed]
        if not self.context.check:
            # those that were begun by a run that was killed are waited for too
            self._restart(needed, unchanged)
        missed = [one for one, _why in self.missed]
        result: dict[str, Any] = {
            "changed": bool(needed),
            "restarted": listed([one for one in needed if one not in missed]),
            "unchanged": listed([one for one in unchanged if one not in missed]),
            "not_restarted": [f"{one.consumer}: {why}" for one, why in self.missed],
            "undeclared": [str(workload) for workload in undeclared],
            "notes": [f"{one.consumer}: {one.note}" for one in restarts if one.note],
        }
        for note in (*result["notes"], *result["not_restarted"]):
            self.context.progress(note)
        if self.context.diff:
            result["diff"] = {"prepared": "".join(f"restart {name}\n" for name in listed(needed))}
        return result

    def _secrets(self, waiting: Waiting) -> list[InCluster]:
        # before a push nothing is delivered yet: what would be restarted can be told all the same
        if self.context.check:
            return []
        return declared_cluster.delivered(self.estate, self.cluster, self.names, waiting)

    def _restarts(self, found: Sequence[InCluster]) -> list[Restart]:
        fingerprints = in_cluster.stamps(self.estate)
        users_of: dict[Consumer, list[str]] = {}
        backups: set[Consumer] = set()
        for identity in self.estate.estate.identities:
            for consumer in identity.consumers:
                users_of.setdefault(consumer, []).append(identity.name)
                backups |= {consumer} if consumer.backup else set()
        concerned = {consumer: names for consumer, names in users_of.items() if set(names) & set(self.names)}
        return [
            self._restart_of(dataclasses.replace(consumer, backup=consumer in backups), names, fingerprints, found)
            for consumer, names in concerned.items()
        ]

    def _restart_of(
        self, consumer: Consumer, names: Sequence[str], fingerprints: Mapping[str, str], found: Sequence[InCluster]
    ) -> Restart:
        wanted = Wanted(in_cluster.stamp(names, fingerprints), in_cluster.changed_at(found, names))
        return RESTARTS[consumer.kind](self.cluster, consumer, wanted, self.redaction)

    def _of_undeclared(self, undeclared: Mapping[Workload, Sequence[str]], found: Sequence[InCluster]) -> list[Restart]:
        fingerprints = in_cluster.stamps(self.estate)
        return [
            self._restart_of(Consumer(one.kind, one.name, one.namespace), names, fingerprints, found)
            for one, names in undeclared.items()
            if one.kind in KINDS
        ]

    def _able(self, restarts: Sequence[Restart]) -> list[Restart]:
        """Before the first is begun: those without anything that can be seen to be in the way."""
        hindered = [(one, why) for one in restarts if (why := one.hindrance())]
        if hindered and not self.keep_going:
            raise Failure(
                f"These consumers can't be restarted:{_listing(hindered)}\n",
                state=f"Nothing was restarted. {self._old_keys()}",
                remedy=f"Mend them, or correct the estate, and run again. {self._back()}",
            )
        self.missed += hindered
        return [one for one in restarts if one not in [other for other, _why in hindered]]

    def _look_for(self, restarts: Sequence[Restart], needed: list[Restart]) -> str:
        needed[:] = [one for one in restarts if not one.is_begun()]
        return ""

    def _restart(self, needed: Sequence[Restart], begun: Sequence[Restart]) -> None:
        # what makes Secrets of its own from ours comes first: others may use those
        first = [one for one in needed if isinstance(one, Asked)]
        rest = [one for one in needed if one not in first]
        self._restart_together(first, begun, len(rest))
        self._restart_together(rest, (), 0)

    def _restart_together(self, needed: Sequence[Restart], begun: Sequence[Restart], later: int) -> None:
        waves = Waves(list(needed), self.declared.at_once, self.declared.wait, self.redaction, self.keep_going)
        waves.under_way += [(one, 0.0) for one in begun]
        # each has its own time; a minute more for an API server that is away
        waves_needed = max(1, math.ceil(len(needed) / self.declared.at_once))
        waiting = Waiting(self.context.progress, self.declared.wait * waves_needed + 60.0)
        declared_cluster.bounded(waiting, lambda: waves.look(waiting.passed), self._old_keys())
        if self.keep_going:
            self.missed += waves.failed
        elif waves.failed:
            others = len(waves.waiting_for) + later
            left = f" {others} more were not restarted." if others else ""
            raise Failure(
                f"These consumers do not come up with the new key:{_listing(waves.failed)}\n",
                state=f"{len(waves.done)} have it.{left} {self._old_keys()}",
                remedy=f"Mend them and run again. {self._back()}",
            )

    def _old_keys(self) -> str:
        return f"The old key of {', '.join(self.names)} is still accepted, unless it was retired or replaced."

    def _back(self) -> str:
        return f"Or go back to the old key: ansible-playbook rollback.yml -e identity={','.join(self.names)}"


def _listing(missed: Sequence[tuple[Restart, str]]) -> str:
    return "".join(f"\n  - {one.consumer}: {why}" for one, why in missed)


OPERATION = Operation("consumer_restart", ARGUMENT_SPEC, run, requires=delivery_options.LIBRARIES)
