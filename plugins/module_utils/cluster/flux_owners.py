# SPDX-License-Identifier: GPL-3.0-or-later
"""Which of Flux's objects bring a repository's file into the cluster. Pure functions."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence

from .flux import GitRepository, Kustomization

_ADDRESS = re.compile(
    r"^(?:(?P<scheme>[a-z][a-z0-9+.-]*)://)?(?:[^@/]*@)?(?P<host>[^:/]+)(?P<port>:\d+)?(?P<path>[:/].*)?$", re.I
)
_USUAL_PORTS = {"https": ":443", "http": ":80", "ssh": ":22"}


def is_same_address(one: str, other: str) -> bool:
    """Whether two addresses lead to one repository: ``git@host:a/b`` is ``ssh://git@host/a/b.git`` and ``https://host/a/b``."""
    return _plain(one) == _plain(other)


def following(repositories: Iterable[GitRepository], addresses: Sequence[str], branch: str) -> list[GitRepository]:
    """Those that fetch a branch of a repository with these addresses."""
    return [
        one for one in repositories if one.branch == branch and any(is_same_address(one.url, address) for address in addresses)
    ]


def owners(file: str, secrets: Sequence[tuple[str, str]], kustomizations: Sequence[Kustomization]) -> list[Kustomization]:
    """Those that apply a file.

    What has applied one of its Secrets owns it. Where none has yet, those do whose folder it is in; of several, the innermost.

    Args:
        file: Its path from the repository's root.
        secrets: Namespace (or empty) and name of each Secret in it.
        kustomizations: All of the repository.
    """
    applying = [one for one in kustomizations if any(one.secret(*secret) for secret in secrets)]
    if applying:
        return applying
    around = [one for one in kustomizations if not one.path or file.startswith(f"{one.path}/")]
    innermost = max((len(one.path) for one in around), default=0)
    return [one for one in around if len(one.path) == innermost]


def _plain(address: str) -> tuple[str, str]:
    found = _ADDRESS.match(address.strip())
    if found is None or (found["scheme"] or "").lower() == "file":
        return "", address.strip()
    port = "" if found["port"] == _USUAL_PORTS.get((found["scheme"] or "").lower()) else found["port"] or ""
    path = (found["path"] or "").strip(":/").removesuffix(".git").rstrip("/")
    return f"{found['host'].lower()}{port}", path
