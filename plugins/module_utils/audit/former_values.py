# SPDX-License-Identifier: GPL-3.0-or-later
"""The secrets that any version of the estate's files ever had."""

from __future__ import annotations

import base64
import binascii
import dataclasses
from collections.abc import Iterable, Iterator

from ..failure import Failure
from ..sops.age_keys import AgeKeys
from ..sops.data_key import may_open, metadata_of
from ..sops.format import Format
from ..sops.key_path import KeyPath, show
from ..sops.sops_file import SopsFile
from .secret_values import Secret, secrets_in
from .tip import Tip


@dataclasses.dataclass
class FormerValues:
    """What was found.

    Attributes:
        places: Each secret with a place at which it is or was, today's where there is one.
        anywhere: Those that are secrets wherever they stand; see ``secret_values.Secret``.
        in_use: Those that are in a file at the tip.
        closed: How many versions of which file can't be decrypted.
    """

    places: dict[str, str] = dataclasses.field(default_factory=dict, repr=False)
    anywhere: set[str] = dataclasses.field(default_factory=set, repr=False)
    in_use: set[str] = dataclasses.field(default_factory=set, repr=False)
    closed: dict[str, int] = dataclasses.field(default_factory=dict)

    def add(self, tip: Tip, files: Iterable[str], keys: AgeKeys) -> None:
        """All versions of some files, on every branch and under their earlier paths too."""
        for file, texts in tip.everything_of(tuple(files)).items():
            name = f"{tip.name}:{file}"
            for blob, path, text in texts:
                values = _values(text, path, keys)
                if values is None:
                    self.closed[name] = self.closed.get(name, 0) + 1
                    continue
                today = tip.blobs.get(file) == blob
                for key, secret in values:
                    place = f"{name}:{show(key)}"
                    if secret.anywhere:
                        self.anywhere.add(secret.text)
                    if today:
                        self.in_use.add(secret.text)
                        self.places[secret.text] = place
                    else:
                        self.places.setdefault(secret.text, place)


def _values(text: str, path: str, keys: AgeKeys) -> list[tuple[KeyPath, Secret]] | None:
    """The secrets among the encrypted values of a text; None where it can't be decrypted."""
    metadata = metadata_of(text, path)
    if not metadata:
        return []
    # to start sops for each version that is for somebody else would take long
    if not may_open(metadata, keys):
        return None
    try:
        file = SopsFile.parse(text, name=path, format=Format.of(path), keys=keys)
    except Failure:
        return None
    return list(_secrets(file))


def _secrets(file: SopsFile) -> Iterator[tuple[KeyPath, Secret]]:
    entries = file.entries()
    kinds = {(entry.document, entry.path[:-1]): entry.value for entry in entries if entry.path[-1] == "kind"}
    for entry in entries:
        if entry.encrypted and entry.value is not None and entry.type != "bool":
            text = str(entry.value)
            if entry.path[-2:-1] == ("data",) and kinds.get((entry.document, entry.path[:-2])) == "Secret":
                text = _decoded(text)
            # keys within a value are encrypted with it, and not to be shown
            yield from ((entry.path, secret) for secret in secrets_in(entry.path, text))


def _decoded(text: str) -> str:
    try:
        return base64.b64decode(text, validate=True).decode()
    except (binascii.Error, UnicodeDecodeError):
        return text
