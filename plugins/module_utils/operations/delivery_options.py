# SPDX-License-Identifier: GPL-3.0-or-later
"""What the operations that bring commits into a cluster take, and the cluster that a delivery names."""

from __future__ import annotations

import contextlib
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from ..cluster.api import Cluster
from ..cluster.connection import connected
from ..estate.model import DeclaredCluster, Delivery, Repository
from ..failure import Failure
from ..holdings.opened import OpenedEstate
from .estate_options import LIBRARIES as OF_ESTATE
from .estate_options import PLACE
from .git_workspace import expanded
from .operation import absent_libraries

LIBRARIES = (*OF_ESTATE, "kubernetes")

OPTIONS: dict[str, Any] = {
    **PLACE,
    "repository": {"type": "str", "required": True},
    "commit": {"type": "str"},
    "files": {"type": "list", "elements": "str"},
}


def repository_of(params: Mapping[str, Any], estate: OpenedEstate) -> Repository:
    """The repository that ``OPTIONS`` name.

    Raises:
        Failure: The estate has none of that name.
    """
    for repository in estate.estate.repositories:
        if repository.name == params["repository"]:
            return repository
    raise Failure(
        f"The estate has no repository {params['repository']}.",
        state="Nothing was delivered.",
        remedy=f"It has {', '.join(one.name for one in estate.estate.repositories)}.",
    )


def commit_of(params: Mapping[str, Any], estate: OpenedEstate) -> str:
    """The whole commit that is to be delivered: the workspace's own where none is named.

    Raises:
        Failure: It isn't in the repository.
    """
    name = params["repository"]
    wanted = params["commit"] or "HEAD"
    told = estate.git.attempt("rev-parse", "--verify", "--end-of-options", f"{wanted}^{{commit}}", at=estate.folders[name])
    if not told.ok:
        raise Failure(f"{wanted} is no commit of {name}.", state="Nothing was delivered.", remedy="Name one that is pushed.")
    return told.out.strip()


def files_of(params: Mapping[str, Any], estate: OpenedEstate) -> list[str]:
    """The files to deliver: all of the estate's in the repository where none are named."""
    return list(params["files"] if params["files"] is not None else estate.estate.files(params["repository"]))


def cluster_of(delivery: Delivery | DeclaredCluster, environ: Mapping[str, str]) -> contextlib.AbstractContextManager[Cluster]:
    """The cluster of a delivery, or of an estate: of its kubeconfig, the environment's, the user's, or the one of this pod.

    Raises:
        Failure: There is no client library, or no such cluster.
    """
    if missing := absent_libraries(("kubernetes",)):
        raise missing
    if delivery.kubeconfig:
        return connected(str(expanded(delivery.kubeconfig, environ)), delivery.context)
    if environ.get("KUBECONFIG"):
        return connected(environ["KUBECONFIG"], delivery.context)
    in_pod = bool(environ.get("KUBERNETES_SERVICE_HOST"))
    users = expanded("~/.kube/config", environ)
    return connected("" if in_pod and not Path(users).exists() else str(users), delivery.context)
