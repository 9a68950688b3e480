# SPDX-License-Identifier: GPL-3.0-or-later
"""The results of an audit in the formats that others read, one file each. A new one is a file and its line here."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from . import data, html, junit, markdown, openmetrics, sarif

FORMATS: dict[str, Callable[[Mapping[str, Any], str], str]] = {
    "json": data.report,
    "markdown": markdown.report,
    "sarif": sarif.report,
    "junit": junit.report,
    "openmetrics": openmetrics.report,
    "html": html.report,
}
"""Each takes results that are as ``audit.schema`` says, and what the estate is called."""
