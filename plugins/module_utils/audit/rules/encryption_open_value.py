# SPDX-License-Identifier: GPL-3.0-or-later
"""See RULE."""

from __future__ import annotations

from collections.abc import Iterator

from ...sops.cipher import SEALED
from ...sops.document import Document, Leaf
from ..evidence import Evidence
from ..finding import Finding, Severity, Where
from ..rule import Rule
from ..tip import TipFile


def look(evidence: Evidence) -> Iterator[Finding]:
    for tip in evidence.tips.values():
        for held in tip.candidates:
            for document in held.documents if held.is_sealed else ():
                yield from _open_values(held, document)


def _open_values(held: TipFile, document: Document) -> Iterator[Finding]:
    kind = document.at(("kind",))
    if not (isinstance(kind, Leaf) and kind.value == "Secret"):
        return
    for leaf in document.leaves:
        if leaf.path[0] in ("data", "stringData") and leaf.value and not str(leaf.value).startswith(SEALED):
            key = ".".join(map(str, leaf.path))
            yield Finding(Where(held.repository, held.file, held.line_at(leaf.start), key), "the value is in plain text")


RULE = Rule(
    id="encryption-open-value",
    severity=Severity.ERROR,
    title="A value of an encrypted Secret that is in plain text",
    why="The file's rules leave it out, or somebody added it by hand. The file looks encrypted, and this value is not.",
    mend="Correct encrypted_regex in .sops.yaml; sops decrypt --in-place FILE; sops encrypt --in-place FILE; change the value.",
    look=look,
)
