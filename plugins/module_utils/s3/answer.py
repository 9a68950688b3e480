# SPDX-License-Identifier: GPL-3.0-or-later
"""What the ways in which a call of botocore fails say about a credential."""

from __future__ import annotations

import re
from typing import Any

from .endpoint import Endpoint
from .verdict import Answer, Verdict

try:
    import botocore.exceptions
except ImportError:  # operations check for it
    pass

_BY_CODE = {
    "SignatureDoesNotMatch": Verdict.wrong_secret,
    "InvalidAccessKeyId": Verdict.unknown_key,
    "AccessDenied": Verdict.missing_right,
    "AllAccessDisabled": Verdict.missing_right,
    "NoSuchBucket": Verdict.missing_bucket,
    "RequestTimeTooSkewed": Verdict.wrong_clock,
    "RequestExpired": Verdict.wrong_clock,
    "SlowDown": Verdict.unavailable,
    "RequestTimeout": Verdict.unavailable,
    "TooManyRequests": Verdict.unavailable,
    "429": Verdict.unavailable,
}
_NOT_IMPLEMENTED = 501


def answer_to(error: Exception, endpoint: Endpoint) -> Answer:
    """What an exception of botocore means. Its own text is not passed on: it may hold a proxy's password.

    Raises:
        The exception itself, where it isn't botocore's: a defect.
    """
    if isinstance(error, botocore.exceptions.ClientError):
        return _refusal(error.response)
    if not isinstance(error, botocore.exceptions.BotoCoreError):
        raise error
    name = type(error).__name__
    text = f"{error} {error.kwargs.get('error', '')}"
    if isinstance(error, botocore.exceptions.ProxyConnectionError):
        return Answer(Verdict.unreachable, name, "the proxy named by the environment doesn't lead there")
    if isinstance(error, botocore.exceptions.SSLError):
        return Answer(Verdict.bad_tls, name, _tls(text))
    if "CA certificate bundle" in text:
        return Answer(Verdict.bad_tls, name, f"there is no file {endpoint.ca_bundle or 'REQUESTS_CA_BUNDLE'}")
    if isinstance(error, (botocore.exceptions.ConnectTimeoutError, botocore.exceptions.ReadTimeoutError)):
        return Answer(Verdict.unreachable, name, f"no answer within {endpoint.timeout:g} s")
    if isinstance(error, (botocore.exceptions.HTTPClientError, botocore.exceptions.EndpointConnectionError)):
        return Answer(Verdict.unreachable, name, _connection(text))
    if isinstance(error, botocore.exceptions.ParamValidationError):
        return Answer(Verdict.other, name, "the request can't be made")
    return Answer(Verdict.other, name, "its answer is not one of S3")


def _refusal(response: Any) -> Answer:
    code = re.sub(r"[^\w.-]", "", str(response.get("Error", {}).get("Code", "")))[:60]
    metadata = response.get("ResponseMetadata", {})
    status = int(metadata.get("HTTPStatusCode", 0))
    if code in _BY_CODE:
        return Answer(_BY_CODE[code], code)
    if 300 <= status < 400:
        return Answer(Verdict.other, code or str(status), "it redirects to another address")
    if status >= 500 and status != _NOT_IMPLEMENTED:
        return Answer(Verdict.unavailable, code or str(status))
    return Answer(Verdict.other, code or str(status))


def _tls(text: str) -> str:
    if re.search(r"mismatch|doesn't match", text):
        return "the certificate is for another host"
    found = re.search(r"certificate verify failed: ([^('\"]+)", text)
    if found:
        return found.group(1).strip().rstrip(".,")
    if re.search(r"WRONG_VERSION_NUMBER|wrong version number|record layer failure|http request", text):
        return "it answers without TLS"
    found = re.search(r"\[SSL: (\w+)\]", text)
    return found.group(1).lower().replace("_", " ") if found else "the handshake failed"


def _connection(text: str) -> str:
    found = re.search(r"\[Errno -?\d+\] ([\w ]+)", text)
    if found:
        return found.group(1).strip().lower()
    return "the connection was closed" if "closed" in text.lower() else "no connection"
