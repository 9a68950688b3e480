# SPDX-License-Identifier: GPL-3.0-or-later
"""A HelmRelease of Flux: values that it takes from a Secret are read when it reconciles."""

from __future__ import annotations

from typing import ClassVar

from ..cluster.api import Document, Kind
from .asked import Asked


class HelmRelease(Asked):
    """Whether that restarts pods is the chart's business: where they read a Secret themselves, declare their workload too."""

    KIND: ClassVar[Kind] = ("helm.toolkit.fluxcd.io", "v2", "helmreleases", "HelmRelease")
    RESUME: ClassVar[str] = "flux resume helmrelease"

    def needs_person(self, document: Document) -> bool:
        return False
