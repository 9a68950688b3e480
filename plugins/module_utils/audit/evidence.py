# SPDX-License-Identifier: GPL-3.0-or-later
"""What the rules of an audit look at. Each part is gathered when a rule asks for it first, and once."""

from __future__ import annotations

import dataclasses
import datetime
import functools
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from pathlib import Path

try:
    import ahocorasick_rs
except ImportError:  # operations check for it
    pass

from ..estate.model import Copy, Estate, Identity, Place
from ..failure import Failure
from ..git.blobs import blobs, commits_of
from ..git.history import History, promisor
from ..git.program import Git
from ..holdings import master, places
from ..holdings.files import Files, Name
from ..holdings.observe import Held
from ..holdings.opened import OpenedEstate
from ..holdings.past import Past
from ..rotation.observed import Credential
from ..s3.check import Finding as Proof
from ..seaweedfs.identities import MasterCredential, MasterIdentity
from ..sops.age_keys import AgeKeys
from ..sops.data_key import may_open
from ..sops.fingerprint import Fingerprints
from .checkout import Checkout
from .finding import NotChecked, Where
from .former_values import FormerValues
from .running import Running
from .secret_values import SHORTEST_NAMED
from .tip import Tip, TipFile
from .traces import Kind, Trace, traces

SHORTEST_SECRET_KEY = 8
"""Characters of one that is looked for everywhere. What is shorter counts only where it is called a secret."""


@dataclasses.dataclass(frozen=True)
class Asking:
    """What asks S3 and the cluster, and changes nothing there.

    Attributes:
        prove: Asks S3 about an estate's credentials, those of earlier times too.
        prove_each: The same for today's, at every pod of the gateways. Raises NotChecked where there is no cluster to ask.
        anonymous: What somebody without a credential may do in the declared buckets: endpoint, bucket and action, and the
            endpoints that gave no answer.
        running: What is in the cluster. Raises NotChecked where there is none to ask.
    """

    prove: Callable[[OpenedEstate], Sequence[Proof]]
    prove_each: Callable[[OpenedEstate], Sequence[Proof]]
    anonymous: Callable[[Estate], tuple[Sequence[tuple[str, str, str]], Mapping[str, str]]]
    running: Callable[[OpenedEstate], Running]


class Evidence:
    """An estate and all that can be learnt about it.

    Args:
        folders: The workspace of each repository.
        histories: Their histories.
        git: Runs git.
        now: The time of the audit, UTC.
        asking: How to learn what isn't in the repositories.

    Attributes:
        estate: As it is declared.
        checkouts: The user's own, by repository; none for one that has a URL.
    """

    def __init__(
        self,
        estate: Estate,
        folders: Mapping[str, Path],
        histories: Mapping[str, History],
        keys: AgeKeys,
        git: Git,
        now: datetime.datetime,
        asking: Asking,
    ) -> None:
        self.estate = estate
        self._folders = folders
        self._git = git
        self._asking = asking
        self.now = now
        self.keys = keys
        self._past = Past(histories, keys)
        self._files = Files(folders, keys)
        self.tips = {name: Tip(name, folder, histories[name], git) for name, folder in folders.items()}
        self.checkouts = {
            one.name: Checkout(Path(one.checkout), one.branch, self.tips[one.name].commit, estate.files(one.name), git)
            for one in estate.repositories
            if one.checkout
        }

    @functools.cached_property
    def unreadable(self) -> dict[Name, Failure]:
        """Why which of the estate's files can't be read."""
        found: dict[Name, Failure] = {}
        for repository in self.estate.repositories:
            for file in self.estate.files(repository.name):
                try:
                    self._files.opened((repository.name, file))
                except Failure as failure:
                    found[repository.name, file] = failure
        return found

    @functools.cached_property
    def master(self) -> tuple[MasterIdentity, ...]:
        """The identities of the master.

        Raises:
            NotChecked: It can't be read; rules of their own say why.
        """
        try:
            return self.read_master()
        except Failure:
            raise NotChecked(f"the master {self.estate.master} can't be read") from None

    def read_master(self) -> tuple[MasterIdentity, ...]:
        """The identities of the master.

        Raises:
            Failure: Why it can't be read.
        """
        return master.read(self._files, self.estate.master)

    @functools.cached_property
    def opened(self) -> OpenedEstate:
        """The estate with those of its copies that can be read.

        Raises:
            NotChecked: The master can't be read.
        """
        self.master  # noqa: B018 (raises)
        identities = tuple(
            dataclasses.replace(identity, copies=tuple(c for c in identity.copies if not self.missing(c)))
            for identity in self.estate.identities
        )
        place = self.estate.master
        fingerprints = Fingerprints(self._files.opened((place.repository, place.file)).data_key_fingerprint_key)
        readable = dataclasses.replace(self.estate, identities=identities)
        return OpenedEstate(readable, self._folders, self._files, self._past, fingerprints, self._git)

    @functools.cached_property
    def held(self) -> dict[str, Held]:
        """All identities as they are now; see ``opened``."""
        return self.opened.observe()

    def targets(self) -> Iterator[tuple[Held, Credential]]:
        """Each identity with the credential that its copies shall hold, where it has one; see ``opened``."""
        for held in self.held.values():
            target = held.candidate.assessment.target
            if target:
                yield held, target

    def of_master(self, identity: str) -> Where:
        """An identity in the master, for a finding."""
        return self.where(self.estate.master, identity)

    @property
    def fingerprints(self) -> Fingerprints:
        """How secrets are shown; see ``opened``."""
        return self.opened.fingerprints

    @functools.cached_property
    def proofs(self) -> Sequence[Proof]:
        """What S3 said about the credentials; see ``opened``."""
        return self._asking.prove(self.opened)

    @functools.cached_property
    def proofs_by_pod(self) -> Sequence[Proof]:
        """What every pod of the gateways said about today's credentials; see ``opened`` and ``Asking``."""
        return self._asking.prove_each(self.opened)

    @functools.cached_property
    def anonymous(self) -> tuple[Sequence[tuple[str, str, str]], Mapping[str, str]]:
        """What needs no credential; see ``Asking``."""
        return self._asking.anonymous(self.estate)

    @functools.cached_property
    def running(self) -> Running:
        """What is in the cluster; see ``opened`` and ``Asking``."""
        return self._asking.running(self.opened)

    @functools.cached_property
    def secret_keys(self) -> dict[str, str]:
        """Every secret key that any version of the master or of a copy ever had, with the identity that it belongs to.

        Raises:
            NotChecked: The master can't be read.
        """
        found = {c.secret_key: name for name, c in self._credentials_ever if not c.is_reference}
        whose = {copy.secret_key: declared.name for declared, copy in self.copies()}
        for place, secret_key in self._past.values(whose):
            found.setdefault(secret_key, whose[place])
        return {secret_key: name for secret_key, name in found.items() if len(secret_key) >= SHORTEST_NAMED}

    @functools.cached_property
    def _long_secret_keys(self) -> list[str]:
        return [secret_key for secret_key in self.secret_keys if len(secret_key) >= SHORTEST_SECRET_KEY]

    @functools.cached_property
    def former_values(self) -> FormerValues:
        """Every other secret that any version of the estate's files ever had.

        Raises:
            NotChecked: The master can't be read.
        """
        found = FormerValues()
        public = {c.access_key_id for _name, c in self._credentials_ever} | {name for name, _c in self._credentials_ever}
        for declared in self.estate.identities:
            public |= {declared.name, *declared.buckets}
        public |= {value for _place, value in self._past.values([copy.access_key for _declared, copy in self.copies()])}
        for name, tip in self.tips.items():
            found.add(tip, self.estate.files(name), self.keys)
        known = public | self.secret_keys.keys()
        for value in [one for one in found.places if one in known or self._has_secret_key(one)]:
            del found.places[value]
        return found

    @functools.cached_property
    def _has_secret_key(self) -> Callable[[str], bool]:
        """Whether a text has a long one of ``secret_keys`` in it."""
        search = ahocorasick_rs.AhoCorasick(self._long_secret_keys)
        return lambda text: bool(search.find_matches_as_indexes(text))

    @functools.cached_property
    def _credentials_ever(self) -> tuple[tuple[str, MasterCredential], ...]:
        """Every credential that any version of the master ever had, newest first, with its identity; see ``master``."""
        return tuple((one.name, c) for _commit, identities in self.masters for one in identities for c in one.credentials)

    @functools.cached_property
    def masters(self) -> tuple[tuple[str, tuple[MasterIdentity, ...]], ...]:
        """Every commit's version of the master that can be read, newest first; see ``master``."""
        self.master  # noqa: B018 (raises)
        return tuple((version.commit, identities) for version, identities in self._past.masters(self.estate.master))

    @functools.cached_property
    def in_use(self) -> set[str]:
        """The secret keys in the master; see ``master``."""
        return {c.secret_key for identity in self.master for c in identity.credentials}

    @functools.cached_property
    def refused(self) -> set[str]:
        """The secret keys of earlier credentials that every endpoint refuses; see ``proofs``."""
        asked = [(proof.check.credential.secret_key, proof.ok) for proof in self.proofs if not proof.check.accepted]
        return {secret_key for secret_key, _ok in asked} - {secret_key for secret_key, ok in asked if not ok}

    @functools.cached_property
    def traces(self) -> dict[str, tuple[tuple[Trace, str], ...]]:
        """What was found in the history of each repository, a value once for each file, with the commit that it came in with.

        Raises:
            NotChecked: The master can't be read, or a clone has no history at hand.
        """
        for name, folder in self._folders.items():
            if promisor(folder, self._git):
                raise NotChecked(f"{name} is a clone of the run's own, which has no history at hand; give it a checkout")
        found = {}
        former = self.former_values
        everywhere = {*self._long_secret_keys, *(value for value in former.places if value in former.anywhere)}
        named = {*self.secret_keys, *former.places}
        for name, folder in self._folders.items():
            seen = _first_of_each(traces(blobs(folder, self._git), everywhere, named))
            commits = commits_of({trace.blob for trace in seen}, folder, self._git)
            found[name] = tuple((trace, commits.get(trace.blob, "")) for trace in seen)
        return found

    def copies(self) -> Iterator[tuple[Identity, Copy]]:
        """Every declared copy with its identity."""
        for identity in self.estate.identities:
            for copy in identity.copies:
                yield identity, copy

    def missing(self, copy: Copy) -> str:
        """Why a copy can't be read, as the end of a sentence; empty where it can."""
        for place in (copy.access_key, copy.secret_key):
            name = (place.repository, place.file)
            if name in self.unreadable:
                return self.unreadable[name].what.rstrip(".")
            try:
                self._files.value(place)
            except (places.NoValue, Failure) as error:
                return f"{place}: {error}"
        return ""

    def opens(self, held: TipFile) -> bool:
        """Whether one of our age keys opens a file; others are somebody else's to read. What is odd may be ours."""
        return may_open(held.metadata, self.keys)

    def where(self, place: Place, identity: str = "") -> Where:
        """A place in the estate, for a finding."""
        tip = self.tips.get(place.repository)
        line = tip.line_of(place.file, place.key) if tip else 0
        return Where(place.repository, place.file, line, place.path, identity)


def _first_of_each(found: Iterable[Trace]) -> list[Trace]:
    """Of the contents of a file that have a value, the oldest. Git tells the newest contents first."""
    kept = {(one.kind, one.path, one.value, "" if one.kind is Kind.VALUE else (one.blob, one.line)): one for one in found}
    return list(kept.values())
