# SPDX-License-Identifier: GPL-3.0-or-later
"""One encrypted file."""

from __future__ import annotations

import dataclasses
import hashlib
import hmac
import os
from collections.abc import Mapping, Sequence
from datetime import datetime
from pathlib import Path

from ..failure import Failure
from .age_keys import AgeKeys
from .changes import Change, Entry, Remove, Set, Value
from .document import holders
from .editing import edit_text
from .format import Format
from .header import recipients_of
from .index import Index
from .key_path import KeyPath
from .layout import Layout
from .layouts import layout_of
from .numbering import Place, without
from .opened import UNCHANGED, Opened, open_text
from .program import SopsProgram
from .program_reading import edit_with_program, least_change, metadata_leniently, read_with_program
from .rules import Rules
from .sealing import DataKeySealer
from .steps import Step, effective_steps
from .unsure import Unsure

__all__ = ["Entry", "Format", "Remove", "Set", "SopsFile"]

Values = dict[tuple[int, KeyPath], tuple[Value, str]]

_OF_THIS_PROCESS = os.urandom(32)


@dataclasses.dataclass(eq=False)
class _Contents:
    """What was read from a text: in process, or by the program (``opened`` is None then, and ``unsure`` says why).

    The places of mappings and lists are in ``holders`` in the second case; in the first the text's parts tell them.
    """

    entries: list[Entry]
    document_count: int
    opened: Opened | None
    unsure: Unsure | None
    holders: frozenset[Place] = frozenset()


class SopsFile:
    """A decrypted SOPS file, with its MAC checked. It never changes: an edit makes a new one.

    Made by ``load`` and ``parse``.

    Attributes:
        name: What errors call it.
        text: Its encrypted text.
        format: Its format.
        loaded_from: The file and its text before any edit, or None where it came from elsewhere.
    """

    def __init__(
        self,
        text: str,
        *,
        name: str,
        format: Format,
        keys: AgeKeys,
        environ: Mapping[str, str],
        loaded_from: tuple[Path, str] | None,
        contents: _Contents | None = None,
    ) -> None:
        self.name = name
        self.text = text
        self.format = format
        self._keys = keys
        self._environ = environ
        self.loaded_from = loaded_from
        self._layout: Layout = layout_of(format, name)
        self._contents = contents or self._read()
        self._known_index: Index | None = None

    @classmethod
    def load(cls, path: Path, keys: AgeKeys, environ: Mapping[str, str] | None = None) -> SopsFile:
        """Read and decrypt a file.

        Args:
            path: The file. Its name says its format, as for SOPS.
            keys: Where age keys come from.
            environ: The environment of the program ``sops`` where it is needed; the keys' own if None.

        Raises:
            Failure: It can't be read, can't be opened, was tampered with, or is not encrypted.
        """
        format = Format.of(path)
        layout_of(format, str(path))
        environ = keys.environ if environ is None else environ
        text = read_text(path)
        return cls(text, name=str(path), format=format, keys=keys, environ=environ, loaded_from=(path, text))

    @classmethod
    def parse(cls, text: str, *, name: str, format: Format, keys: AgeKeys) -> SopsFile:
        """Decrypt a text, for example a version out of the Git history. ``name`` is used in errors."""
        return cls(text, name=name, format=format, keys=keys, environ=keys.environ, loaded_from=None)

    @property
    def recipients(self) -> tuple[str, ...]:
        """Who can open the file, for example ``age1…`` or ``pgp:…``."""
        if self._contents.opened is not None:
            return self._contents.opened.header.recipients
        return recipients_of(metadata_leniently(self.text, self.format, self._layout))

    @property
    def document_count(self) -> int:
        """How many documents the file has; more than one only in YAML."""
        return self._contents.document_count

    @property
    def data_key_fingerprint_key(self) -> bytes:
        """A key for fingerprints that only those have who can open the file.

        Where only the program could open it there is no data key at hand; the key is then a random one of this process:
        equal secrets look equal within a run, not from run to run.
        """
        secret = self._contents.opened.data_key if self._contents.opened is not None else _OF_THIS_PROCESS
        # HKDF (RFC 5869) with SHA-256, and one block of output.
        extracted = hmac.new(b"\x00" * 32, secret, hashlib.sha256).digest()
        return hmac.new(extracted, b"lotus_lake.secrets fingerprints\x01", hashlib.sha256).digest()

    def entries(self) -> list[Entry]:
        """All values in document order. Empty mappings and lists have none."""
        return list(self._contents.entries)

    def values(self) -> Values:
        """Value and type by document and path, to compare with those of another version."""
        return {(entry.document, entry.path): (entry.value, entry.type) for entry in self._contents.entries}

    def find(self, path: KeyPath, document: int | None = None) -> Entry | None:
        """The value at a path, or None. Without a document: in the only document that has it (several: Failure)."""
        if self._known_index is None:
            self._known_index = Index(self._contents.entries, self.document_count, self.name)
        return self._known_index.find(path, document)

    def has(self, path: KeyPath, document: int | None = None) -> bool:
        """Whether a value, a mapping or a list is at a path. Without a document: in one (several: Failure)."""
        index = Index(self._contents.entries, self.document_count, self.name, self._holders())
        return index.place_of(path, document) is not None

    def edit(self, changes: Sequence[Change], *, now: datetime) -> SopsFile:
        """The file with the changes made, as a new object; this one where nothing changes in effect.

        Args:
            changes: Made in one edit with one new MAC. Setting an equal value changes nothing.
            now: What the file's ``lastmodified`` becomes (the program, where it is needed, takes its own clock).

        Raises:
            Failure: A change can't be made; see ``Set`` and ``Remove``.
        """
        steps = effective_steps(
            changes,
            self._contents.entries,
            self._holders() if any(isinstance(change, Remove) for change in changes) else (),
            document_count=self.document_count,
            name=self.name,
            only_text=self._layout.only_text,
        )
        if not steps:
            return self
        unsure = self._contents.unsure
        opened = self._contents.opened
        if opened is not None:
            try:
                return self._edit_here(opened, steps, now)
            except Unsure as reason:
                unsure = reason
        return self._edit_with_program(steps, unsure or Unsure("it was read with it"))

    def is_plain_by_rules(self, path: KeyPath) -> bool:
        """Whether the file's rules (``encrypted_regex`` and so on) leave this key in plain text.

        Where a rule is beyond this library (one about comments), a key that is there counts as it is held, and one that
        is not there counts as plain.
        """
        if self._contents.opened is not None:
            return not self._contents.opened.rules.encrypts(path)
        held = [self.find(path, document) for document in range(self.document_count)]
        entries = [entry for entry in held if entry is not None and entry.type != "null"]
        if entries:
            return not all(entry.encrypted for entry in entries)
        try:
            return not Rules(metadata_leniently(self.text, self.format, self._layout)).encrypts(path)
        except Unsure:
            return True

    def __repr__(self) -> str:
        return f"<SopsFile {self.name}>"

    def _read(self) -> _Contents:
        try:
            opened = open_text(self.text, self.name, self._layout, self._keys)
        except Unsure as unsure:
            program = self._program(unsure)
            entries, count, held_more = read_with_program(
                self.text, self.name, self.format, self._layout, self._keys, program, unsure
            )
            return _Contents(entries, count, None, unsure, held_more)
        return _Contents(opened.entries, len(opened.documents), opened, None)

    def _edit_here(self, opened: Opened, steps: Sequence[Step], now: datetime) -> SopsFile:
        # An edited file knows its values, and not yet where they are in its text.
        documents = opened.documents or self._layout.parse(self.text)
        entries = self._contents.entries
        text, after = edit_text(self.text, self._layout, documents, entries, steps, DataKeySealer(opened, now))
        contents = _Contents(after, self.document_count, dataclasses.replace(opened, documents=[], entries=after), None)
        return self._with(text, contents)

    def _edit_with_program(self, steps: Sequence[Step], unsure: Unsure) -> SopsFile:
        written = edit_with_program(self.text, self.name, self.format, steps, self._program(unsure))
        edited = self._with(least_change(self.text, written, self._layout, self._contents.entries, steps), None)
        expected, held_more = self.values(), dict.fromkeys(self._holders())
        for step in steps:
            place = (step.document, step.path)
            if step.removed:
                expected, held_more = without(expected, place), without(held_more, place)
            else:
                expected[place] = (step.value, step.kind)
                held_more.pop(place, None)
                held_more.update(dict.fromkeys((step.document, step.path[:at]) for at in range(1, len(step.path))))
        structure = self._layout.only_text or edited._holders() == held_more.keys()
        if not structure or not _alike(edited.values(), expected):
            raise Failure(
                f"{self.name}: sops did not make just the change that was asked for.",
                state=UNCHANGED,
                remedy="Make the change by hand with `sops edit`, and look at what else changes.",
            )
        return edited

    def _holders(self) -> frozenset[Place]:
        if self._layout.only_text:
            # A section without keys is of no interest.
            return frozenset()
        if self._contents.opened is None:
            return self._contents.holders
        documents = self._contents.opened.documents or self._layout.parse(self.text)
        return frozenset((number, holder.path) for number, holder in holders(documents))

    def _with(self, text: str, contents: _Contents | None) -> SopsFile:
        return SopsFile(
            text,
            name=self.name,
            format=self.format,
            keys=self._keys,
            environ=self._environ,
            loaded_from=self.loaded_from,
            contents=contents,
        )

    def _program(self, unsure: Unsure) -> SopsProgram:
        try:
            config = _config_for(self.loaded_from[0] if self.loaded_from else None)
            return SopsProgram.find(
                self._environ, name=self.name, reason=unsure.reason, config=config, progress=self._keys.progress
            )
        except Failure:
            if unsure.failure is not None:
                raise unsure.failure from None
            if unsure.broken:
                raise Failure(
                    f"{self.name} {unsure.broken}.",
                    state=UNCHANGED,
                    remedy="Take the file's last good version from Git.",
                ) from None
            raise


def read_text(path: Path) -> str:
    """A file's text, with its line ends as they are; a Failure where it can't be read."""
    try:
        return path.read_bytes().decode()
    except FileNotFoundError:
        raise Failure(f"{path} does not exist.", state=UNCHANGED, remedy="Correct its path.") from None
    except OSError as error:
        raise Failure(
            f"{path} can't be read: {error.strerror}.",
            state=UNCHANGED,
            remedy="Name a file that this user may read.",
        ) from None
    except UnicodeDecodeError:
        raise Failure(
            f"{path} is not UTF-8 text.",
            state=UNCHANGED,
            remedy="Take the file's last good version from Git, or name another file.",
        ) from None


def _config_for(path: Path | None) -> Path | None:
    folders = path.absolute().parents if path is not None else ()
    return next((config for folder in folders if (config := folder / ".sops.yaml").is_file()), None)


def _alike(found: Values, expected: Values) -> bool:
    return {place: _comparable(*held) for place, held in found.items()} == {
        place: _comparable(*held) for place, held in expected.items()
    }


def _comparable(value: Value, kind: str) -> tuple[str, str]:
    # The program has one type for all JSON numbers, and writes large whole ones as rounded as it holds them.
    return ("number", repr(float(value or 0))) if kind in ("int", "float") else (kind, repr(value))
