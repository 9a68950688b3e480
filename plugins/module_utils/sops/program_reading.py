# SPDX-License-Identifier: GPL-3.0-or-later
"""Reads and edits a file through the program ``sops``."""

from __future__ import annotations

import contextlib
import json
import tempfile
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from ..failure import Failure
from .age_keys import AgeKeys
from .changes import Entry, Value
from .cipher import SEALED
from .document import Document, Leaf, holders
from .editing import edit_text
from .format import Format
from .header import recipients_of
from .key_path import KeyPath, show
from .layout import Layout
from .numbering import Place, moved_by_all
from .opened import UNCHANGED, cannot_open, mac_mismatch, not_encrypted
from .program import Refused, SopsProgram
from .steps import Step, kind_of
from .unsure import Unsure
from .yaml_layout import YamlLayout

try:
    import yaml
except ImportError:  # operations check for it
    pass


def read_with_program(
    text: str, name: str, format: Format, layout: Layout, keys: AgeKeys, program: SopsProgram, unsure: Unsure
) -> tuple[list[Entry], int, frozenset[Place]]:
    """The decrypted values, the number of documents, and the places of mappings and lists.

    Args:
        unsure: Why the program is needed; its failure is raised where the program refuses too.
    """
    try:
        plain = program.decrypt(text, format, "yaml" if format is Format.YAML else "json")
    except Refused as refused:
        raise refusal(refused, text, name, format, layout, keys, unsure) from None
    if format is Format.YAML:
        try:
            documents = YamlLayout().parse(plain)
        except Unsure as odd:
            raise Failure(
                f"{name}: the decrypted file can't be read with certainty, because {odd.reason}.",
                state=UNCHANGED,
                remedy="Change it with sops itself.",
            ) from None
        found = [
            (number, leaf.path, leaf.value, leaf.kind) for number, document in enumerate(documents) for leaf in document.leaves
        ]
        count = len(documents)
        held_more = frozenset((number, holder.path) for number, holder in holders(documents))
    else:
        walked = list(_walk(_from_json(plain, name), ()))
        found = [(0, path, value, kind_of(value)) for path, value in walked if not isinstance(value, (dict, list))]
        count = 1
        held_more = frozenset((0, path) for path, value in walked if path and isinstance(value, (dict, list)))
    held = _encrypted_places(text, layout)
    entries = [
        Entry(number, path, value, kind, kind != "null" and (held is None or (number, path) in held))
        for number, path, value, kind in found
    ]
    return entries, count, held_more


def edit_with_program(text: str, name: str, format: Format, steps: Sequence[Step], program: SopsProgram) -> str:
    """The text after the steps, as sops writes it. Only ciphertext is ever in a file."""
    if any(step.document for step in steps):
        raise Failure(
            f"{name} can be edited only with the program sops, which edits the first of several documents.",
            state=UNCHANGED,
            remedy="Change the other documents with sops itself.",
        )
    with tempfile.TemporaryDirectory(prefix="sops-ciphertext-") as folder:
        copy = Path(folder) / f"copy.{format.value}"
        copy.write_bytes(text.encode())
        for step in steps:
            index = _index(step.path, name)
            try:
                if step.removed:
                    program.unset(copy, format, index)
                else:
                    program.set(copy, format, index, json.dumps(step.value))
            except Refused as refused:
                raise Failure(
                    f"{name}: sops could not change {show(step.path)}; it ended with code {refused.code}.",
                    state=UNCHANGED,
                    remedy="Change it with sops itself, which says more.",
                ) from None
        return copy.read_bytes().decode()


def least_change(text: str, written: str, layout: Layout, entries: Sequence[Entry], steps: Sequence[Step]) -> str:
    """The old text with just the new characters of what the program wrote; or that, where it can't be told apart."""
    try:
        documents, new = layout.parse(text), layout.parse(written)
        places = {(number, leaf.path) for number, document in enumerate(documents) for leaf in document.leaves}
        if places != {(entry.document, entry.path) for entry in entries}:
            return written
        return edit_text(text, layout, documents, entries, steps, ProgramSealer(new, steps))[0]
    except Unsure:
        return written


def metadata_leniently(text: str, format: Format, layout: Layout) -> dict[str, Any]:
    """The metadata of a text that the reader is unsure of; empty where it can't be read."""
    try:
        documents = layout.parse(text)
        found = documents[0].metadata if documents else None
    except Unsure:
        found = None
        if format is Format.YAML:
            with contextlib.suppress(yaml.YAMLError, StopIteration, TypeError, ValueError, RecursionError):
                first = next(iter(yaml.safe_load_all(text)))
                found = first.get("sops") if isinstance(first, dict) else None
    return found if isinstance(found, dict) else {}


class ProgramSealer:
    """Takes the encrypted texts from what the program made, so that only they are put into the old text.

    Args:
        steps: What it did. Values are asked for by their paths before items were removed.
    """

    def __init__(self, written: list[Document], steps: Sequence[Step]) -> None:
        self._written = written
        self._items = [step.path for step in steps if step.removed and isinstance(step.path[-1], int)]

    def seal(self, document: int, path: KeyPath, context: str, value: Value, kind: str) -> str | None:
        after = moved_by_all(path, self._items)
        leaf = self._written[document].at(after) if after else None
        if not isinstance(leaf, Leaf):
            raise Unsure("a key is not where it was put")
        if isinstance(leaf.value, str) and (leaf.value.startswith(SEALED) or not leaf.value):
            return leaf.value
        return None

    def stamp(self, entries: Sequence[Entry]) -> tuple[str, str]:
        mac, lastmodified = self._written[0].mac, self._written[0].lastmodified
        if mac is None or lastmodified is None:
            raise Unsure("its metadata is oddly written")
        return str(mac.value), str(lastmodified.value)


def refusal(refused: Refused, text: str, name: str, format: Format, layout: Layout, keys: AgeKeys, unsure: Unsure) -> Failure:
    """What to tell when the program refuses to decrypt."""
    if unsure.failure is not None:
        return unsure.failure
    if refused.code == 128:
        return cannot_open(recipients_of(metadata_leniently(text, format, layout)), name, keys)
    if refused.code in (51, 52):
        return mac_mismatch(name)
    if refused.no_metadata:
        return not_encrypted(name)
    if unsure.broken:
        return Failure(f"{name} {unsure.broken}.", state=UNCHANGED, remedy="Take the file's last good version from Git.")
    what = "a value can't be decrypted, or is in plain text against the file's rules"
    if refused.code != 25:
        what = f"sops can't read it and ended with code {refused.code}"
    return Failure(
        f"{name}: {what}. The program was asked because {unsure.reason}.",
        state=UNCHANGED,
        remedy=f"Run sops decrypt {name} by hand, with nobody watching: its message may quote a value.",
    )


def _encrypted_places(text: str, layout: Layout) -> set[tuple[int, KeyPath]] | None:
    try:
        documents = layout.parse(text)
    except Unsure:
        return None
    return {
        (number, leaf.path)
        for number, document in enumerate(documents)
        for leaf in document.leaves
        if isinstance(leaf.value, str) and leaf.value.startswith(SEALED)
    }


def _index(path: KeyPath, name: str) -> str:
    for part in path:
        if isinstance(part, str) and (not part or any(character in part for character in "[]")):
            raise Failure(
                f"{name}: sops can't address {show(path)}.",
                state=UNCHANGED,
                remedy="Give the key a name that is not empty and has no brackets.",
            )
    return "".join(f"[{part}]" if isinstance(part, int) else f'["{part}"]' for part in path)


def _from_json(text: str, name: str) -> Any:
    def pairs(found: list[tuple[str, Any]]) -> dict[str, Any]:
        if len({key for key, _value in found}) != len(found):
            raise Failure(f"{name} has a key twice.", state=UNCHANGED, remedy="Remove one of the two with sops.")
        return dict(found)

    return json.loads(text, object_pairs_hook=pairs)


def _walk(node: Any, path: KeyPath) -> Iterator[tuple[KeyPath, Any]]:
    yield path, node
    for part, value in node.items() if isinstance(node, dict) else enumerate(node) if isinstance(node, list) else ():
        yield from _walk(value, (*path, part))
