# SPDX-License-Identifier: GPL-3.0-or-later
"""Makes changes in a file's text, and touches no other character."""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence
from typing import Protocol

from .changes import Entry, Value
from .document import Branch, Document, Leaf, Node, child, holders
from .key_path import KeyPath
from .layout import Layout, NewScalar, Splice, apply
from .numbering import Place, without
from .steps import Step
from .unsure import Unsure


class Sealer(Protocol):
    """Where encrypted texts come from."""

    def seal(self, document: int, path: KeyPath, context: str, value: Value, kind: str) -> str | None:
        """The encrypted text of a new value, or None where the file's rules leave it plain."""

    def stamp(self, entries: Sequence[Entry]) -> tuple[str, str]:
        """The new MAC and ``lastmodified`` for these values."""


def edit_text(
    text: str,
    layout: Layout,
    documents: list[Document],
    entries: Sequence[Entry],
    steps: Sequence[Step],
    sealer: Sealer,
) -> tuple[str, list[Entry]]:
    """Make the steps.

    Args:
        steps: Each with its path as it is when those before it are made.

    Returns:
        The new text, and the entries that it ought to have.

    Raises:
        Unsure: The program should make this edit.
    """
    known = {(entry.document, entry.path): entry for entry in entries}
    splices: list[Splice] = []
    for step in steps:
        if step.exists and not step.removed:
            leaf = documents[step.document].at(step.path)
            if not isinstance(leaf, Leaf):
                raise Unsure("a key's place can't be told")
            sealed = _sealed(step, leaf.context, sealer, known)
            splices.append(layout.scalar(text, leaf, sealed.encrypted, step.value))
    for step in steps:
        if step.removed or not step.exists:
            text = apply(text, splices)
            splices = []
            documents = layout.parse(text)
            text, documents = _restructure(text, layout, documents, step, sealer, known)
    after = [known[(number, leaf.path)] for number, document in enumerate(documents) for leaf in document.leaves]
    mac, lastmodified = sealer.stamp(after)
    for document in documents:
        if document.metadata is None:
            continue
        if document.mac is None or document.lastmodified is None:
            raise Unsure("its metadata is oddly written")
        splices.append(layout.scalar(text, document.mac, mac, None))
        splices.append(_text_splice(text, document.lastmodified, lastmodified))
    return apply(text, splices), after


def _sealed(step: Step, context: str, sealer: Sealer, known: dict[tuple[int, KeyPath], Entry]) -> NewScalar:
    encrypted = None if step.value is None else sealer.seal(step.document, step.path, context, step.value, step.kind)
    held = bool(encrypted)
    known[(step.document, step.path)] = Entry(step.document, step.path, step.value, step.kind, held)
    return NewScalar(encrypted, step.value)


def _restructure(
    text: str,
    layout: Layout,
    documents: list[Document],
    step: Step,
    sealer: Sealer,
    known: dict[tuple[int, KeyPath], Entry],
) -> tuple[str, list[Document]]:
    document = documents[step.document]
    expected = _held(documents)
    if step.removed:
        place = (step.document, step.path)
        holder = document.at(step.path[:-1])
        if holder is None or isinstance(holder, Leaf):
            raise Unsure("the key's place can't be told")
        splice = layout.removal(text, document, holder, step.path[-1])
        left = without(known, place)
        known.clear()
        known.update({(number, path): dataclasses.replace(entry, path=path) for (number, path), entry in left.items()})
        expected = without(expected, place)
    else:
        branch, keys = _parent(document, step.path)
        context = branch.context + "".join(f"{key}:" for key in keys)
        new = _sealed(step, context, sealer, known)
        splice = layout.insertion(text, document, branch, keys, new)
        expected[(step.document, step.path)] = new.value if new.encrypted is None else new.encrypted
        for at in range(len(branch.path) + 1, len(step.path)):
            expected[(step.document, step.path[:at])] = Branch
    text = apply(text, [splice])
    documents = layout.parse(text)
    if _held(documents) != expected:
        raise Unsure("the change would have moved other keys")
    return text, documents


def _held(documents: list[Document]) -> dict[Place, object]:
    """The values as the text has them, and which places are mappings and lists."""
    held: dict[Place, object] = {(number, holder.path): type(holder) for number, holder in holders(documents)}
    return held | {(number, leaf.path): leaf.value for number, document in enumerate(documents) for leaf in document.leaves}


def _parent(document: Document, path: KeyPath) -> tuple[Branch, list[str]]:
    node: Node = document.root
    for at, part in enumerate(path):
        below = child(node, part)
        if below is None or at == len(path) - 1:
            keys = [key for key in path[at:] if isinstance(key, str)]
            if not isinstance(node, Branch) or len(keys) != len(path) - at:
                raise Unsure("the key's place is in a list, or in something that is not a mapping")
            return node, keys
        node = below
    raise Unsure("the key's place can't be told")


def _text_splice(text: str, leaf: Leaf, new: str) -> Splice:
    at = text.find(str(leaf.value), leaf.start, leaf.end)
    if at < 0:
        raise Unsure("its lastmodified is oddly written")
    return Splice(at, at + len(str(leaf.value)), new)
