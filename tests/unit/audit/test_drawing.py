# SPDX-License-Identifier: GPL-3.0-or-later
"""Every finding is at what it is about, and nowhere twice without need."""

from __future__ import annotations

from typing import Any

import pytest
from ansible_collections.lotus_lake.secrets.plugins.module_utils.audit.reports.html.ages import WIDTH, Bar, bar_of
from ansible_collections.lotus_lake.secrets.plugins.module_utils.audit.reports.html.drawing import Box, drawn
from ansible_collections.lotus_lake.secrets.tests.fixtures.audit_results import found, of_an_estate
from hypothesis import given
from hypothesis import strategies as st


def boxes(results: dict[str, Any]) -> list[Box]:
    drawing = drawn(results)
    hanging = [box for row in drawing.rows for box in (row.identity, *row.copies, *row.consumers)]
    return [drawing.master, *hanging, drawing.elsewhere]


def places_of(**where: Any) -> list[str]:
    """The boxes of one finding."""
    return [box.label for box in boxes(of_an_estate(found("sync-gone", **where))) if box.findings]


@pytest.mark.parametrize(
    ("where", "expected"),
    [
        ({"repository": "lotus-lake", "file": "etl.yaml"}, ["etl.yaml"]),
        ({"repository": "lotus-lake", "file": "etl.yaml", "key": "data.secret_key", "identity": "etl"}, ["etl.yaml"]),
        ({"repository": "lotus-lake", "file": "etl.yaml", "key": "data.another"}, ["etl.yaml"]),
        ({"repository": "lotus-lake", "file": "etl.yaml", "identity": "daggy"}, ["daggy"]),
        ({"repository": "h-kube", "file": "etl.yaml"}, ["Elsewhere"]),
        ({"repository": "h-kube", "file": "s3.yaml"}, ["s3.yaml"]),
        ({"repository": "h-kube", "file": "s3.yaml", "identity": "daggy"}, ["daggy"]),
        ({"repository": "h-kube", "file": "s3.yaml", "identity": "nobody"}, ["s3.yaml"]),
        ({"resource": "Deployment lake/web", "identity": "daggy"}, ["Deployment web"]),
        ({"resource": "Pod lake/web-1", "identity": "daggy"}, ["daggy"]),
        ({"resource": "Deployment other/web"}, ["Elsewhere"]),
        ({}, ["Elsewhere"]),
    ],
)
def test_a_finding_is_at_the_nearest_that_it_points_at(where: dict[str, Any], expected: list[str]) -> None:
    assert places_of(**where) == expected


def test_a_file_of_two_copies_is_wrong_at_both_and_one_of_its_values_at_one() -> None:
    results = of_an_estate(
        found("sync-gone", repository="lotus-lake", file="etl.yaml"),
        found("sync-gone", repository="lotus-lake", file="etl.yaml", key="data.secret_key"),
    )
    shared = {
        key: {"repository": "lotus-lake", "file": "etl.yaml", "key": f"data.daggy_{key}"} for key in ("access_key", "secret_key")
    }
    results["identities"][0]["copies"] = [shared]
    assert [len(box.findings) for box in boxes(results) if box.label == "etl.yaml"] == [1, 2]


def test_a_suppressed_finding_is_not_drawn() -> None:
    results = of_an_estate(found("sync-gone", until="2027-01-31", repository="lotus-lake", file="etl.yaml"))
    assert not any(box.findings for box in boxes(results))


words = st.sampled_from(
    ["", "h-kube", "lotus-lake", "s3.yaml", "etl.yaml", "daggy", "etl", "data.secret_key", "Deployment lake/web"]
)


@given(st.lists(st.fixed_dictionaries(dict.fromkeys(("repository", "file", "key", "identity", "resource"), words))))
def test_none_is_lost_and_the_worst_is_shown(wheres: list[dict[str, str]]) -> None:
    rules = ["sync-gone", "age-overdue", "age-unknown"]
    results = of_an_estate(*(found(rules[number % 3], **where) for number, where in enumerate(wheres)))
    drawn_boxes = boxes(results)
    assert {place for box in drawn_boxes for place, _finding in box.findings} == set(range(len(wheres)))
    for box in drawn_boxes:
        severities = [finding["severity"] for _place, finding in box.findings]
        assert severities == sorted(severities, key=["error", "warning", "note"].index)
        assert box.worst == next(iter(severities), "")


@pytest.mark.parametrize(
    ("age", "limit", "expected"),
    [
        (0, 100, Bar(0, False, "of 1m 40s, 1m 40s left")),
        (50, 100, Bar(WIDTH // 2, False, "of 1m 40s, 50s left")),
        (99, 100, Bar(198, False, "of 1m 40s, 1s left")),
        (100, 100, Bar(WIDTH, True, "of 1m 40s, overdue by 0s")),
        (10**9, 100, Bar(WIDTH, True, "of 1m 40s, overdue by 11574d 1h")),
        (None, 100, Bar(None, False, "of 1m 40s")),
        (50, None, Bar(None, False, "no limit")),
        (50, 0, Bar(WIDTH, True, "of 0s, overdue by 50s")),
    ],
)
def test_an_age_is_shown_against_its_limit(age: int | None, limit: int | None, expected: Bar) -> None:
    assert bar_of({"age_seconds": age, "max_age_seconds": limit}) == expected
