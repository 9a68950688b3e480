# SPDX-License-Identifier: GPL-3.0-or-later
"""Fixtures of the SOPS tests, and how many documents are generated: ``HYPOTHESIS_PROFILE=thorough`` for many, ``few`` for few."""

from __future__ import annotations

import os
from datetime import UTC, datetime

import hypothesis
import pytest
from ansible_collections.lotus_lake.secrets.tests.fixtures.sops_lab import SopsLab

_SLOW = [hypothesis.HealthCheck.too_slow, hypothesis.HealthCheck.function_scoped_fixture]
hypothesis.settings.register_profile(
    "usual",
    max_examples=40,
    derandomize=True,
    deadline=None,
    database=None,
    suppress_health_check=_SLOW,
    # Each example starts sops several times: making a failing one smaller would take minutes.
    phases=[hypothesis.Phase.explicit, hypothesis.Phase.generate],
)
hypothesis.settings.register_profile("few", hypothesis.settings.get_profile("usual"), max_examples=8)
hypothesis.settings.register_profile("thorough", max_examples=2000, deadline=None, suppress_health_check=_SLOW)
hypothesis.settings.register_profile(
    "look",
    max_examples=int(os.environ.get("EXAMPLES", "150")),
    deadline=None,
    suppress_health_check=_SLOW,
    phases=[hypothesis.Phase.generate],
)
hypothesis.settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE", "usual"))


@pytest.fixture
def now() -> datetime:
    return datetime(2031, 2, 3, 4, 5, 6, tzinfo=UTC)


@pytest.fixture
def lab(tmp_path_factory: pytest.TempPathFactory) -> SopsLab:
    """A lab of this test's own."""
    return SopsLab(tmp_path_factory.mktemp("lab"))
