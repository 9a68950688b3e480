# SPDX-License-Identifier: GPL-3.0-or-later
"""Any runs in any order, killed anywhere, racing each other, over copies that somebody breaks: every rotation is finished."""

from __future__ import annotations

import datetime
from collections.abc import Iterator

from ansible_collections.lotus_lake.secrets.plugins.module_utils.failure import Failure
from ansible_collections.lotus_lake.secrets.plugins.module_utils.holdings.past import Pair
from ansible_collections.lotus_lake.secrets.plugins.module_utils.rotation.plans import Strategy
from ansible_collections.lotus_lake.secrets.plugins.module_utils.rotation.states import State
from ansible_collections.lotus_lake.secrets.tests.fixtures.remembered_estate import (
    NotAccepted,
    Wish,
    World,
    planned,
    states,
)
from hypothesis import Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

NAMES = ("daggy", "etl", "lake")
HOUR = datetime.timedelta(hours=1)


class AnyRuns(RuleBasedStateMachine):
    """``broken`` are identities of which somebody broke a copy, or whose secret is being replaced in place: no promise holds.

    Of those in ``replaced`` a secret was replaced in place, so that a rollback replaces it again.
    """

    broken: set[str]
    replaced: set[str]

    @initialize(counts=st.tuples(*[st.integers(0, 4)] * 3), grace=st.sampled_from(["0", "24h"]))
    def begin(self, counts: tuple[int, int, int], grace: str) -> None:
        self.world = World(dict(zip(NAMES, counts, strict=True)), grace=grace, max_age="90d")
        self.broken = set()
        self.replaced = set()

    @rule(
        names=st.none() | st.frozensets(st.sampled_from(NAMES), min_size=1),
        older_than_now=st.booleans(),
        force=st.booleans(),
        rollback=st.booleans(),
        in_place=st.sampled_from([False, False, False, True]),
        killed_after=st.none() | st.integers(0, 16),
    )
    def run(
        self,
        names: frozenset[str] | None,
        older_than_now: bool,
        force: bool,
        rollback: bool,
        in_place: bool,
        killed_after: int | None,
    ) -> None:
        if in_place:
            self.replaced |= set(names or NAMES)
        if in_place or rollback:
            self.broken |= set(names or NAMES) & self.replaced
        wish = Wish(
            names,
            issued_before=self.world.time if older_than_now and not rollback else None,
            force=force,
            rollback=rollback and names is not None,
            strategy=Strategy.IN_PLACE if in_place else None,
        )
        self.take(self.world.run(wish), killed_after)

    def take(self, run: Iterator[str], killed_after: int | None) -> None:
        try:
            for count, _ in enumerate(run):
                self.promises()
                if count == killed_after:
                    return
        except NotAccepted:
            if not self.broken:
                raise
        except Failure as failure:
            if "can't be rolled back" not in failure.what:
                raise

    @rule(
        one=st.frozensets(st.sampled_from(NAMES), min_size=1),
        other=st.frozensets(st.sampled_from(NAMES), min_size=1),
        backwards=st.booleans(),
        order=st.lists(st.booleans(), min_size=1, max_size=40),
    )
    def two_runs_race(self, one: frozenset[str], other: frozenset[str], backwards: bool, order: list[bool]) -> None:
        if backwards:
            # each pushes to another repository, so the remotes don't decide; see the test of it below
            self.broken |= (one & other) | (other & self.replaced)
        issued = len(self.world.issued)
        runs = [self.world.run(Wish(one)), self.world.run(Wish(other, rollback=backwards))]
        turns = [*order, *[False] * 60, *[True] * 60]
        ended = set()
        for turn in turns:
            try:
                next(runs[turn])
            except (StopIteration, Failure):
                ended.add(turn)
            except NotAccepted:
                if not self.broken:
                    raise
                ended.add(turn)
            self.promises()
        assert ended == {False, True}
        assert len(self.world.issued) - issued <= len(one | other)

    @rule(name=st.sampled_from(NAMES), index=st.integers(0, 3), pair=st.sampled_from([("", ""), ("daggy", "x"), ("gone", "y")]))
    def somebody_breaks_a_copy(self, name: str, index: int, pair: Pair) -> None:
        if index < len(self.world.copies(name)):
            self.world.put(name, index, pair)
            self.broken.add(name)

    @rule(hours=st.sampled_from([1, 12, 25, 24 * 100]))
    def time_passes(self, hours: int) -> None:
        self.world.time += hours * HOUR

    @precondition(lambda self: hasattr(self, "world"))
    @rule()
    def what_is_pending_is_finished(self) -> None:
        """Whatever happened, a bounded number of runs that begin nothing ends with everything current, and no new credential."""
        issued = len(self.world.issued)
        for _ in range(3):
            self.world.finish(Wish(begin=False))
            self.broken = set()
            self.promises()
            self.world.time += 25 * HOUR
        assert set(states(self.world).values()) == {State.CURRENT}
        assert len(self.world.issued) == issued
        assert planned(self.world, Wish(begin=False)) == {}
        for name in NAMES:
            (credential,) = self.world.master()[name]
            assert all(held == credential for held in self.world.copies(name))
            assert self.world.delivered[name] == [credential]
        before = {name: list(commits) for name, commits in self.world.commits.items()}
        self.world.finish(Wish(begin=False))
        assert self.world.commits == before

    @precondition(lambda self: hasattr(self, "world"))
    @rule(
        names=st.none() | st.frozensets(st.sampled_from(NAMES), min_size=1),
        older_than_now=st.booleans(),
        in_place=st.booleans(),
        hours=st.sampled_from([1, 24 * 100]),
    )
    def a_wish_that_came_true_changes_nothing_more(
        self, names: frozenset[str] | None, older_than_now: bool, in_place: bool, hours: int
    ) -> None:
        self.what_is_pending_is_finished()
        self.world.time += hours * HOUR
        if in_place:
            self.replaced |= set(names or NAMES)
        wish = Wish(
            names,
            issued_before=self.world.time if older_than_now else None,
            strategy=Strategy.IN_PLACE if in_place else None,
        )
        self.world.finish(wish)
        after = self.world.master()
        for again in (wish, Wish(issued_before=wish.issued_before), Wish()):
            self.world.finish(again)
            assert all(self.world.master()[name] == after[name] for name in names or NAMES)

    @invariant()
    def promises(self) -> None:
        if not hasattr(self, "world"):
            return
        for name, credentials in self.world.master().items():
            assert 1 <= len(credentials) <= 2
            assert len({access_key_id for access_key_id, _ in credentials}) == len(credentials)
            if name not in self.broken:
                assert all(held in credentials for held in self.world.copies(name))
                # and the gateways take it, whatever was delivered up to now
                assert all(held in self.world.delivered[name] for held in self.world.copies(name))
        assert State.INVALID not in states(self.world).values()


TestAnyRuns = AnyRuns.TestCase
TestAnyRuns.settings = settings(
    max_examples=60, stateful_step_count=14, deadline=None, phases=(Phase.explicit, Phase.reuse, Phase.generate)
)
