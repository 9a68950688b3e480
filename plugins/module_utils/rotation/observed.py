# SPDX-License-Identifier: GPL-3.0-or-later
"""What was read about one identity: the input of the state machine."""

from __future__ import annotations

import dataclasses
import datetime


@dataclasses.dataclass(frozen=True)
class Credential:
    """A credential in the master.

    Attributes:
        access_key_id: Public.
        secret_key: Never shown; the repr leaves it out.
        born: When it was made; None where neither its id nor the history says.
        maybe_older: The history doesn't show that it wasn't there before ``born``, at this place or at another.
        inactive: Has ``"status": "Inactive"``: SeaweedFS refuses it.
        reference: A value comes from the gateway's environment (``${NAME}``) and isn't known here.
        kept: The estate names it under ``keep``: left alone, counts for no state.
        withdrawn: A rollback took it back: it is on its way out, however young it is.
    """

    access_key_id: str
    secret_key: str = dataclasses.field(repr=False)
    born: datetime.datetime | None = None
    maybe_older: bool = False
    inactive: bool = False
    reference: bool = False
    kept: bool = False
    withdrawn: bool = False

    @property
    def rotates(self) -> bool:
        """Whether it takes part in rotation."""
        return not (self.kept or self.inactive)


@dataclasses.dataclass(frozen=True)
class Copy:
    """What a service's file holds. Either value is None where the key is empty."""

    place: str
    access_key_id: str | None
    secret_key: str | None = dataclasses.field(repr=False)

    def holds(self, credential: Credential) -> bool:
        return (self.access_key_id, self.secret_key) == (credential.access_key_id, credential.secret_key)


@dataclasses.dataclass(frozen=True)
class Identity:
    """One declared identity as the repositories hold it."""

    name: str
    present: bool
    disabled: bool
    credentials: tuple[Credential, ...]
    copies: tuple[Copy, ...]
