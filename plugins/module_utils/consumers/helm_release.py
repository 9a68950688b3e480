# SPDX-License-Identifier: GPL-3.0-or-later
"""A HelmRelease of Flux: values that it takes from a Secret are read when it reconciles."""

from __future__ import annotations

from typing import ClassVar

from ..cluster.api import Document, Kind
from ..cluster.flux import REQUESTED
from .asked import Asked


class HelmRelease(Asked):
    """Whether that restarts pods is the chart's business: where they read a Secret themselves, declare their workload too."""

    KIND: ClassVar[Kind] = ("helm.toolkit.fluxcd.io", "v2", "helmreleases", "HelmRelease")
    RESUME: ClassVar[str] = "flux resume helmrelease"
    ASKING: ClassVar[tuple[str, ...]] = (REQUESTED, "reconcile.fluxcd.io/resetAt")
    """The second has it begin anew where its retries are used up."""

    def needs_person(self, document: Document) -> bool:
        return False
