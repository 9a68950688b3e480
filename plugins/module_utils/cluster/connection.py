# SPDX-License-Identifier: GPL-3.0-or-later
"""The way to a cluster: by a kubeconfig, or by the service account of a pod."""

from __future__ import annotations

import contextlib
import logging
import tempfile
from collections.abc import Iterator
from pathlib import Path

from ..failure import Failure
from .api import Cluster
from .library import LIBRARY


@contextlib.contextmanager
def connected(kubeconfig: str, context: str | None) -> Iterator[Cluster]:
    """The cluster of a kubeconfig, or the one that this pod is in.

    Args:
        kubeconfig: A file, or several with colons between them; empty for the pod's own service account.
        context: Which of its contexts; the current one where None.

    Raises:
        Failure: There is no such configuration, or it can't be used.
    """
    # it would log whole answers, Secrets too
    logging.getLogger("kubernetes.client.rest").setLevel(logging.INFO)
    settings = LIBRARY.client.Configuration()
    with tempfile.TemporaryDirectory(prefix="lotus_lake.secrets-") as folder:
        try:
            if kubeconfig:
                LIBRARY.kube_config.load_kube_config(kubeconfig, context, settings, persist_config=False, temp_file_path=folder)
            else:
                LIBRARY.incluster_config.load_incluster_config(settings)
        except LIBRARY.no_configuration as error:
            raise _no_configuration(kubeconfig, context, str(error)) from None
        try:
            yield Cluster(settings)
        finally:
            _forget(Path(folder))


def _forget(folder: Path) -> None:
    """The client library remembers the files in which it has put certificates, for the next kubeconfig with the same."""
    for content, name in list(LIBRARY.kube_config._temp_files.items()):
        if folder in Path(name).parents:
            del LIBRARY.kube_config._temp_files[content]


def _no_configuration(kubeconfig: str, context: str | None, said: str) -> Failure:
    where = f"The kubeconfig {kubeconfig}" if kubeconfig else "The service account of this pod"
    which = f" with the context {context}" if context else ""
    return Failure(
        f"{where}{which} leads to no cluster: {said.strip().rstrip('.')}.",
        state="What was pushed stays pushed.",
        remedy="Name the file under kubeconfig in the estate's delivery, or in the environment variable KUBECONFIG.",
    )
