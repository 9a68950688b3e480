# SPDX-License-Identifier: GPL-3.0-or-later
"""The lab: one for all tests of a worker, and the estate in it."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from ansible_collections.lotus_lake.secrets.lab import machine
from ansible_collections.lotus_lake.secrets.lab.estate import LabEstate, furnish
from ansible_collections.lotus_lake.secrets.lab.lab import Lab
from ansible_collections.lotus_lake.secrets.tests.lab.rotations import Rotations


@pytest.fixture(scope="session")
def lab(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Lab]:
    """A cluster that runs. The tests share it: what a test changes in it, it names so that no other one meets it."""
    if missing := machine.missing():
        pytest.skip(missing)
    with Lab(tmp_path_factory.mktemp("lab") / "lab") as running:
        yield running


@pytest.fixture(scope="session")
def lab_estate(lab: Lab) -> LabEstate:
    """The shipped inventory's estate in the lab, applied by Flux: SeaweedFS and its consumers run."""
    return furnish(lab)


@pytest.fixture
def rotations(lab_estate: LabEstate, tmp_path: Path) -> Iterator[Rotations]:
    """Playbooks on the estate, which is declared afterwards as it was before."""
    declared = lab_estate.estate.declaration
    yield Rotations(lab_estate, tmp_path)
    lab_estate.estate.declare(declared)
