# SPDX-License-Identifier: GPL-3.0-or-later
"""Which state an identity is in, for everything that repositories can hold."""

from __future__ import annotations

import datetime
from typing import Any

import pytest
from ansible_collections.lotus_lake.secrets.plugins.module_utils.rotation.observed import Copy, Credential, Identity
from ansible_collections.lotus_lake.secrets.plugins.module_utils.rotation.states import STATES, State, assess
from hypothesis import given
from hypothesis import strategies as st

T0 = datetime.datetime(2026, 1, 1, tzinfo=datetime.UTC)
OLD = Credential("daggy", "old-secret", T0)
NEW = Credential("daggy-20260201T000000Z", "new-secret", T0 + datetime.timedelta(days=31))


def copy(holding: Credential | None, place: str = "lotus-lake:a.yaml:id") -> Copy:
    return Copy(place, holding.access_key_id, holding.secret_key) if holding else Copy(place, None, None)


def identity(
    credentials: list[Credential], *holding: Credential | None, present: bool = True, disabled: bool = False
) -> Identity:
    copies = tuple(copy(one, f"lotus-lake:{number}.yaml:id") for number, one in enumerate(holding))
    return Identity("daggy", present, disabled, tuple(credentials), copies)


EXAMPLES = {
    State.CURRENT: [identity([OLD], OLD, OLD), identity([NEW]), identity([OLD], OLD)],
    State.STAGED: [identity([OLD, NEW], OLD, OLD), identity([NEW, OLD], OLD, NEW), identity([OLD, NEW], OLD)],
    State.SWITCHED: [identity([OLD, NEW], NEW, NEW), identity([NEW, OLD], NEW), identity([OLD, NEW])],
    State.DRIFTED: [
        identity([OLD], None),
        identity([OLD], OLD, NEW),
        identity([OLD, NEW], OLD, None),
        identity([OLD], Credential("daggy", "another-secret")),
    ],
    State.INVALID: [
        identity([OLD], OLD, present=False),
        identity([OLD], OLD, disabled=True),
        identity([], OLD),
        identity([OLD, NEW, Credential("third", "x", T0)], OLD),
        identity([Credential("${ID}", "x", reference=True)], OLD),
        identity([OLD, Credential("daggy", "second-secret", T0)], OLD),
        identity([OLD, Credential("other", "x", T0)], OLD),
    ],
}


def test_the_table_explains_every_state() -> None:
    assert list(STATES) == list(State) == list(EXAMPLES)
    for meaning in STATES.values():
        assert meaning.master_holds
        assert meaning.next_step


@pytest.mark.parametrize(("state", "example"), [(state, one) for state, examples in EXAMPLES.items() for one in examples])
def test_each_state_is_what_the_repositories_show(state: State, example: Identity) -> None:
    found = assess(example)
    assert found.state is state
    assert (found.target is None) is (state is State.INVALID)
    if state is State.CURRENT:
        assert found.outgoing is None
        assert found.reasons == ()
    if state in (State.STAGED, State.SWITCHED):
        assert (found.target, found.outgoing) == (NEW, OLD)
    if state in (State.DRIFTED, State.INVALID):
        assert found.reasons
    assert "secret" not in " ".join(found.reasons).replace("another secret key", "")


@pytest.mark.parametrize(
    ("example", "reason"),
    [
        (identity([OLD], OLD, present=False), "daggy is not in the master: add it there, or take it out of the estate"),
        (identity([OLD], OLD, disabled=True), "daggy is disabled in the master, so no key of it works: enable it"),
        (identity([], OLD), "daggy has no credential in the master that works: give it one"),
        (identity([Credential("a", "b", inactive=True)]), "no credential in the master that works (1 with status Inactive)"),
        (
            identity([OLD, NEW, Credential("third", "x", T0)]),
            "3 credentials (daggy, daggy-20260201T000000Z, third): name those to leave",
        ),
        (identity([Credential("${ID}", "x", reference=True)]), "comes from the gateway's environment (${NAME})"),
        (identity([OLD, Credential("daggy", "other")]), "two credentials under the access key id daggy, of which SeaweedFS"),
        (
            identity([OLD, Credential("other", "x", T0)]),
            "neither the ids nor the history tell which credential of daggy is the newer",
        ),
        (identity([OLD], None), "lotus-lake:0.yaml:id holds no credential"),
        (identity([OLD], NEW), "lotus-lake:0.yaml:id holds daggy-20260201T000000Z, which the master does not have"),
        (identity([OLD], Credential("daggy", "x")), "lotus-lake:0.yaml:id holds daggy with another secret key than the master"),
    ],
)
def test_a_reason_says_what_is_wrong(example: Identity, reason: str) -> None:
    (said,) = assess(example).reasons
    assert reason in said


def test_copies_are_told_apart_one_by_one() -> None:
    found = assess(identity([OLD, NEW], OLD, NEW, None, Credential("x", "y")))
    assert [one.place for one in found.behind] == ["lotus-lake:0.yaml:id"]
    assert [one.place for one in found.drifted] == ["lotus-lake:2.yaml:id", "lotus-lake:3.yaml:id"]


@pytest.mark.parametrize("mark", ["kept", "inactive"])
def test_what_is_kept_or_inactive_counts_for_no_state(mark: str) -> None:
    marks: dict[str, Any] = {mark: True}
    aside = [Credential("mine", "x", **marks), Credential("mine-2", "y", **marks)]
    assert assess(identity([*aside, OLD], OLD)).state is State.CURRENT
    assert assess(identity([OLD, *aside, NEW], OLD)).state is State.STAGED
    drifted = assess(identity([*aside, OLD], aside[0]))
    assert drifted.state is State.DRIFTED
    assert {"kept": "keeps for somebody else", "inactive": "has status Inactive"}[mark] in drifted.reasons[0]


def test_what_was_withdrawn_is_outgoing_however_young() -> None:
    withdrawn = Credential(NEW.access_key_id, NEW.secret_key, NEW.born, withdrawn=True)
    found = assess(identity([OLD, withdrawn], OLD))
    assert (found.state, found.target, found.outgoing) == (State.SWITCHED, OLD, withdrawn)
    assert assess(identity([OLD, withdrawn], withdrawn)).state is State.STAGED
    assert "withdrawn by a rollback" in found.reasons[0]


def test_what_has_a_birth_is_newer_than_what_has_none() -> None:
    unknown = Credential("daggy", "old-secret")
    assert assess(identity([NEW, unknown], unknown)).target == NEW


IDS = st.sampled_from(["", "a", "b", "c", "${X}"])
CREDENTIALS = st.builds(
    Credential,
    IDS,
    IDS,
    st.none() | st.sampled_from([T0, T0 + datetime.timedelta(1)]),
    inactive=st.booleans(),
    reference=st.booleans(),
    kept=st.booleans(),
    withdrawn=st.booleans(),
)
IDENTITIES = st.builds(
    Identity,
    st.just("daggy"),
    st.booleans() | st.just(True),
    st.booleans() | st.just(False),
    st.lists(CREDENTIALS, max_size=4).map(tuple),
    st.lists(st.builds(Copy, st.sampled_from(["p", "q"]), st.none() | IDS, st.none() | IDS), max_size=4).map(tuple),
)


@given(IDENTITIES)
def test_everything_has_exactly_one_state(example: Identity) -> None:
    found = assess(example)
    rotating = [c for c in example.credentials if c.rotates]
    assert found == assess(example)
    if found.state is State.INVALID:
        assert found.reasons
        assert found.target is found.outgoing is None
        return
    assert found.target in rotating
    assert (found.outgoing is None) == (len(rotating) == 1)
    assert found.target != found.outgoing
    good = [one for one in example.copies if one not in found.drifted and one not in found.behind]
    assert all(one.holds(found.target) for one in good)
    expected = {
        State.CURRENT: not found.drifted and found.outgoing is None,
        State.STAGED: not found.drifted and bool(found.behind),
        State.SWITCHED: not found.drifted and found.outgoing is not None and not found.behind,
        State.DRIFTED: bool(found.drifted),
    }
    assert [state for state, holds in expected.items() if holds] == [found.state]


@given(IDENTITIES)
def test_the_order_in_the_master_does_not_matter(example: Identity) -> None:
    turned = Identity(example.name, example.present, example.disabled, example.credentials[::-1], example.copies)
    one, other = assess(example), assess(turned)
    assert (one.state, one.target, one.outgoing) == (other.state, other.target, other.outgoing)


def test_no_repr_shows_a_secret() -> None:
    assert "-secret" not in repr((identity([OLD, NEW], OLD, NEW), assess(identity([OLD, NEW], OLD))))
