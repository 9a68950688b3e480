# SPDX-License-Identifier: GPL-3.0-or-later
"""One S3 client of an endpoint for any number of credentials.

A client of botocore costs some 50 ms and belongs to one credential. Here one client serves all: it asks for its credential at
each signature, and gets that of the call under way.
"""

from __future__ import annotations

import contextlib
import contextvars
import functools
import os
import threading
from collections.abc import Callable, Mapping
from typing import Any

from .credential import S3Credential
from .endpoint import Endpoint
from .proxy import proxies_for

try:
    import botocore.config
    import botocore.credentials
    import botocore.loaders
    import botocore.session
except ImportError:  # operations check for it
    pass

_current: contextvars.ContextVar[S3Credential] = contextvars.ContextVar("the credential of the call under way")


class Client:
    """Calls S3 at one endpoint. It may be used by several threads.

    Nothing of the caller's AWS configuration counts: no ``AWS_*`` variable, no file under ``~/.aws``, no instance metadata.

    Args:
        endpoint: Where to call.
        environ: The environment, for proxies and ``REQUESTS_CA_BUNDLE``.
        connections: How many connections are kept open.
        signed: Whether requests are signed; else the credentials of calls are not used, and S3 sees none.
    """

    def __init__(self, endpoint: Endpoint, environ: Mapping[str, str], connections: int = 8, *, signed: bool = True) -> None:
        self._signature = "s3v4" if signed else botocore.UNSIGNED
        self.endpoint = endpoint
        self._proxies = {} if endpoint.direct else proxies_for(endpoint.url, environ)
        self._ca_bundle = endpoint.ca_bundle or environ.get("REQUESTS_CA_BUNDLE") or True
        self._connections = connections
        self._lock = threading.Lock()
        self._made: Any = None

    @property
    def is_plain(self) -> bool:
        """Whether it speaks plain http, to the server itself."""
        return self.endpoint.url.startswith("http://") and not self._proxies

    def call(self, credential: S3Credential, operation: str, **parameters: Any) -> dict[str, Any]:
        """One request, sent once: there are no retries.

        Args:
            credential: Signs the request.
            operation: The method's name in boto3, such as ``list_buckets``.
            parameters: Its parameters as boto3 takes them.

        Raises:
            botocore's exceptions, see ``answer.py``.
        """
        method = getattr(self._client(), operation)
        token = _current.set(credential)
        try:
            answer: dict[str, Any] = method(**parameters)
            return answer
        finally:
            _current.reset(token)

    def _client(self) -> Any:
        with self._lock:
            if self._made is None:
                self._made = self._make()
            return self._made

    def _make(self) -> Any:
        endpoint = self.endpoint
        made = _session().create_client(
            "s3",
            endpoint_url=endpoint.url,
            region_name=endpoint.region,
            verify=self._ca_bundle if endpoint.verify else False,
            config=botocore.config.Config(
                connect_timeout=endpoint.timeout,
                read_timeout=endpoint.timeout,
                max_pool_connections=self._connections,
                proxies=self._proxies,
                # Waiting and trying again is our own
                retries={"total_max_attempts": 1},
                s3={"addressing_style": "path"},
                signature_version=self._signature,
                # Checksums beyond S3's first ones are unknown to many servers
                request_checksum_calculation="when_required",
                response_checksum_validation="when_required",
                parameter_validation=False,
                user_agent_extra="lotus_lake.secrets",
            ),
        )
        made.meta.events.register("before-call.s3", _stay_here)
        return made


class _CredentialOfTheCall:
    """What botocore takes for its credential: at each signature it is that of the call under way."""

    method = "explicit"
    account_id = None

    def get_frozen_credentials(self) -> Any:
        credential = _current.get()
        return botocore.credentials.ReadOnlyCredentials(credential.access_key_id, credential.secret_key, None)

    def get_deferred_property(self, name: str) -> Callable[[], Any]:
        return lambda: None


class _CredentialProvider:
    def load_credentials(self) -> _CredentialOfTheCall:
        return _CredentialOfTheCall()


def _stay_here(params: dict[str, Any], **_: Any) -> None:
    """Keep botocore from following a redirect to another region: it would ask once more, and trips over ListBuckets."""
    params["context"].setdefault("s3_redirect", {})["redirected"] = True


def prepare() -> None:
    """Have botocore read what it knows of S3, some 60 ms, now instead of with the first client. Fine where there is none."""
    with contextlib.suppress(NameError):
        _session().create_client("s3", region_name="us-east-1")


@functools.cache
def _session() -> Any:
    variables = botocore.session.Session.SESSION_VARIABLES.items()
    # Each variable keeps its default and loses its name in the environment and in configuration files
    fixed = {name: (None, None, default, convert) for name, (_configured, _variable, default, convert) in variables}
    for file in ("config_file", "credentials_file"):
        fixed[file] = (None, None, os.devnull, None)
    session = botocore.session.Session(session_vars=fixed)
    loader = botocore.loaders.Loader
    models = loader(extra_search_paths=[loader.BUILTIN_DATA_PATH], include_default_search_paths=False)
    session.register_component("data_loader", models)
    session.register_component("credential_provider", _CredentialProvider())
    return session
