# SPDX-License-Identifier: GPL-3.0-or-later
"""What each kind of consumer can do."""

from __future__ import annotations

import abc
import dataclasses
import datetime

from ..cluster.api import Cluster
from ..cluster.redaction import Redaction
from ..estate.model import Consumer


class RestartFailed(Exception):
    """A consumer does not get along with what it was given. Says why, fit to show."""


@dataclasses.dataclass(frozen=True)
class Wanted:
    """What a consumer shall have.

    Attributes:
        stamp: The credentials, by identity and fingerprint. It is written on the consumer, and says later what was done.
        changed: When the last of its Secrets got its present values.
    """

    stamp: str
    changed: datetime.datetime


class Restart(abc.ABC):
    """One consumer and what it shall have.

    Attributes:
        consumer: Who it is.
        note: What a person has to do about it; empty where nothing is.
    """

    def __init__(self, cluster: Cluster, consumer: Consumer, wanted: Wanted, redaction: Redaction) -> None:
        self.consumer, self._cluster, self._wanted, self._redaction = consumer, cluster, wanted, redaction
        self.note = ""

    @abc.abstractmethod
    def hindrance(self) -> str:
        """Why it can't be done, as far as that can be seen before: it isn't there, or is suspended. Else empty."""

    @abc.abstractmethod
    def is_begun(self) -> bool:
        """Whether it was done, or begun, for what is wanted."""

    @abc.abstractmethod
    def begin(self) -> None:
        """Have it take what is wanted. It is safe to do that twice."""

    @abc.abstractmethod
    def left(self, passed: float) -> str:
        """What is waited for; empty when it has what is wanted.

        Args:
            passed: Seconds since the beginning of all.

        Raises:
            RestartFailed: It doesn't get there.
        """
