# SPDX-License-Identifier: GPL-3.0-or-later
"""Kubernetes' client library, imported when it is needed."""

from __future__ import annotations

import functools
import importlib
from typing import Any


class Library:
    """Kubernetes' client library, which takes seconds to be imported: it is when a cluster is asked for the first time."""

    @functools.cached_property
    def client(self) -> Any:
        return importlib.import_module("kubernetes.client")

    @functools.cached_property
    def stream(self) -> Any:
        return importlib.import_module("kubernetes.stream")

    @functools.cached_property
    def kube_config(self) -> Any:
        return importlib.import_module("kubernetes.config.kube_config")

    @functools.cached_property
    def incluster_config(self) -> Any:
        return importlib.import_module("kubernetes.config.incluster_config")

    @functools.cached_property
    def refusal(self) -> Any:
        """What it raises where the API server says no."""
        return importlib.import_module("kubernetes.client.exceptions").ApiException

    @functools.cached_property
    def no_answers(self) -> tuple[type[Exception], ...]:
        """What it raises where there is no answer."""
        return (importlib.import_module("urllib3.exceptions").HTTPError, OSError)

    @functools.cached_property
    def no_configuration(self) -> Any:
        """What it raises where a kubeconfig can't be used."""
        return importlib.import_module("kubernetes.config.config_exception").ConfigException


LIBRARY = Library()
