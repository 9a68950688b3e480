# SPDX-License-Identifier: GPL-3.0-or-later
"""The kinds of runs that are killed."""

from __future__ import annotations

import functools
from collections.abc import Callable
from pathlib import Path

import pytest
from ansible_collections.lotus_lake.secrets.demo.estate import EmbeddedEstate
from ansible_collections.lotus_lake.secrets.demo.seaweedfs import SeaweedFS
from ansible_collections.lotus_lake.secrets.tests.fixtures.killed_runs import Killing, Variant
from ansible_collections.lotus_lake.secrets.tests.fixtures.quick_estate import SECOND, WHO, QuickEstate

SEVERAL = ("id001", "id002", "id003")
ASKED = ("-e", f"identity={WHO}")


@pytest.fixture
def killing(
    quick_templates: Callable[..., EmbeddedEstate],
    rotated_template: Callable[[], EmbeddedEstate],
    drifted_template: Callable[[], EmbeddedEstate],
    seaweedfs: SeaweedFS,
    tmp_path: Path,
    shared_folder: Path,
) -> Callable[[str], Killing]:
    """Kills runs of a variant: ``killing("overlap")``."""
    nightly = ("rotate.yml",)
    rotate, roll_back = ("rotate.yml", *ASKED), ("rollback.yml", *ASKED)
    variants = {
        "overlap": Variant("overlap", rotate, lambda: quick_templates(200)),
        "several": Variant(
            "several",
            nightly,
            lambda: quick_templates(200, 3),
            next=(nightly, ("rotate.yml", "-e", f"identity={','.join(SEVERAL)}")),
            identities=SEVERAL,
        ),
        "in_place": Variant(
            "in_place",
            (*rotate, "-e", "strategy=in_place"),
            lambda: quick_templates(200),
            next=(nightly, (*rotate, "-e", "strategy=in_place")),
            served=lambda quick: quick.estate.change(policy={"strategy": "in_place"}),
            without_gap=False,
        ),
        "rollback": Variant("rollback", roll_back, rotated_template, next=(roll_back, nightly), ends_with=0, needs_begin=True),
        "sync": Variant(
            "sync", ("sync.yml",), drifted_template, next=(nightly, ("sync.yml",)), credentials=1, ends_with=0, without_gap=False
        ),
        "clones": Variant("clones", rotate, lambda: quick_templates(200), served=_by_url),
    }
    return lambda name: Killing(variants[name], seaweedfs, tmp_path, shared_folder)


@pytest.fixture(scope="session")
def shared_folder(tmp_path_factory: pytest.TempPathFactory, worker_id: str) -> Path:
    """A folder that the workers of this test run share."""
    base = tmp_path_factory.getbasetemp()
    folder = (base if worker_id == "master" else base.parent) / "shared"
    folder.mkdir(exist_ok=True)
    return folder


@pytest.fixture(scope="session")
def rotated_template(
    quick_templates: Callable[..., EmbeddedEstate], seaweedfs: SeaweedFS, tmp_path_factory: pytest.TempPathFactory
) -> Callable[[], EmbeddedEstate]:
    """An estate with one rotation behind it, the old key retired. None of its credentials is due."""

    @functools.cache
    def rotated() -> EmbeddedEstate:
        quick = QuickEstate(quick_templates(20).copied_to(tmp_path_factory.mktemp("rotated") / "estate"), seaweedfs).serve()
        done = quick.run("rotate.yml", *ASKED)
        assert done.code == 0, done.output
        return quick.estate

    return rotated


@pytest.fixture(scope="session")
def drifted_template(
    quick_templates: Callable[..., EmbeddedEstate], tmp_path_factory: pytest.TempPathFactory
) -> Callable[[], EmbeddedEstate]:
    """An estate in which somebody has overwritten one copy. Its credential isn't due."""

    @functools.cache
    def drifted() -> EmbeddedEstate:
        estate = quick_templates(20).copied_to(tmp_path_factory.mktemp("drifted") / "estate")
        file = next(copy.file for copy in estate.model.identity(WHO).copies if copy.repository == SECOND)
        estate.set(SECOND, file, ("stringData", "SECRET_ACCESS_KEY"), "mistyped")
        estate.commit(SECOND, "Mistype", file)
        return estate

    return drifted


def _by_url(quick: QuickEstate) -> None:
    """Have the runs make their own clones."""
    declared = quick.estate.declaration
    for repository in declared["repositories"]:
        del repository["checkout"]
        repository["url"] = quick.estate.remote(repository["name"]).as_uri()
        repository["author"] = "Rotation <rotation@example.com>"
    quick.estate.declare(declared)
