# SPDX-License-Identifier: GPL-3.0-or-later
"""Somebody has seen a key: ``issued_before`` leaves none that is older, or says so."""

from __future__ import annotations

import datetime
import time

from ansible_collections.lotus_lake.secrets.plugins.module_utils.rotation.access_key import birth
from ansible_collections.lotus_lake.secrets.tests.fixtures.quick_estate import WHO, QuickEstate


def test_a_rotation_under_way_is_finished_first_and_the_run_says_that_its_key_is_old_too(quick_estate: QuickEstate) -> None:
    quick_estate.estate.change(policy={"grace": "1h"})
    begun = quick_estate.run("rotate.yml")
    assert begun.code == 0, begun.output
    old, seen = quick_estate.credentials()
    born = birth(seen[0])
    assert born is not None
    incident = born + datetime.timedelta(seconds=1)
    while datetime.datetime.now(datetime.UTC) < incident:
        time.sleep(0.05)
    answer = ("rotate.yml", "-e", f"issued_before={incident.isoformat()}", "-e", "retire=force")

    first = quick_estate.run(*answer)
    assert first.code not in (0, -9), first.output
    said = " ".join(first.output.split())
    assert f"{WHO}: what is in use now was issued before" in said
    assert "Run the same again" in said
    assert quick_estate.credentials() == [seen]

    second = quick_estate.run(*answer)
    assert second.code == 0, second.output
    (new,) = quick_estate.credentials()
    assert quick_estate.copies() == [new, new]
    assert [quick_estate.accepts(pair) for pair in (old, seen, new)] == [False, False, True]

    tips = quick_estate.estate.tips()
    assert quick_estate.run(*answer).code == 0
    assert quick_estate.estate.tips() == tips
