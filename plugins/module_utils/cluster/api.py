# SPDX-License-Identifier: GPL-3.0-or-later
"""The Kubernetes API, as far as a delivery needs it."""

from __future__ import annotations

import contextlib
import functools
import importlib
import json
import re
import socket
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from ..failure import Failure
from .library import LIBRARY

MANAGER = "lotus-lake-secrets"
"""The field manager of all that is written. Flux takes back what a manager wrote whose name begins with ``kubectl``."""

_TIMEOUT = (5, 30)
_RAW: dict[str, Any] = {"_request_timeout": _TIMEOUT, "_preload_content": False}
"""Options of a call whose answer is read by ``_read``: the library's own classes take seconds to be made."""
_ALREADY_THERE = 409
_NOT_STARTED = 127
_BAD = 400
Kind = tuple[str, str, str, str]
"""Group, version, plural and kind."""
Document = dict[str, Any]


def prepare() -> None:
    """Import the client library now: a process that is forked later has it. Fine where there is none."""
    with contextlib.suppress(ImportError):
        Cluster(LIBRARY.client.Configuration())


class Unreachable(Exception):
    """The API server gave no answer, or none that counts. Says why."""


class Refused(Exception):
    """The API server doesn't take what it was given.

    Attributes:
        status: The HTTP status.
        message: Its message, which may hold values of the Secret that it was given.
    """

    def __init__(self, status: int, message: str) -> None:
        self.status, self.message = status, message
        super().__init__(status)


class Cluster:
    """A cluster as one user sees it. ``where`` is the API server's address."""

    def __init__(self, settings: Any) -> None:
        self.where = str(settings.host)
        self._settings = settings
        self._objects = LIBRARY.client.CustomObjectsApi(_patching(settings, "application/merge-patch+json"))
        self._core = LIBRARY.client.CoreV1Api(_patching(settings, "application/apply-patch+yaml"))
        self._merging = LIBRARY.client.CoreV1Api(_patching(settings, "application/merge-patch+json"))

    def get(self, kind: Kind, namespace: str, name: str) -> Document | None:
        """An object as it is now, or None.

        Raises:
            Unreachable: For the moment, maybe.
            Failure: It may not be read.
        """
        group, version, plural, called = kind
        found = self._asked(
            f"get {called} {namespace}/{name}",
            lambda: self._objects.get_namespaced_custom_object(
                group, version, namespace, plural, name, _request_timeout=_TIMEOUT
            ),
        )
        return dict(found) if found is not None else None

    def list(self, kind: Kind) -> list[Document]:
        """All objects of a kind, of every namespace; none where the cluster doesn't know the kind."""
        group, version, plural, called = kind
        found = self._asked(
            f"list {called} of all namespaces",
            lambda: self._objects.list_cluster_custom_object(group, version, plural, _request_timeout=_TIMEOUT),
        )
        return list(found["items"]) if found else []

    def list_in(self, kind: Kind, namespace: str) -> Sequence[Document]:
        """All objects of a kind in a namespace; none where the cluster doesn't know the kind."""
        group, version, plural, called = kind
        found = self._asked(
            f"list {called} of {namespace}",
            lambda: self._objects.list_namespaced_custom_object(group, version, namespace, plural, _request_timeout=_TIMEOUT),
        )
        # items of a list don't say what they are
        return [{**item, "kind": called} for item in found["items"]] if found else []

    def annotate(self, kind: Kind, namespace: str, name: str, annotations: Mapping[str, str]) -> None:
        """Set annotations of an object."""
        self.merge(kind, namespace, name, {"metadata": {"annotations": dict(annotations)}})

    def merge(self, kind: Kind, namespace: str, name: str, part: Mapping[str, Any]) -> None:
        """Change fields of an object.

        Raises:
            Refused: They are invalid, or the object isn't there (status 404).
        """
        group, version, plural, called = kind
        self._asked(
            f"patch {called} {namespace}/{name}",
            lambda: self._objects.patch_namespaced_custom_object(
                group, version, namespace, plural, name, dict(part), field_manager=MANAGER, _request_timeout=_TIMEOUT
            ),
            missing_is_refused=True,
        )

    def create(self, kind: Kind, namespace: str, document: Mapping[str, Any]) -> None:
        """Make an object, unless there is one of its name.

        Raises:
            Refused: It is invalid.
        """
        group, version, plural, called = kind
        name = document["metadata"]["name"]
        try:
            self._asked(
                f"create {called} {namespace}/{name}",
                lambda: self._objects.create_namespaced_custom_object(
                    group, version, namespace, plural, dict(document), field_manager=MANAGER, _request_timeout=_TIMEOUT
                ),
                missing_is_refused=True,
            )
        except Refused as refused:
            if refused.status != _ALREADY_THERE:
                raise

    def pods(self, namespace: str, selector: str = "") -> Sequence[Document]:
        """The pods of a namespace, those that have ended too.

        Args:
            selector: Labels, as ``app=web,tier=front``; all pods where it is empty.
        """
        found = self._asked(
            f"list Pods of {namespace}",
            lambda: _read(self._core.list_namespaced_pod(namespace, label_selector=selector, **_RAW)),
        )
        return list((found or {}).get("items") or ())

    def pod_answer(self, namespace: str, name: str, port: int, path: str) -> Document:
        """What a pod answers to a GET through the API server, as JSON. TLS is tried first; no certificate is checked by it.

        Raises:
            Unreachable: It doesn't answer, or with something else.
        """
        what = f"get Pod {namespace}/{name}/proxy"
        for scheme in ("https:", ""):
            ask = functools.partial(self._proxied, namespace, f"{scheme}{name}:{port}", path)
            with contextlib.suppress(Unreachable, Refused, TypeError, ValueError):
                return dict(self._asked(what, ask))
        raise Unreachable(f"the pod {namespace}/{name} does not answer at {port}{path}")

    def _proxied(self, namespace: str, name: str, path: str) -> Any:
        return _read(self._core.connect_get_namespaced_pod_proxy_with_path(name, namespace, path.lstrip("/"), **_RAW))

    def run_in(self, namespace: str, name: str, container: str, command: Sequence[str]) -> tuple[int, str]:
        """Run a program in a container: its exit code, and what it wrote to its standard output. Nothing secret may be in either.

        Raises:
            Unreachable: It could not be started for the moment.
        """
        run = self._asked(
            f"create Pod {namespace}/{name}/exec",
            lambda: LIBRARY.stream.stream(
                self._upgrading().connect_get_namespaced_pod_exec,
                name,
                namespace,
                container=container,
                command=list(command),
                stdout=True,
                stderr=True,
                stdin=False,
                tty=False,
                _preload_content=False,
                _request_timeout=_TIMEOUT,
            ),
        )
        if run is None:
            raise Unreachable(f"the pod {namespace}/{name} is gone")
        try:
            run.run_forever(timeout=_TIMEOUT[1])
            return self._code_of(run, name), run.read_stdout()
        finally:
            run.close()

    @staticmethod
    def _code_of(run: Any, name: str) -> int:
        try:
            code = run.returncode
        except (ValueError, KeyError, IndexError, TypeError):
            # a program that isn't there has no code
            return _NOT_STARTED
        if code is None:
            raise Unreachable(f"a program in the pod {name} does not end")
        return int(code)

    def connection_to(self, namespace: str, name: str, port: int) -> socket.socket:
        """A connection to a port of a pod, through the API server.

        Raises:
            Unreachable: It can't be had for the moment.
        """
        forward = self._asked(
            f"create Pod {namespace}/{name}/portforward",
            lambda: LIBRARY.stream.portforward(
                self._upgrading().connect_get_namespaced_pod_portforward,
                name,
                namespace,
                ports=str(port),
                _request_timeout=_TIMEOUT,
            ),
        )
        if forward is None:
            raise Unreachable(f"the pod {namespace}/{name} is gone")
        made: socket.socket = forward.socket(port)
        return made

    def _upgrading(self) -> Any:
        """An API of its own for one call: the library changes the client under it for as long as it takes."""
        # its handshake would wait for ever
        importlib.import_module("websocket").setdefaulttimeout(_TIMEOUT[1])
        return LIBRARY.client.CoreV1Api(LIBRARY.client.ApiClient(self._settings))

    def annotate_pod(self, namespace: str, name: str, annotations: Mapping[str, str]) -> None:
        """Set annotations of a pod."""
        self._asked(
            f"patch Pod {namespace}/{name}",
            lambda: _read(
                self._merging.patch_namespaced_pod(
                    name, namespace, {"metadata": {"annotations": dict(annotations)}}, field_manager=MANAGER, **_RAW
                )
            ),
        )

    def secret(self, namespace: str, name: str) -> Document | None:
        """A Secret as the API has it, or None."""
        found: Document | None = self._asked(
            f"get Secret {namespace}/{name}", lambda: _read(self._core.read_namespaced_secret(name, namespace, **_RAW))
        )
        return found

    def apply_secret(self, manifest: Mapping[str, Any], *, dry_run: bool, force: bool) -> Document:
        """Server-side apply of a Secret, and how it is then.

        Args:
            dry_run: The API server only says how it would be.
            force: Take over fields that other managers hold.

        Raises:
            Refused: It is invalid, or holds fields of others (status 409).
        """
        metadata = manifest["metadata"]
        options = {"field_manager": MANAGER, "force": force, **({"dry_run": "All"} if dry_run else {}), **_RAW}
        applied: Document = self._asked(
            f"patch Secret {metadata['namespace']}/{metadata['name']}",
            lambda: _read(self._core.patch_namespaced_secret(metadata["name"], metadata["namespace"], dict(manifest), **options)),
            missing_is_refused=True,
        )
        return applied

    def _asked(self, what: str, ask: Callable[[], Any], *, missing_is_refused: bool = False) -> Any:
        """What the API server answers; None where it isn't there."""
        try:
            return ask()
        except LIBRARY.refusal as error:
            status, said = error.status or _of_handshake(error.reason), _message(error.body)
        except LIBRARY.no_answers as error:
            raise Unreachable(f"{self.where} does not answer ({type(error).__name__})") from None
        # the exception itself would show the answer, and so maybe a Secret
        if status == 404 and not missing_is_refused:
            return None
        if status in (401, 403):
            raise Failure(
                f"The cluster at {self.where} does not let this user {what} (HTTP {status}).",
                state="What was pushed stays pushed.",
                remedy="Give the user of the kubeconfig that right, or name another kubeconfig or context in the delivery.",
            )
        if status in (0, 408, 429) or status >= 500:
            raise Unreachable(f"{self.where} answers with HTTP {status}")
        raise Refused(status, said)


def _read(response: Any) -> Any:
    """What an answer holds, as JSON.

    Raises:
        The library's refusal, as it does itself where it reads an answer.
        Unreachable: It is no JSON: a proxy's page, say.
    """
    body = response.data if getattr(response, "data", None) is not None else response.read()
    if response.status >= _BAD:
        refused = LIBRARY.refusal(status=response.status, reason=response.reason)
        refused.body = body
        raise refused
    try:
        return json.loads(body)
    except ValueError:
        raise Unreachable("what answers there is no Kubernetes API") from None


def _patching(settings: Any, content_type: str) -> Any:
    """A client whose patches are of one type. Versions before 36 take it from nobody."""
    api = LIBRARY.client.ApiClient(settings)
    usual = api.select_header_content_type

    def select(content_types: list[str], *more: Any) -> Any:
        return content_type if content_type in content_types else usual(content_types, *more)

    api.select_header_content_type = select
    return api


def _of_handshake(reason: Any) -> int:
    """The HTTP status where a websocket was refused; the library has it in its words only."""
    found = re.search(r"Handshake status (\d+)", str(reason))
    return int(found[1]) if found else 0


def _message(body: Any) -> str:
    try:
        return str(json.loads(body or "{}").get("message", ""))
    except (ValueError, AttributeError):
        return ""
