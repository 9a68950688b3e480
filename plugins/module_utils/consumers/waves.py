# SPDX-License-Identifier: GPL-3.0-or-later
"""Restarts a few consumers at a time, and follows all that are under way."""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence

from ..cluster.api import Refused, Unreachable
from ..cluster.redaction import Redaction
from .restart import Restart, RestartFailed


@dataclasses.dataclass
class Waves:
    """Consumers that are restarted, at most ``at_once`` at a time.

    Attributes:
        wait: Seconds that each of them may take.
        done: Those that have what is wanted.
        failed: Those that don't, and why. After the first one none is begun, unless ``keep_going``.
    """

    waiting_for: list[Restart]
    at_once: int
    wait: float
    redaction: Redaction
    keep_going: bool = False
    under_way: list[tuple[Restart, float]] = dataclasses.field(default_factory=list)
    done: list[Restart] = dataclasses.field(default_factory=list)
    failed: list[tuple[Restart, str]] = dataclasses.field(default_factory=list)

    def look(self, passed: float) -> str:
        """Begin what there is room for, look at what is under way, and say what is left; empty at the end.

        Args:
            passed: Seconds since the beginning.
        """
        while self.waiting_for and not self._ends_here and len(self.under_way) < self.at_once:
            first = self.waiting_for[0]
            try:
                # an earlier look may have begun it, and not have heard the answer
                if not first.is_begun():
                    first.begin()
            except Refused as refused:
                said = f"the cluster refuses the change (HTTP {refused.status}): {self.redaction.of(refused.message)}"
                self.failed.append((first, said))
            else:
                self.under_way.append((first, passed))
            del self.waiting_for[0]
        lefts = [self._looked(restart, since, passed) for restart, since in list(self.under_way)]
        if not self.under_way and (self._ends_here or not self.waiting_for):
            return ""
        return ": ".join(filter(None, [self._count(), "; ".join(filter(None, lefts))]))

    @property
    def _ends_here(self) -> bool:
        return bool(self.failed) and not self.keep_going

    def _looked(self, restart: Restart, since: float, passed: float) -> str:
        why = ""
        try:
            left = restart.left(passed)
        except RestartFailed as failed:
            left, why = "", str(failed)
        except Unreachable as away:
            left = str(away)
        except Refused as refused:
            left, why = "", f"the cluster refuses a change (HTTP {refused.status}): {self.redaction.of(refused.message)}"
        if left and passed - since >= self.wait:
            left, why = "", f"waited {self.wait:.0f} s in vain for {left}"
        if left:
            return f"{restart.consumer}: {left}"
        self.under_way.remove((restart, since))
        if why:
            self.failed.append((restart, why))
        else:
            self.done.append(restart)
        return ""

    def _count(self) -> str:
        every = len(self.waiting_for) + len(self.under_way) + len(self.done) + len(self.failed)
        return f"consumers to have the new key ({len(self.done)} of {every})"


def listed(restarts: Sequence[Restart]) -> list[str]:
    """Their names, for a result."""
    return [str(restart.consumer) for restart in restarts]
