# SPDX-License-Identifier: GPL-3.0-or-later
"""Which files open and have the MAC that fits them, told for thousands at once."""

from __future__ import annotations

from collections.abc import Sequence

from ..failure import Failure
from ..sops.age_keys import AgeKeys
from ..sops.header import recipients_of
from ..sops.opened import open_documents
from ..sops.unsure import Unsure
from .spreading import spread
from .tip import TipFile


def are_sound(files: Sequence[TipFile], keys: AgeKeys) -> list[bool]:
    """Whether each file was decrypted here and its MAC fits. Of the others ``SopsFile`` tells what is wrong, if anything is."""

    def is_sound(held: TipFile) -> bool:
        try:
            open_documents(list(held.documents), held.file, keys)
        except (Failure, Unsure):
            return False
        return True

    # a command that gives a key, and may ask a person for it, is run for each recipient once, and not by every process
    first_of = {recipients_of(held.metadata): held for held in reversed(files)}
    for held in first_of.values():
        is_sound(held)
    return spread(is_sound, files)
