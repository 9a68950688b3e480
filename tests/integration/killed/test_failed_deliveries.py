# SPDX-License-Identifier: GPL-3.0-or-later
"""What was pushed and could not be delivered is delivered by the next run."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from ansible_collections.lotus_lake.secrets.demo.estate import EmbeddedEstate
from ansible_collections.lotus_lake.secrets.demo.seaweedfs import SeaweedFS
from ansible_collections.lotus_lake.secrets.tests.fixtures.killed_runs import leftovers, undelivered
from ansible_collections.lotus_lake.secrets.tests.fixtures.quick_estate import FIRST, SECOND, WHO, QuickEstate

IN_PLACE = ("rotate.yml", "-e", f"identity={WHO}", "-e", "strategy=in_place")


def interrupted(quick: QuickEstate, broken: str, *command: str) -> None:
    """A run whose delivery of a repository fails; then the cause is mended."""
    gateway = quick.estate.inventory / "host_vars" / quick.estate.name / "gateway.yml"
    right = gateway.read_text()
    gateway.write_text(f"{right}  broken: {broken}\n")
    failed = quick.run(*command)
    assert failed.code == 2, failed.output
    assert "the delivery of this repository is broken" in failed.output
    gateway.write_text(right)
    assert list(undelivered(quick))


def assert_mended(quick: QuickEstate, *command: str) -> None:
    done = quick.run(*command)
    assert done.code == 0, done.output
    assert not list(undelivered(quick))
    assert not list(leftovers(quick.estate))
    (credential,) = quick.past()[0]
    assert set(quick.copies()) == {credential}
    assert quick.accepts(credential)


@pytest.mark.parametrize("broken", [FIRST, SECOND])
@pytest.mark.parametrize("command", [("rotate.yml", "-e", f"identity={WHO}"), IN_PLACE], ids=["overlap", "in_place"])
def test_the_next_night_delivers_a_rotation(quick_estate: QuickEstate, command: tuple[str, ...], broken: str) -> None:
    interrupted(quick_estate, broken, *command)
    assert_mended(quick_estate, "rotate.yml")
    assert len({pair for pairs in quick_estate.past() for pair in pairs}) == 2


def test_the_next_sync_delivers_what_a_sync_wrote(
    drifted_template: Callable[[], EmbeddedEstate], seaweedfs: SeaweedFS, tmp_path: Path
) -> None:
    quick = QuickEstate(drifted_template().copied_to(tmp_path / "estate"), seaweedfs).serve()
    interrupted(quick, SECOND, "sync.yml")
    assert_mended(quick, "sync.yml")
    tips = quick.estate.tips()
    assert_mended(quick, "rotate.yml")
    assert quick.estate.tips() == tips, "to deliver again is no commit"
