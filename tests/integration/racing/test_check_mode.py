# SPDX-License-Identifier: GPL-3.0-or-later
"""``--check --diff`` changes nothing, and says what a real run then does."""

from __future__ import annotations

import datetime
import re
import time
from collections.abc import Callable

import pytest
from ansible_collections.lotus_lake.secrets.demo.programs import git
from ansible_collections.lotus_lake.secrets.plugins.module_utils.rotation.access_key import birth
from ansible_collections.lotus_lake.secrets.tests.fixtures.git_lab import snapshot
from ansible_collections.lotus_lake.secrets.tests.fixtures.killed_runs import leftovers
from ansible_collections.lotus_lake.secrets.tests.fixtures.quick_estate import SECOND, WHO, QuickEstate

ASKED = ("-e", f"identity={WHO}")


def drift(quick: QuickEstate) -> None:
    file = next(copy.file for copy in quick.estate.model.identity(WHO).copies if copy.repository == SECOND)
    quick.estate.set(SECOND, file, ("stringData", "SECRET_ACCESS_KEY"), "mistyped")
    quick.estate.commit(SECOND, "Mistype", file)


def rotate_before(quick: QuickEstate) -> None:
    done = quick.run("rotate.yml", *ASKED)
    assert done.code == 0, done.output


def switch_before(quick: QuickEstate) -> None:
    quick.estate.change(policy={"grace": "24h"})
    rotate_before(quick)


def nothing(quick: QuickEstate) -> None:
    """As the template is."""


def everything(quick: QuickEstate) -> dict[str, object]:
    estate = quick.estate
    return {
        "references": {name: git(estate.remote(name), "for-each-ref") for name in estate.repositories},
        "checkouts": {name: snapshot(estate.checkout(name)) for name in estate.repositories},
        "gateway": quick.server.config.read_text(),
        "delivered": quick.delivered(),
        "credentials": [quick.accepts(pair) for pairs in quick.past() for pair in pairs],
    }


def changes(output: str) -> list[str]:
    """The lines of the diffs of files with their signs, with what is made anew in each run made equal."""
    lines = re.findall(r"^[-+](?!\+\+|--).*$", output, re.MULTILINE)
    return [
        re.sub(r"fp:\w+", "fp", re.sub(r"\d{8}T\d{6}Z", "TIME", line)) for line in lines if "fp:" in line or ":stringData" in line
    ]


def row(output: str) -> str:
    """The table's line, with what depends on the time of day made equal."""
    (line,) = re.findall(rf"^  {WHO} .*$", output, re.MULTILINE)
    line = re.sub(r"\d{8}T\d{6}Z|\d{4}-\d\d-\d\dT[\d:]{8}Z", "TIME", line)
    return " ".join(re.sub(r"\b\d+s\b", "AGE", line).split())


@pytest.mark.parametrize(
    ("before", "command"),
    [
        (nothing, ("rotate.yml", *ASKED)),
        (nothing, ("rotate.yml", *ASKED, "-e", "strategy=in_place")),
        (nothing, ("rotate.yml",)),
        (drift, ("sync.yml",)),
        (rotate_before, ("rollback.yml", *ASKED)),
        (switch_before, ("rollback.yml", *ASKED)),
        (switch_before, ("rotate.yml", "-e", "retire=force")),
    ],
    ids=["rotate", "in_place", "nightly", "sync", "rollback", "rollback of a switched one", "retire"],
)
def test_check_mode_predicts_and_changes_nothing(
    quick_estate: QuickEstate, before: Callable[[QuickEstate], None], command: tuple[str, ...]
) -> None:
    before(quick_estate)
    predicts(quick_estate, *command)


def test_check_mode_predicts_that_the_key_of_a_rotation_under_way_is_too_old_itself(quick_estate: QuickEstate) -> None:
    switch_before(quick_estate)
    born = birth(quick_estate.credentials()[-1][0])
    assert born is not None
    incident = born + datetime.timedelta(seconds=1)
    while datetime.datetime.now(datetime.UTC) < incident:
        time.sleep(0.05)
    answer = ("rotate.yml", "-e", f"issued_before={incident.isoformat()}", "-e", "retire=force")
    for output in predicts(quick_estate, *answer, code=2):
        assert f"{WHO}: what is in use now was issued before" in " ".join(output.split())
    predicts(quick_estate, *answer)


def predicts(quick: QuickEstate, *command: str, code: int = 0) -> tuple[str, str]:
    """Run it in check mode and then really: both end and say the same, and only the second changes something."""
    was = everything(quick)
    predicted = quick.run(*command, "--check", "--diff")
    assert predicted.code == code, predicted.output
    assert everything(quick) == was
    assert not list(leftovers(quick.estate))
    done = quick.run(*command, "--diff")
    assert done.code == code, done.output
    assert changes(predicted.output) == changes(done.output)
    assert changes(done.output)
    assert row(predicted.output) == row(done.output)
    assert everything(quick) != was
    return predicted.output, done.output
