# SPDX-License-Identifier: GPL-3.0-or-later
"""An access key id with its secret key, in memory only."""

from __future__ import annotations

import dataclasses


@dataclasses.dataclass(frozen=True)
class S3Credential:
    """A credential as S3 clients know it. The access key id is public; the secret key shows in no repr.

    Attributes:
        access_key_id: The public name of the credential.
        secret_key: What requests are signed with.
        shown: Stands for the access key id wherever it is shown, where that may be something else by mistake; else empty.
    """

    access_key_id: str
    secret_key: str = dataclasses.field(repr=False)
    shown: str = ""

    @property
    def public_id(self) -> str:
        """The access key id as it may be shown."""
        return self.shown or self.access_key_id
