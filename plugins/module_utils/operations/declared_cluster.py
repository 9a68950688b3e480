# SPDX-License-Identifier: GPL-3.0-or-later
"""The cluster that an estate declares, and what of it concerns some identities."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator, Sequence
from typing import Any

from ..cluster.api import Cluster
from ..cluster.redaction import Redaction
from ..cluster.waiting import TookTooLong, Waiting
from ..estate.model import DeclaredCluster
from ..failure import Failure
from ..holdings import copied_secrets, in_cluster
from ..holdings.in_cluster import InCluster
from ..holdings.opened import OpenedEstate
from . import delivery_options
from .operation import Context


def declared(estate: OpenedEstate) -> DeclaredCluster:
    """The estate's cluster.

    Raises:
        Failure: It declares none.
    """
    if estate.estate.cluster is None:
        raise Failure("The estate declares no cluster.", state="Nothing was changed.", remedy="Declare it, see docs/estate.md.")
    return estate.estate.cluster


@contextlib.contextmanager
def connected(estate: OpenedEstate, context: Context) -> Iterator[Cluster]:
    """The API of the estate's cluster."""
    with delivery_options.cluster_of(declared(estate), context.environ) as cluster:
        yield cluster


def redaction(estate: OpenedEstate) -> Redaction:
    """Hides all that the files of copies hold."""
    return Redaction(copied_secrets.values_in(estate.estate.identities, estate.files))


def delivered(
    estate: OpenedEstate, cluster: Cluster, names: Sequence[str], waiting: Waiting, *, predicting: bool = False
) -> list[InCluster]:
    """The Secrets of some identities, once they are in the cluster as in their files.

    Args:
        predicting: In check mode what would be pushed is in no cluster: they are taken as they are.

    Raises:
        Failure: They aren't in time: then nothing may be restarted, and no key retired.
    """
    found: list[InCluster] = []

    def look() -> str:
        found[:] = in_cluster.found(estate, cluster, names)
        late = [str(one.manifest) for one in found if one.keys and not predicting]
        return f"{', '.join(f'Secret {name}' for name in late)} to hold what its file holds" if late else ""

    bounded(waiting, look, "Nothing was restarted or retired: whoever started now would not get the new key.")
    return found


def bounded(waiting: Waiting, look: Any, state: str) -> None:
    """Wait, and fail in the operator's words where it takes too long."""
    try:
        waiting.until(look)
    except TookTooLong as late:
        what = f"Waited {waiting.wait:.0f} s in vain for {late}."
        raise Failure(what, state=state, remedy="See why, and run again: it goes on from here.") from None
