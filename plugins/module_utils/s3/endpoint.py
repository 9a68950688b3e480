# SPDX-License-Identifier: GPL-3.0-or-later
"""Where an S3 service answers, and how its certificate is judged."""

from __future__ import annotations

import dataclasses


@dataclasses.dataclass(frozen=True)
class Endpoint:
    """One address of an S3 service. Buckets are addressed by path.

    Attributes:
        url: ``http://…`` or ``https://…``.
        region: What requests are signed for. SeaweedFS takes any.
        ca_bundle: The file with the certificate authorities to trust, or None for those that botocore ships.
        verify: Whether the certificate is verified at all.
        timeout: Seconds for a connection, and seconds of silence in an answer.
        called: What it is called in messages and results, where that isn't the URL: the pod that a port leads to.
        direct: Whether it is reached directly, whatever proxy leads to others.
    """

    url: str
    region: str = "us-east-1"
    ca_bundle: str | None = None
    verify: bool = True
    timeout: float = 10.0
    called: str = ""
    direct: bool = False

    @property
    def shown(self) -> str:
        return self.called or self.url
