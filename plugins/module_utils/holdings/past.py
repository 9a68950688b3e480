# SPDX-License-Identifier: GPL-3.0-or-later
"""What only the Git history tells: when a value last changed, what was there before, what a rollback withdrew."""

from __future__ import annotations

import dataclasses
import datetime
import itertools
import re
from collections.abc import Collection, Iterator, Mapping, Sequence

from ..estate.model import Copy, Place
from ..failure import Failure
from ..git.file_changes import FileChange
from ..git.history import History, Version
from ..seaweedfs.identities import InvalidDocument, MasterIdentity, parse
from ..sops.age_keys import AgeKeys
from ..sops.cipher import SEALED
from ..sops.format import Format
from ..sops.sops_file import SopsFile
from . import master, places

WITHDRAWN = "Withdrawn-Access-Key"
"""The trailer of a rollback's commits: this key is on its way out, however young it is.

Where the access key id stays in use with another secret key, this trailer and the next name the credential by a commit too, at
which the master had it: ``daggy 0123456789ab``.
"""

REVOKED = "Revoked-Access-Key"
"""The trailer of a commit that retires a key for good: no rollback brings it back."""

CHANGED = "Changed-Copies-Of"
"""The trailer of a commit that changes an identity's copies in a single step: no later state shows whether it was delivered."""

Pair = tuple[str, str]
"""An access key id and its secret key."""

MANY_GONE = 10
"""How many credentials of an identity are looked for that went long ago."""


@dataclasses.dataclass(frozen=True)
class Birth:
    """Since when a credential is known to be in the master.

    Attributes:
        time: The committer time of the oldest version that has it.
        maybe_older: Where it was before can't be read: the version before that can't be decrypted or holds no document at the
            place, or the file may have come from another path.
    """

    time: datetime.datetime
    maybe_older: bool = False


class Past:
    """The history of the estate's files, read through the workspaces. What can't be decrypted any more ends the reading.

    Args:
        histories: The history of each repository.
        keys: Where age keys come from.
        withdrawn: Access key ids that count as withdrawn though no commit says so: in check mode none is made.
    """

    def __init__(self, histories: Mapping[str, History], keys: AgeKeys, withdrawn: Collection[str] = ()) -> None:
        self._histories = histories
        self._keys = keys
        self._withdrawn = frozenset(withdrawn)

    def masters(self, place: Place, *, start: str = "HEAD") -> Iterator[tuple[Version, tuple[MasterIdentity, ...]]]:
        """The master's earlier documents, newest first, as far back as they can be read."""
        for version, identities in self._documents(place, start):
            if identities is not None:
                yield version, identities

    def births(self, place: Place, wanted: Collection[Pair]) -> dict[Pair, Birth]:
        """When each credential first was in the master as it is: one that went and came back is as old as it ever was.

        A credential that no commit holds yet is left out.
        """
        found: dict[Pair, Birth] = {}
        unknown = False
        for version, identities in self._from_the_oldest(place):
            there = (_pairs(identities or ()) & set(wanted)) - found.keys()
            if there:
                found.update(dict.fromkeys(there, Birth(version.time, unknown or self._is_from_elsewhere(place, version))))
            if len(found) == len(set(wanted)):
                break
            unknown = identities is None
        return found

    def _is_from_elsewhere(self, place: Place, version: Version) -> bool:
        return version.added and self._histories[place.repository].is_from_elsewhere(version.commit, place.file, SEALED)

    def switched_at(self, copy: Copy, pair: Pair) -> datetime.datetime | None:
        """When a copy took the credential that it holds; None where no commit holds it yet."""
        since = None
        for version, file in self._files(copy.access_key, "HEAD"):
            if file is None or pair != (_value(file, copy.access_key), _value(file, copy.secret_key)):
                break
            since = version.time
        return since

    def removed_since(
        self, place: Place, base: str, present: Collection[Pair], back_to: datetime.datetime | None = None
    ) -> dict[str, set[Pair]]:
        """Credentials per identity that the master had, and has no more.

        Args:
            place: The master.
            base: The commit before which a run began: what the master had since then counts, and in the two versions before.
            present: What the master has now.
            back_to: What it had at any time since then counts as well, but for each identity no more than ``MANY_GONE``: where
                keys live a day, each run has proven those of the runs before. None: all that it ever had.
        """
        gone: dict[str, set[Pair]] = {}
        ours = list(self.masters(place, start=f"{base}..HEAD"))
        at_least = len(ours) + 2
        for number, (version, identities) in enumerate(itertools.chain(ours, self.masters(place, start=base)), 1):
            for identity in identities:
                for c in identity.credentials:
                    pair, known = (c.access_key_id, c.secret_key), gone.setdefault(identity.name, set())
                    few = back_to is None or number <= at_least or len(known) < MANY_GONE
                    if few and not (c.inactive or c.is_reference or pair in present):
                        known.add(pair)
            if back_to is not None and number >= at_least and version.time < back_to:
                break
        return {name: pairs for name, pairs in gone.items() if pairs}

    def before(self, place: Place, identity: str, present: Pair, but: Collection[str]) -> Pair | None:
        """The credential that an identity had in the master before ``present``; none whose access key id is in ``but``."""
        for _version, identities in self.masters(place):
            for found in identities:
                for c in reversed(found.credentials if found.name == identity else ()):
                    pair = (c.access_key_id, c.secret_key)
                    if pair != present and c.access_key_id not in but and not (c.inactive or c.is_reference):
                        return pair
        return None

    def values(self, wanted: Collection[Place]) -> Iterator[tuple[Place, str]]:
        """Every value that each place ever had, as far back as its file can be read."""
        held: dict[str, dict[str, list[Place]]] = {}
        for place in wanted:
            held.setdefault(place.repository, {}).setdefault(place.file, []).append(place)
        for repository, files in held.items():
            history = self._histories[repository]
            for name, contents in history.contents(files).items():
                for file in self._opened(history, contents, files[name][0]):
                    values = ((place, _value(file, place)) for place in files[name])
                    yield from ((place, value) for place, value in values if value)

    def _opened(self, history: History, contents: Sequence[FileChange], place: Place) -> Iterator[SopsFile]:
        """Contents of a file, up to the first that can't be decrypted."""
        for change, text in history.texts(contents):
            file = self._file(place, change.commit, text)
            if file is None:
                return
            yield file

    def trailers(self, key: str, since: datetime.datetime | None = None) -> set[str]:
        """The values of a trailer over all repositories."""
        told = {value for history in self._histories.values() for _commit, _time, value in history.trailers(key, since=since)}
        return told | self._withdrawn if key == WITHDRAWN else told

    def replaced(self, place: Place, since: datetime.datetime) -> set[str]:
        """The identities whose secret key was changed under its access key id since then, as ``CHANGED`` says where it comes with
        a change of the master; a sync changes copies only.
        """
        history = self._histories[place.repository]
        told = history.trailers(CHANGED, since=since)
        changes = history.that_changed(place.file, {commit for commit, _time, _name in told})
        return {name for commit, _time, name in told if commit in changes}

    def mark(self, place: Place, pair: Pair) -> str | None:
        """How a trailer names a credential whose access key id stays in use; None where no commit holds it, so that none can
        bring it back.

        It is by the newest commit that has it, which can be read for as long as the credential can be found in the history.
        """
        commits = (version.commit for version, identities in self.masters(place) if pair in _pairs(identities))
        commit = next(commits, None)
        return f"{pair[0]} {commit[:12]}" if commit else None

    def is_marked(self, key: str, place: Place, pair: Pair) -> bool:
        """Whether a trailer ``key`` names a credential as ``mark`` does.

        A commit that can't be decrypted any more, or at which the master was elsewhere, is none that had this credential: it is
        older than all in which the credential could be found.

        Raises:
            Failure: A commit that is named is not there.
        """
        for value in self.trailers(key):
            access_key_id, _space, commit = value.rpartition(" ")
            if access_key_id == pair[0] and pair in self._held_at(place, access_key_id, commit):
                return True
        return False

    def _held_at(self, place: Place, access_key_id: str, commit: str) -> set[Pair]:
        history = self._histories[place.repository]
        if not re.fullmatch("[0-9a-f]{12,64}", commit) or not history.has(commit):
            raise Failure(
                f"The history of {place.repository} has no commit {commit}, by which a commit message names a secret of "
                f"{access_key_id} that was withdrawn or revoked: nobody can tell which one.",
                state="Nothing was changed.",
                remedy="Rotate instead of rolling back.",
            )
        text = history.read(commit, place.file)
        return _pairs((self._identities(place, self._file(place, commit, text)) if text else None) or ())

    def _from_the_oldest(self, place: Place) -> Iterator[tuple[Version, tuple[MasterIdentity, ...] | None]]:
        """The master's versions, oldest first. Where the oldest can't be read, those that come before the newest unreadable are
        left out: there may be many, and to find out costs a start of sops for each.
        """
        documents = self._documents(place, "HEAD", oldest_first=True)
        oldest = next(documents, None)
        if oldest is None or oldest[1] is not None:
            return itertools.chain([oldest] if oldest else [], documents)
        return reversed(list(self._documents(place, "HEAD")))

    def _documents(
        self, place: Place, start: str, *, oldest_first: bool = False
    ) -> Iterator[tuple[Version, tuple[MasterIdentity, ...] | None]]:
        """The master's versions, with None where one can't be decrypted or has no valid document there."""
        for version, file in self._files(place, start, oldest_first=oldest_first):
            yield version, self._identities(place, file)

    def _identities(self, place: Place, file: SopsFile | None) -> tuple[MasterIdentity, ...] | None:
        try:
            return parse(master.text_of(file, place)) if file else None
        except (places.NoValue, InvalidDocument):
            return None

    def _files(self, place: Place, start: str, *, oldest_first: bool = False) -> Iterator[tuple[Version, SopsFile | None]]:
        """A file's versions, with None for one that can't be decrypted; newest first, that one is the last."""
        for version in self._histories[place.repository].versions(place.file, start=start, oldest_first=oldest_first):
            file = self._file(place, version.commit, version.text)
            yield version, file
            if file is None and not oldest_first:
                return

    def _file(self, place: Place, commit: str, text: str) -> SopsFile | None:
        name = f"{place.repository}:{place.file} at {commit[:12]}"
        try:
            return SopsFile.parse(text, name=name, format=Format.of(place.file), keys=self._keys)
        except Failure:
            return None


def _pairs(identities: Collection[MasterIdentity]) -> set[Pair]:
    return {(c.access_key_id, c.secret_key) for identity in identities for c in identity.credentials}


def _value(file: SopsFile, place: Place) -> str | None:
    try:
        return places.unwrap(file, place, places.raw(file, place))
    except places.NoValue:
        return None
