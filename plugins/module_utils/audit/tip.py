# SPDX-License-Identifier: GPL-3.0-or-later
"""All files of a repository as they are at the remote's tip, read out of Git: the workspace has the estate's only."""

from __future__ import annotations

import dataclasses
import functools
import posixpath
import re
from collections.abc import Collection, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from ..git.blobs import contents_of
from ..git.file_changes import FileChange, changes_anywhere, changes_with_moves
from ..git.history import History
from ..git.program import Git
from ..sops.creation_rules import NAME, CreationRule, CreationRules, folders_above
from ..sops.data_key import metadata_of
from ..sops.document import Document, Leaf
from ..sops.format import Format
from ..sops.key_path import KeyPath
from ..sops.layouts import layout_of
from ..sops.unsure import Unsure
from . import manifests, private_keys
from .finding import NotChecked, Where

_SECRET = r"""kind[\\"']*[[:blank:]]*:[[:blank:]]*\([&!][^[:blank:]]*[[:blank:]]*\)*[\\"']*Secret\b"""
_WORTH_A_LOOK = (r"ENC\[AES256_GCM,", _SECRET, *manifests.IN_BASE64, *private_keys.SIGNS, *private_keys.IN_BASE64)

_METADATA = re.compile(r"^(sops: *$|\[sops\]|sops_)|(?:^|[{,])\s*(\"sops\")\s*:", re.MULTILINE)
"""In YAML, INI, dotenv and JSON."""

_LINK = "120000"
"""The mode of a symbolic link in Git."""


@dataclasses.dataclass(frozen=True)
class TipFile:
    """One file at the tip.

    Attributes:
        documents: Its parts, still encrypted; empty where its format isn't one of SOPS, or it has something that only ``sops``
            understands.
    """

    repository: str
    file: str
    text: str
    documents: tuple[Document, ...]

    @property
    def is_sealed(self) -> bool:
        """Whether it has SOPS metadata."""
        return any(document.metadata is not None for document in self.documents)

    @property
    def metadata(self) -> Mapping[str, Any]:
        """Its SOPS metadata, empty where it has none."""
        return next((document.metadata for document in self.documents if document.metadata is not None), {})

    @functools.cached_property
    def metadata_anyway(self) -> Mapping[str, Any]:
        """The same of a binary file too, and of one that has something which only ``sops`` understands."""
        return self.metadata if self.documents else metadata_of(self.text, self.file)

    @property
    def metadata_line(self) -> int:
        """The line in which its SOPS metadata begins, from 1; 0 where none is found."""
        found = _METADATA.search(self.text)
        return self.line_at(found.start(found.lastindex or 0)) if found else 0

    def line_at(self, place: int) -> int:
        """The line of a character's place in the text, from 1."""
        return self.text.count("\n", 0, place) + 1

    def where(self, leaf: Leaf) -> Where:
        """A value of the file, for a finding."""
        return Where(self.repository, self.file, self.line_at(leaf.start), ".".join(map(str, leaf.path)))


class Tip:
    """The tip that the workspace ``folder`` of a repository stands at."""

    def __init__(self, name: str, folder: Path, history: History, git: Git) -> None:
        self.name = name
        self._folder = folder
        self._history = history
        self._git = git
        self._files: dict[str, TipFile | None] = {}
        self._rules: dict[str, CreationRules | None] = {}

    @functools.cached_property
    def commit(self) -> str:
        """The commit itself."""
        return self._git.run("rev-parse", "HEAD", at=self._folder).strip()

    @functools.cached_property
    def blobs(self) -> dict[str, str]:
        """The id of the content of each file at the tip."""
        return {name: blob for name, (_mode, blob) in self._listed.items()}

    @functools.cached_property
    def _listed(self) -> dict[str, tuple[str, str]]:
        """Mode and id of the content of each file at the tip."""
        told = self._git.run("ls-tree", "-r", "-z", "HEAD", at=self._folder)
        entries = (entry.partition("\t") for entry in told.split("\0") if entry)
        listed = ((name, *about.split()) for about, _tab, name in entries)
        # what is no blob is a submodule's commit
        return {name: (mode, blob) for name, mode, kind, blob in listed if kind == "blob"}

    def holds(self, blob: str) -> bool:
        """Whether a file at the tip has a content."""
        return blob in self.blobs.values()

    @functools.cached_property
    def candidates(self) -> tuple[TipFile, ...]:
        """The files that hold something encrypted, a Secret, or a private key; Git looks through all of them at once."""
        self._history.bring(self.blobs.values())
        patterns = [word for pattern in _WORTH_A_LOOK for word in ("-e", pattern)]
        found = self._git.attempt("grep", "-l", "-z", "-I", *patterns, "HEAD", "--", at=self._folder)
        # 1 says that it is in no file, and a content that git can't read changes neither code
        if found.code not in (0, 1) or re.search(r"^(error|fatal):", found.err, re.MULTILINE):
            raise found.failure(f"The files of {self.name} could not be looked through", state="Nothing was changed.")
        names = [name.removeprefix("HEAD:") for name in found.out.split("\0") if name]
        contents = contents_of([self.blobs[name] for name in names], self._folder, self._git)
        for name, content in zip(names, contents, strict=True):
            self._files[name] = self.parsed(name, content.decode("utf-8", "replace"))
        return tuple(file for name in names if (file := self._files[name]) is not None)

    def text(self, file: str) -> str | None:
        """A file's text, or None where it isn't there."""
        blob = self.blobs.get(file)
        return None if blob is None else self._history.content(blob)

    def file(self, name: str) -> TipFile | None:
        """A file with its parts, or None where it isn't there."""
        if name not in self._files:
            text = self.text(name)
            self._files[name] = None if text is None else self.parsed(name, text)
        return self._files[name]

    def parsed(self, name: str, text: str) -> TipFile:
        """A file with its parts, by a text that is known."""
        return TipFile(self.name, name, text, _documents(text, name))

    def not_sealed(self, wanted: Collection[str]) -> Iterator[tuple[str, str]]:
        """Name and text of those of some files that are not encrypted. A link is no file."""
        sealed = {held.file for held in self.candidates if held.metadata_anyway}
        names = [name for name in wanted if name not in sealed and self._listed[name][0] != _LINK]
        contents = contents_of([self.blobs[name] for name in names], self._folder, self._git)
        for name, content in zip(names, contents, strict=True):
            yield name, content.decode("utf-8", "replace")

    def past(self, files: Collection[str]) -> dict[str, list[FileChange]]:
        """The commits that changed each of some files, newest first, under their earlier paths too."""
        return changes_with_moves(self._folder, self._git, files)

    def texts(self, changes: Collection[FileChange]) -> Iterator[tuple[FileChange, str]]:
        """Each change with the text that it left."""
        return self._history.texts(changes)

    def everything_of(self, files: Sequence[str]) -> dict[str, list[tuple[str, str, str]]]:
        """Every content that each of some files ever had on any branch, each once: its id, its path then, and its text."""
        paths = {file: {file, *(change.path for change in changes)} for file, changes in self.past(files).items()}
        changes = list(changes_anywhere(self._folder, self._git, sorted(set().union(*paths.values()))))
        found = {}
        for file, known in paths.items():
            blobs = {change.blob: change for change in changes if change.path in known}
            found[file] = [(change.blob, change.path, text) for change, text in self.texts(list(blobs.values()))]
        return found

    def creation_rule(self, file: str) -> CreationRule | None:
        """The rule of the nearest ``.sops.yaml`` for a file, or None.

        Raises:
            Failure: The file of rules can't be used.
            Unsure: A rule may mean something else here than for sops.
        """
        for folder in folders_above(file):
            rules = self._creation_rules(folder)
            if rules is not None:
                return rules.of(file)
        return None

    def left_to_sops(self, file: str, unsure: Unsure) -> NotChecked:
        """That only the program can tell of a file."""
        return NotChecked(f"only sops can tell of {self.name}:{file}: {unsure.reason}")

    def _creation_rules(self, folder: str) -> CreationRules | None:
        if folder not in self._rules:
            text = self.text(posixpath.join(folder, NAME))
            self._rules[folder] = None if text is None else CreationRules(text, folder)
        return self._rules[folder]

    def line_of(self, file: str, key: KeyPath) -> int:
        """The line in which a key's value begins, from 1; 0 where nobody knows."""
        held = self.file(file)
        for document in held.documents if held else ():
            node = document.at(key)
            if held and key and node is not None:
                return held.line_at(node.start)
        return 0


def _documents(text: str, name: str) -> tuple[Document, ...]:
    format = Format.of(name)
    if format is Format.BINARY:
        return ()
    try:
        return tuple(layout_of(format, name).parse(text))
    except Unsure:
        return ()
