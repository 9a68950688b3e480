# SPDX-License-Identifier: GPL-3.0-or-later
"""What an answer of S3 says about a credential."""

from __future__ import annotations

import dataclasses
import enum

SPEAKS_TLS = "it speaks TLS and not plain http"


class Verdict(enum.Enum):
    """The ways in which a request can end, as far as an operator acts differently on them."""

    accepted = "accepted"
    wrong_secret = "wrong_secret"
    unknown_key = "unknown_key"
    missing_right = "missing_right"
    missing_bucket = "missing_bucket"
    too_much = "too_much"
    wrong_clock = "wrong_clock"
    unavailable = "unavailable"
    unreachable = "unreachable"
    bad_tls = "bad_tls"
    other = "other"


@dataclasses.dataclass(frozen=True)
class Answer:
    """How one request ended.

    Attributes:
        verdict: What it means.
        code: S3's error code or the class of the error of the connection, empty where the request succeeded.
        detail: What is known beyond the code, in words, without a secret.
    """

    verdict: Verdict
    code: str = ""
    detail: str = ""
