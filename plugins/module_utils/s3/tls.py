# SPDX-License-Identifier: GPL-3.0-or-later
"""What can be known of TLS without a request: whether a server speaks it, and whether a file of authorities is of use."""

from __future__ import annotations

import socket
import ssl
import urllib.parse

_WITHIN = 3.0


def unusable(ca_bundle: str) -> str:
    """Why a file can't be the ``ca_bundle`` of an endpoint; empty where it can."""
    try:
        ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT).load_verify_locations(cafile=ca_bundle)
    except FileNotFoundError:
        return "is not there"
    except ssl.SSLError:
        return "holds no certificate in PEM format"
    except OSError as error:
        return f"can't be read: {error.strerror}"
    return ""


def speaks_tls(url: str) -> bool:
    """Try a TLS handshake at the host and port of ``url``, whoever the certificate is of. Nothing is sent over it."""
    parts = urllib.parse.urlsplit(url)
    if not parts.hostname:
        return False
    context = ssl.create_default_context()
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE
    try:
        with (
            socket.create_connection((parts.hostname, parts.port or 80), timeout=_WITHIN) as plain,
            context.wrap_socket(plain, server_hostname=parts.hostname),
        ):
            return True
    except OSError:
        return False
