# SPDX-License-Identifier: GPL-3.0-or-later
"""The age keys that SOPS would find."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from ..waiting import Progress, silent
from .age_sources import Source, sources

try:
    import pyrage
except ImportError:  # operations check for it
    pass


class AgeKeys:
    """Every age identity within reach, read when the first one is needed, and the data keys that they have opened.

    Attributes:
        environ: The environment that says where keys are.
        progress: Says one line to the operator while a program is waited for.
    """

    def __init__(self, environ: Mapping[str, str], progress: Progress = silent) -> None:
        self.environ = environ
        self.progress = progress
        self._sources: list[Source] = sources(environ, progress)
        self._data_keys: dict[str, bytes] = {}

    @classmethod
    def find(cls, environ: Mapping[str, str], progress: Progress = silent) -> AgeKeys:
        """Everywhere SOPS looks, with the given environment. Nothing is read yet."""
        return cls(environ, progress)

    def open(self, recipient: str, armoured: str) -> bytes | None:
        """Decrypt a data key.

        Args:
            recipient: For whom it was encrypted.
            armoured: The data key as an armoured age file. What was opened once is remembered by this text.

        Returns:
            The data key, or None if no usable identity opens it.
        """
        known = self._data_keys.get(armoured)
        if known is not None:
            return known
        for source in self._sources:
            identities = source.identities(recipient)
            if not identities:
                continue
            data_key = _decrypt(armoured, identities)
            if data_key is not None:
                self._data_keys[armoured] = data_key
                return data_key
        return None

    def found_any(self) -> bool:
        """Whether there is any usable identity (known after ``open``)."""
        return any(source.count for source in self._sources)

    def unusable(self) -> list[str]:
        """Why some identities can't be used here, one sentence part each."""
        return [reason for source in self._sources for reason in source.unusable]

    def for_program_only(self) -> bool:
        """Whether there are identities that only the program can use, for example those of a plugin."""
        return any(source.for_program for source in self._sources)

    def found_in(self) -> list[str]:
        """The places that have usable identities (known after ``open``)."""
        return [source.place for source in self._sources if source.count]

    def looked_in(self) -> list[str]:
        """The places, as an operator knows them."""
        return [source.place for source in self._sources]

    def __repr__(self) -> str:
        return "<AgeKeys>"


def _decrypt(armoured: str, identities: Iterable[Any]) -> bytes | None:
    try:
        data_key: bytes = pyrage.decrypt(armoured.encode(), list(identities))
    except pyrage.DecryptError:
        return None
    return data_key
