# SPDX-License-Identifier: GPL-3.0-or-later
"""JSON, as docs/audit.schema.json describes it."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from ..schema import RESULTS


def report(results: Mapping[str, Any], name: str) -> str:
    """The results, without what Ansible adds to them. All that isn't ASCII is escaped."""
    return json.dumps({"estate": name, **{key: results[key] for key in RESULTS["required"]}}, indent=2) + "\n"
