# SPDX-License-Identifier: GPL-3.0-or-later
"""The estate's identities as the repositories hold them now, ready for the state machine."""

from __future__ import annotations

import dataclasses
import datetime
from collections.abc import Mapping

from ..estate import model
from ..rotation import observed
from ..rotation.access_key import birth
from ..rotation.observed import Credential
from ..rotation.plans import Candidate, Strategy
from ..rotation.states import State, assess
from ..seaweedfs.identities import MasterCredential, MasterIdentity
from . import master, places
from .files import Files
from .past import WITHDRAWN, Birth, Pair, Past

CLOCKS = datetime.timedelta(days=1)
"""By how much the clocks of those who rotated and of those who committed may disagree."""


@dataclasses.dataclass(frozen=True)
class Held:
    """One identity: as declared, as the master has it (None where it isn't there), and what follows from both."""

    declared: model.Identity
    in_master: MasterIdentity | None
    candidate: Candidate


def observe(estate: model.Estate, files: Files, past: Past) -> dict[str, Held]:
    """All identities of the estate by name.

    Raises:
        Failure: The master can't be read.
    """
    masters = {identity.name: identity for identity in master.read(files, estate.master)}
    born = _births(estate, masters, past)
    withdrawn = _withdrawn(estate, masters, past)
    return {
        identity.name: _held(identity, masters.get(identity.name), files, past, born, withdrawn) for identity in estate.identities
    }


def _held(
    declared: model.Identity,
    found: MasterIdentity | None,
    files: Files,
    past: Past,
    born: Mapping[Pair, Birth],
    withdrawn: set[str],
) -> Held:
    listed = found.credentials if found else ()
    credentials = tuple(_credential(c, declared, born.get((c.access_key_id, c.secret_key)), withdrawn) for c in listed)
    copies = tuple(
        observed.Copy(str(copy), _value(files, copy.access_key), _value(files, copy.secret_key)) for copy in declared.copies
    )
    assessment = assess(observed.Identity(declared.name, found is not None, bool(found and found.disabled), credentials, copies))
    switched = None
    if assessment.state is State.SWITCHED and declared.rules.grace and assessment.target:
        pair = (assessment.target.access_key_id, assessment.target.secret_key)
        times = [past.switched_at(copy, pair) for copy in declared.copies]
        switched = None if None in times else max((t for t in times if t), default=assessment.target.born)
    return Held(declared, found, Candidate(assessment, declared.rules, switched))


def _credential(found: MasterCredential, declared: model.Identity, first: Birth | None, withdrawn: set[str]) -> Credential:
    since = birth(found.access_key_id)
    if first and since:
        # the history may begin too late, and no secret is older than an id that says when it was made
        first = Birth(since if first.maybe_older else max(since, first.time))
    return Credential(
        access_key_id=found.access_key_id,
        secret_key=found.secret_key,
        born=first.time if first else since,
        maybe_older=first is not None and first.maybe_older,
        inactive=found.inactive,
        reference=found.is_reference,
        kept=found.access_key_id in declared.keep,
        withdrawn=found.access_key_id in withdrawn,
    )


def _births(estate: model.Estate, masters: Mapping[str, MasterIdentity], past: Past) -> dict[Pair, Birth]:
    """From the history, for credentials whose id doesn't say it, or says only when the id was made.

    To read it costs a decryption for each version of the master. So where the secret is usually as old as its id, it is read
    only for identities of which a commit says that their secret was changed. One that somebody changed by hand counts as old as
    its id.
    """
    listed = [
        (identity, c) for identity in estate.identities if identity.name in masters for c in masters[identity.name].credentials
    ]
    told = [moment for _identity, c in listed if (moment := birth(c.access_key_id))]
    replaced = past.replaced(estate.master, min(told) - CLOCKS) if told else set()
    wanted = {
        (c.access_key_id, c.secret_key)
        for identity, c in listed
        if birth(c.access_key_id) is None or identity.rules.strategy is Strategy.IN_PLACE or identity.name in replaced
    }
    known = past.births(estate.master, wanted) if wanted else {}
    # in check mode no commit holds what this run would make
    return {**dict.fromkeys(wanted, Birth(datetime.datetime.now(datetime.UTC))), **known}


def _withdrawn(estate: model.Estate, masters: Mapping[str, MasterIdentity], past: Past) -> set[str]:
    """Looked for only where an overlap is under way, and no further back than the youngest key in one."""
    births = [
        birth(c.access_key_id)
        for identity in estate.identities
        if identity.name in masters and len(masters[identity.name].credentials) > 1
        for c in masters[identity.name].credentials
    ]
    if not births:
        return set()
    known = [moment for moment in births if moment]
    return past.trailers(WITHDRAWN, min(known) - CLOCKS if known else None)


def _value(files: Files, place: model.Place) -> str | None:
    try:
        return files.value(place) or None
    except places.NoValue:
        return None
