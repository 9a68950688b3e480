# SPDX-License-Identifier: GPL-3.0-or-later
"""A few at a time, and none after a failure."""

from __future__ import annotations

import datetime
from typing import Any, cast

import pytest
from ansible_collections.lotus_lake.secrets.plugins.module_utils.cluster.api import Cluster, Refused, Unreachable
from ansible_collections.lotus_lake.secrets.plugins.module_utils.cluster.redaction import Redaction
from ansible_collections.lotus_lake.secrets.plugins.module_utils.consumers.cnpg_cluster import moment
from ansible_collections.lotus_lake.secrets.plugins.module_utils.consumers.restart import Restart, RestartFailed, Wanted
from ansible_collections.lotus_lake.secrets.plugins.module_utils.consumers.waves import Waves, listed
from ansible_collections.lotus_lake.secrets.plugins.module_utils.estate.model import Consumer


class Scripted(Restart):
    """A consumer that says in turn what it waits for; an exception is raised."""

    def __init__(self, name: str, *says: Any) -> None:
        wanted = Wanted("daggy=fp:1", datetime.datetime.now(datetime.UTC))
        super().__init__(cast("Cluster", None), Consumer("Deployment", name, "apps"), wanted, Redaction([]))
        self._says = list(says)
        self.begun = 0

    def hindrance(self) -> str:
        return ""

    def is_begun(self) -> bool:
        return bool(self.begun)

    def begin(self) -> None:
        self.begun += 1
        if self._says and isinstance(self._says[0], Refused):
            raise self._says[0]

    def left(self, passed: float) -> str:
        said = self._says.pop(0) if self._says else ""
        if isinstance(said, Exception):
            raise said
        return str(said)


def waves(*restarts: Restart, at_once: int = 2, wait: float = 60.0) -> Waves:
    return Waves(list(restarts), at_once, wait, Redaction(["hidden-value"]))


def test_no_more_than_so_many_are_under_way_and_each_is_begun_once() -> None:
    all_of_them = [Scripted(name, "new pods (0 of 1)", "") for name in "abc"]
    under_way = waves(*all_of_them)
    said = under_way.look(0.0)
    assert [one.begun for one in all_of_them] == [1, 1, 0]
    assert said == (
        "consumers to have the new key (0 of 3): Deployment/a in apps: new pods (0 of 1); Deployment/b in apps: new pods (0 of 1)"
    )
    assert under_way.look(1.0) == "consumers to have the new key (2 of 3)"
    while under_way.look(2.0):
        pass
    assert [one.begun for one in all_of_them] == [1, 1, 1]
    assert listed(under_way.done) == [f"Deployment/{name} in apps" for name in "abc"]


def test_after_a_failure_those_under_way_are_seen_to_and_none_is_begun() -> None:
    bad, good, late = Scripted("bad", RestartFailed("it crashes")), Scripted("good", "new pods (0 of 1)", ""), Scripted("late")
    under_way = waves(bad, good, late)
    assert "Deployment/good in apps" in under_way.look(0.0)
    assert under_way.look(1.0) == ""
    assert [(str(one.consumer), why) for one, why in under_way.failed] == [("Deployment/bad in apps", "it crashes")]
    assert (listed(under_way.done), late.begun) == (["Deployment/good in apps"], 0)


def test_one_that_takes_too_long_is_a_failure_with_what_it_waits_for() -> None:
    slow = Scripted("slow", "new pods (0 of 1)", "new pods (0 of 1)")
    under_way = waves(slow, wait=10.0)
    assert under_way.look(0.0)
    assert under_way.look(10.0) == ""
    assert under_way.failed == [(slow, "waited 10 s in vain for new pods (0 of 1)")]


def test_what_the_cluster_refuses_is_a_failure_without_the_values_in_its_message() -> None:
    refused = Scripted("refused", Refused(422, "hidden-value is no number"))
    under_way = waves(refused)
    assert under_way.look(0.0) == ""
    ((_one, why),) = under_way.failed
    assert why == "the cluster refuses the change (HTTP 422): *** is no number"


def test_times_of_postgresql_are_read() -> None:
    noon = datetime.datetime(2026, 11, 26, 12, 0, tzinfo=datetime.UTC)
    assert moment("2026-11-26T12:00:00Z") == moment("2026-11-26 12:00:00+00") == noon
    assert moment("2026-11-26T12:00:00.25Z") == noon + datetime.timedelta(milliseconds=250)
    assert [moment(text) for text in ("", None, "-infinity")] == [None] * 3


def test_one_that_gives_no_answer_holds_no_other_up() -> None:
    lost, fine = Scripted("lost", *[Unreachable("its pod does not answer")] * 9), Scripted("fine", "new pods (0 of 1)", "")
    under_way = waves(lost, fine, wait=30.0)
    assert under_way.look(0.0).endswith(
        "Deployment/lost in apps: its pod does not answer; Deployment/fine in apps: new pods (0 of 1)"
    )
    under_way.look(1.0)
    assert under_way.done == [fine]
    assert under_way.look(31.0) == ""
    assert under_way.failed == [(lost, "waited 30 s in vain for its pod does not answer")]


def test_one_whose_beginning_was_not_answered_is_not_begun_twice() -> None:
    class Unheard(Scripted):
        def begin(self) -> None:
            super().begin()
            raise Unreachable("the answer was lost")

    unheard = Unheard("unheard")
    under_way = waves(unheard)
    with pytest.raises(Unreachable):
        under_way.look(0.0)
    assert under_way.look(1.0) == ""
    assert (unheard.begun, under_way.done) == (1, [unheard])
