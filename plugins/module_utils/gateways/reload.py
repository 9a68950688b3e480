# SPDX-License-Identifier: GPL-3.0-or-later
"""What each way to have a gateway load the master can do."""

from __future__ import annotations

import abc
import dataclasses
import datetime

from ..cluster import evidence
from ..cluster.api import Cluster
from ..cluster.redaction import Redaction
from ..estate.model import Gateway


class ReloadFailed(Exception):
    """A gateway does not load the master. Says why, fit to show."""


@dataclasses.dataclass(frozen=True)
class Master:
    """The master as it was delivered.

    Attributes:
        fingerprint: Of its document. It is written on what has loaded it.
        namespace, secret, key: Where it is in the cluster; empty where it is in no Secret.
        digest: The SHA-256 of the document, as ``sha256sum`` writes it. Never shown.
        changed: When the Secret got its present values.
    """

    fingerprint: str
    namespace: str = ""
    secret: str = ""
    key: str = ""
    digest: str = dataclasses.field(default="", repr=False)
    changed: datetime.datetime = evidence.NEVER


class Reload(abc.ABC):
    """One gateway, and the master that it shall load."""

    def __init__(self, cluster: Cluster, gateway: Gateway, master: Master, redaction: Redaction) -> None:
        self.gateway, self._cluster, self._master, self._redaction = gateway, cluster, master, redaction

    @abc.abstractmethod
    def hindrance(self) -> str:
        """Why it can't be done, as far as that can be seen before; else empty."""

    @abc.abstractmethod
    def is_begun(self) -> bool:
        """Whether it was done, or begun, for this master."""

    @abc.abstractmethod
    def begin(self) -> None:
        """Have it load the master. It is safe to do that twice."""

    @abc.abstractmethod
    def left(self, passed: float) -> str:
        """What is waited for; empty when all its pods have loaded the master.

        Args:
            passed: Seconds since the beginning of all.

        Raises:
            ReloadFailed: They don't.
        """
