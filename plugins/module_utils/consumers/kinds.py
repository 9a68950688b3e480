# SPDX-License-Identifier: GPL-3.0-or-later
"""Which file restarts which kind."""

from __future__ import annotations

from collections.abc import Mapping

from ..cluster.workload import KINDS
from .cnpg_cluster import CnpgCluster
from .helm_release import HelmRelease
from .restart import Restart
from .rolled import Rolled
from .terraform import Terraform

RESTARTS: Mapping[str, type[Restart]] = {
    **dict.fromkeys(KINDS, Rolled),
    "HelmRelease": HelmRelease,
    "Terraform": Terraform,
    "Cluster": CnpgCluster,
}
