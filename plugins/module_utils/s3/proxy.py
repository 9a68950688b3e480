# SPDX-License-Identifier: GPL-3.0-or-later
"""Which proxy leads to an endpoint."""

from __future__ import annotations

import ipaddress
import urllib.parse
from collections.abc import Mapping


def proxies_for(url: str, environ: Mapping[str, str]) -> dict[str, str]:
    """The proxies to reach ``url`` by, as botocore takes them: by scheme; empty for the direct way.

    ``http_proxy``, ``https_proxy`` and ``no_proxy`` count as they do for boto3, in either case. Loopback is always reached
    directly: a proxy would look for it on its own machine.
    """
    parts = urllib.parse.urlsplit(url)
    proxy = _variable(environ, f"{parts.scheme}_proxy")
    if not proxy or not parts.hostname or is_loopback(parts.hostname):
        return {}
    if any(_excepts(entry.strip(), parts.hostname, parts.port) for entry in _variable(environ, "no_proxy").split(",")):
        return {}
    return {parts.scheme: proxy}


def is_loopback(host: str) -> bool:
    """Whether a host is this machine by its name or address."""
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost" or host.endswith(".localhost")


def _excepts(entry: str, host: str, port: int | None) -> bool:
    name, _colon, of_port = entry.lower().partition(":")
    if of_port and of_port != str(port):
        return False
    name = name.lstrip(".")
    return name == "*" or (bool(name) and (host == name or host.endswith(f".{name}")))


def _variable(environ: Mapping[str, str], name: str) -> str:
    return environ.get(name) or environ.get(name.upper()) or ""
