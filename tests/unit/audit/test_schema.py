# SPDX-License-Identifier: GPL-3.0-or-later
"""What is published of an audit's results is what they are checked against."""

from __future__ import annotations

import json
from pathlib import Path

from ansible_collections.lotus_lake.secrets.plugins.module_utils.audit.schema import RESULTS


def test_the_schema_that_is_published_is_the_one_that_is_checked() -> None:
    published = Path(__file__).parents[3] / "docs" / "audit.schema.json"
    assert json.loads(published.read_text()) == RESULTS, "write it anew from RESULTS"
