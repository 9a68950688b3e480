# SPDX-License-Identifier: GPL-3.0-or-later
"""Asks Flux to reconcile objects, and waits until they have a commit, or for what keeps them from it."""

from __future__ import annotations

import datetime
from collections.abc import Callable, Sequence
from typing import Any

from ..failure import Failure
from . import flux_words
from .api import Cluster, Kind
from .flux import GIT_REPOSITORY, KUSTOMIZATION, REQUESTED, Flux, GitRepository, Kustomization, git_repository, kustomization
from .redaction import Redaction
from .waiting import Waiting

ATTEMPTS = 3
"""A failure counts when Flux has failed so many times: an API server or a Git server may be away for a moment."""

_ASK_AGAIN_AFTER = 3.0
_STATE = "The commit is pushed; the cluster does not have it."


class Reconciling:
    """The objects of one delivery.

    Args:
        has: Whether a commit is ours, or contains it.
        what: What is delivered, as messages call it.
        redaction: Makes Flux's messages fit to show.

    Attributes:
        asked: The objects that were asked to reconcile, by name.
    """

    def __init__(self, cluster: Cluster, waiting: Waiting, has: Callable[[str], bool], what: str, redaction: Redaction) -> None:
        self._cluster, self._waiting, self._has, self._what, self._redaction = cluster, waiting, has, what, redaction
        self._stamps: dict[str, str] = {}
        self._asked_at: dict[str, float] = {}
        self._failures: dict[str, int] = {}
        self.asked: list[str] = []

    def git_repository(self, namespace: str, name: str) -> GitRepository:
        """The GitRepository as it is now.

        Raises:
            Failure: There is none.
        """
        return git_repository(self._read(GIT_REPOSITORY, namespace, name))

    def kustomization(self, namespace: str, name: str) -> Kustomization:
        """The Kustomization as it is now.

        Raises:
            Failure: There is none.
        """
        return kustomization(self._read(KUSTOMIZATION, namespace, name))

    def fetch(self, source: GitRepository) -> None:
        """Have a GitRepository fetch until it has the commit.

        Raises:
            Failure: It is suspended, fails, or is gone.
            TookTooLong: It doesn't in time.
        """
        self._waiting.until(lambda: self._look(self.git_repository(source.namespace, source.name), "fetch"))

    def apply(self, owners: Sequence[Kustomization]) -> None:
        """Have Kustomizations apply until each of them has applied the commit; raises as ``fetch`` does."""

        def look() -> str:
            left = [self._look(self.kustomization(one.namespace, one.name), "apply") for one in owners]
            return "; ".join(filter(None, left))

        self._waiting.until(look)

    def ask_again(self, about: Kustomization) -> bool:
        """Have one apply once more what it has applied, for what somebody else changed in the cluster.

        Returns:
            Whether it was asked ``ATTEMPTS`` times in vain, and has seen to the last of them.
        """
        name = str(about)
        if about.handled == self._stamps.get(name, "") and self._is_time(name):
            self._failures[name] = self._failures.get(name, 0) + 1
            if self._failures[name] >= ATTEMPTS:
                return True
            self._ask(about)
        elif name not in self._stamps:
            self._ask(about)
        return False

    def _look(self, about: GitRepository | Kustomization, verb: str) -> str:
        name = str(about)
        if self._has(about.commit):
            self._failures.pop(name, None)
            return ""
        if about.suspended:
            raise Failure(
                f"{name} is suspended, so that Flux does not {verb} {self._what}.", state=_STATE, remedy=flux_words.resume(about)
            )
        if name not in self._stamps:
            self._ask(about)
        elif about.handled == self._stamps[name] and self._is_time(name):
            failures = self._failures[name] = self._failures.get(name, 0) + 1 if about.failed else 0
            if failures >= ATTEMPTS:
                raise Failure(
                    f"{name} could not {verb} {self._what}: {self.said(about)}", state=_STATE, remedy=flux_words.remedy(about)
                )
            self._ask(about)
        return f"{name} to {verb} {self._what}" + (f" (it says {self.said(about)})" if about.ready == "False" else "")

    def said(self, about: Flux) -> str:
        """An object's own message, redacted."""
        return f"{about.reason}: {self._redaction.of(about.message).rstrip('.')}." if about.reason else "nothing."

    def _is_time(self, name: str) -> bool:
        return self._waiting.passed - self._asked_at[name] >= _ASK_AGAIN_AFTER

    def _ask(self, about: GitRepository | Kustomization) -> None:
        name, stamp = str(about), datetime.datetime.now(datetime.UTC).isoformat()
        kind = GIT_REPOSITORY if isinstance(about, GitRepository) else KUSTOMIZATION
        self._cluster.annotate(kind, about.namespace, about.name, {REQUESTED: stamp})
        self._stamps[name], self._asked_at[name] = stamp, self._waiting.passed
        if name not in self.asked:
            self.asked.append(name)
            self._waiting.say(f"asked {name} to reconcile")

    def _read(self, kind: Kind, namespace: str, name: str) -> dict[str, Any]:
        found = self._cluster.get(kind, namespace, name)
        if found is None:
            raise Failure(
                f"There is no {kind[3]} {namespace}/{name} in the cluster at {self._cluster.where}.",
                state=_STATE,
                remedy="Correct its name in the estate's delivery, or leave it out to have it found by the repository's address.",
            )
        return found
