# SPDX-License-Identifier: GPL-3.0-or-later
"""Rolls the pods of a workload, and follows the rollout."""

from __future__ import annotations

import datetime
from collections.abc import Sequence

from . import evidence
from . import workload as state
from .api import Cluster, Document
from .redaction import Redaction
from .workload import KINDS, Trouble, Workload

_AGAIN = "lotus-lake.secrets/restarted-at"
_SETTLED_AFTER = 5.0
"""Seconds for which pods without a probe must have run without ending."""
_PATIENCE_WITH_TROUBLE = 30.0
"""Seconds after which trouble that stays is no passing one."""


class RolloutFailed(Exception):
    """New pods don't come up. Says why."""


class Rollout:
    """One rollout.

    Args:
        annotation, value: What is written on the template of its pods: a change of it is what rolls them.
        redaction: Makes messages of the cluster fit to show.
    """

    def __init__(self, cluster: Cluster, workload: Workload, annotation: str, value: str, redaction: Redaction) -> None:
        self.workload, self._cluster = workload, cluster
        self._annotation, self._value, self._redaction = annotation, value, redaction
        self._since: dict[Trouble, float] = {}
        self._up: tuple[float, int] | None = None
        self._late_since: float | None = None

    def read(self) -> Document | None:
        """The workload as it is now, or None."""
        found = self._cluster.get(KINDS[self.workload.kind], self.workload.namespace, self.workload.name)
        return {**found, "kind": self.workload.kind} if found else None

    def is_begun(self, document: Document | None, changed: datetime.datetime) -> bool:
        """Whether its pods are, or become, those that are wanted.

        Args:
            document: What was just read.
            changed: When the Secret that they use got its present values: those that run must have been made since.
        """
        if document is None or not self._is_stamped(document):
            return False
        pods = self._cluster.pods(self.workload.namespace, state.selector(document))
        holding = [pod for pod in pods if evidence.may_hold(pod, changed, self._annotation, self._value)]
        # of an earlier rollout to the same values, when others were there meanwhile
        earlier = any((pod["metadata"].get("annotations") or {}).get(self._annotation) == self._value for pod in holding)
        if earlier and not self._is_rolled_again(document, changed):
            return False
        return not holding or bool(state.left(document, pods))

    def is_replaced_by_hand(self, document: Document, changed: datetime.datetime) -> bool:
        """Whether a changed template would bring no new pods, and those that run were all made since ``changed``.

        Args:
            document: What was just read.
        """
        if not state.never_rolls(document):
            return False
        pods = self._cluster.pods(self.workload.namespace, state.selector(document))
        return not any(evidence.may_hold(pod, changed, self._annotation, self._value) for pod in pods)

    def _is_rolled_again(self, document: Document, changed: datetime.datetime) -> bool:
        again = state.template_annotation(document, _AGAIN)
        return bool(again) and datetime.datetime.fromisoformat(again) >= changed

    def _is_stamped(self, document: Document) -> bool:
        return state.template_annotation(document, self._annotation) == self._value

    def begin(self) -> None:
        """Have the pods rolled.

        Raises:
            Refused: The API server doesn't take it.
        """
        document, annotations = self.read(), {self._annotation: self._value}
        if document is not None and self._is_stamped(document):
            # an equal template would bring no new pods
            annotations[_AGAIN] = datetime.datetime.now(datetime.UTC).isoformat(timespec="seconds")
        part = {"spec": {"template": {"metadata": {"annotations": annotations}}}}
        self._cluster.merge(KINDS[self.workload.kind], self.workload.namespace, self.workload.name, part)

    def left(self, passed: float) -> str:
        """What is waited for; empty when it is done.

        Args:
            passed: Seconds since some beginning, to tell lasting trouble from passing one.

        Raises:
            RolloutFailed: With the pods and their reasons.
        """
        document = self.read()
        if document is None:
            raise RolloutFailed("it is gone")
        pods = self._cluster.pods(self.workload.namespace, state.selector(document))
        left = state.left(document, pods) or self._settling(document, pods, passed)
        if not left:
            return ""
        if never := state.never_rolls(document):
            raise RolloutFailed(never)
        found = list(state.troubles(pods, self._annotation, self._value))
        for trouble in found:
            self._since.setdefault(trouble, passed)
        lasting = [one for one in found if one.final or passed - self._since[one] >= _PATIENCE_WITH_TROUBLE]
        if lasting or self._is_late(document, passed):
            raise RolloutFailed(self._said(lasting or found) or "its progress deadline is over")
        return left + (f"; {self._said(found)}" if found else "")

    def _is_late(self, document: Document, passed: float) -> bool:
        """A Deployment that gave up says so for a while after a new rollout has begun."""
        if not state.exceeded(document):
            self._late_since = None
            return False
        self._late_since = passed if self._late_since is None else self._late_since
        return passed - self._late_since >= _PATIENCE_WITH_TROUBLE

    def _settling(self, document: Document, pods: Sequence[Document], passed: float) -> str:
        """Without a probe a pod counts as available as soon as it runs, and may crash a moment later."""
        restarts = state.restarts(pods)
        if self._up is None or self._up[1] != restarts:
            self._up = (passed, restarts)
        is_up = state.is_probed(document) or passed - self._up[0] >= _SETTLED_AFTER
        return "" if is_up else "its pods to stay up"

    def _said(self, found: list[Trouble]) -> str:
        return ", ".join(self._redaction.of(str(one)) for one in dict.fromkeys(found))
