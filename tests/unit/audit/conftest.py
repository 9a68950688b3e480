# SPDX-License-Identifier: GPL-3.0-or-later
"""Results of an audit with everything in them."""

from __future__ import annotations

from typing import Any

import pytest
from ansible_collections.lotus_lake.secrets.tests.fixtures import audit_results


@pytest.fixture
def nasty() -> str:
    return audit_results.NASTY


@pytest.fixture
def seen() -> str:
    return audit_results.SEEN


@pytest.fixture
def results() -> dict[str, Any]:
    return audit_results.results()
