# SPDX-License-Identifier: GPL-3.0-or-later
"""See RULE."""

from __future__ import annotations

from collections.abc import Iterator

from ...sops.cipher import SEALED
from ...sops.document import Document, Leaf
from ...sops.key_path import KeyPath
from ...sops.rules import Rules
from ...sops.unsure import Unsure
from ..evidence import Evidence
from ..finding import Finding, NotChecked, Severity
from ..rule import Rule
from ..tip import Tip, TipFile


def look(evidence: Evidence) -> Iterator[Finding | NotChecked]:
    for tip in evidence.tips.values():
        for held in tip.candidates:
            for document in held.documents if held.is_sealed else ():
                yield from _open_values(tip, held, document)


def _open_values(tip: Tip, held: TipFile, document: Document) -> Iterator[Finding | NotChecked]:
    kind = document.at(("kind",))
    secret = _of_secrets if isinstance(kind, Leaf) and kind.value == "Secret" else _nothing
    if kind is None:
        try:
            rule = tip.creation_rule(held.file)
            secret = Rules(rule.parts).encrypts if rule else _nothing
        except Unsure as unsure:
            yield tip.left_to_sops(held.file, unsure)
    for leaf in document.leaves:
        text = str(leaf.value or "")
        if secret(leaf.path) and text and not text.startswith(SEALED):
            yield Finding(held.where(leaf), "the value is in plain text")


def _of_secrets(path: KeyPath) -> bool:
    return path[0] in ("data", "stringData")


def _nothing(path: KeyPath) -> bool:
    return False


RULE = Rule(
    id="encryption-open-value",
    severity=Severity.ERROR,
    title="A value of an encrypted file that is in plain text",
    why="The file's rules leave it out, or somebody added it by hand. The file looks encrypted, and this value is not.",
    mend="Correct encrypted_regex in .sops.yaml; sops decrypt --in-place FILE; sops encrypt --in-place FILE; change the value.",
    look=look,
)
