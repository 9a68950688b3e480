# SPDX-License-Identifier: GPL-3.0-or-later
"""The estate's files in the workspaces: opened once, changed in memory, written together."""

from __future__ import annotations

import datetime
from collections.abc import Mapping, Sequence
from pathlib import Path

from ..estate.model import Place
from ..failure import Failure
from ..sops.age_keys import AgeKeys
from ..sops.key_path import KeyPath
from ..sops.replace import replace_file
from ..sops.sops_file import Remove, Set, SopsFile
from . import places

Name = tuple[str, str]
"""A repository's name and a file's path in it."""


class Files:
    """Values by place. What is set shows at once, and reaches the disk with ``write``.

    Args:
        folders: The workspace of each repository.
        keys: Where age keys come from.
    """

    def __init__(self, folders: Mapping[str, Path], keys: AgeKeys) -> None:
        self._folders = folders
        self._keys = keys
        self._opened: dict[Name, SopsFile] = {}
        self._changes: dict[Name, dict[tuple[int | None, KeyPath], Set | Remove]] = {}

    def path(self, name: Name) -> Path:
        repository, file = name
        return self._folders[repository] / file

    def opened(self, name: Name) -> SopsFile:
        """The file as it is on the disk.

        Raises:
            Failure: It isn't there or can't be read.
        """
        if name not in self._opened:
            path = self.path(name)
            if not path.is_file():
                raise Failure(f"{':'.join(name)} is not there.", state="Nothing was changed.", remedy="Correct its path.")
            if path.resolve() != self._folders[name[0]].resolve() / name[1]:
                # what is changed through it would not be in the commit
                raise Failure(
                    f"{':'.join(name)} is a symbolic link, or lies behind one.",
                    state="Nothing was changed.",
                    remedy="Name the file that it leads to.",
                )
            try:
                self._opened[name] = SopsFile.load(path, self._keys)
            except Failure as failure:
                raise failure.about(str(path), ":".join(name), name[1]) from None
        return self._opened[name]

    def value(self, place: Place) -> str:
        """The value at a place, changes included.

        Raises:
            places.NoValue: There is none.
            Failure: The file can't be read.
        """
        return places.unwrap(self.opened((place.repository, place.file)), place, self._raw(place))

    def set(self, place: Place, value: str) -> None:
        """Change the value at a place that has one."""
        name = (place.repository, place.file)
        text = places.wrap(self.opened(name), place, self._raw(place), value)
        document, key = self._key(place)
        self._changes.setdefault(name, {})[document, key] = Set(key, text, document)

    def change(self, name: Name, changes: Sequence[Set | Remove]) -> None:
        """Change keys of a file directly."""
        pending = self._changes.setdefault(name, {})
        pending.update({(change.document, change.path): change for change in changes})

    def write(self, now: datetime.datetime, *, really: bool) -> list[Name]:
        """Write the changed files, each atomically, and say which they are. Without ``really`` only say it."""
        edited = {name: self.opened(name).edit(list(changes.values()), now=now) for name, changes in self._changes.items()}
        changed = {name: file for name, file in edited.items() if file.text != self.opened(name).text}
        self._changes.clear()
        for name, file in changed.items():
            if really:
                try:
                    replace_file(self.path(name), file, self._keys)
                except Failure as failure:
                    raise failure.about(str(self.path(name)), ":".join(name), name[1]) from None
                del self._opened[name]
            else:
                self._opened[name] = file
        return list(changed)

    def _raw(self, place: Place) -> str:
        pending = self._changes.get((place.repository, place.file), {}).get(self._key(place))
        if isinstance(pending, Set):
            return str(pending.value)
        return places.raw(self.opened((place.repository, place.file)), place)

    def _key(self, place: Place) -> tuple[int | None, KeyPath]:
        """The one name of a value that several places may write differently."""
        entry = self.opened((place.repository, place.file)).find(place.key, place.document)
        return (entry.document, entry.path) if entry else (place.document, place.key)
