# SPDX-License-Identifier: GPL-3.0-or-later
"""One Chromium for all tests, and the report in it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from ansible_collections.lotus_lake.secrets.plugins.module_utils.audit.reports import FORMATS
from ansible_collections.lotus_lake.secrets.tests.fixtures import chromium
from playwright.sync_api import Browser, Page

Open = Callable[..., Page]
"""Opens the report of results; takes what ``chromium.opened`` does, too."""


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    if chromium.program() is None:
        pytest.skip(f"There is no Chromium here: `make browser` as root installs Debian's {chromium.PACKAGE}.")
    with chromium.started() as running:
        yield running


@pytest.fixture
def show(browser: Browser, tmp_path: Path) -> Iterator[Open]:
    """Every page that was opened must have asked for nothing, and nothing went wrong in it."""
    pages = []
    wrong: list[str] = []
    written = tmp_path / "report.html"

    def show(results: dict[str, Any], **how: Any) -> Page:
        written.write_text(FORMATS["html"](results, "lake"), encoding="utf-8")
        page = chromium.opened(browser, written, told=wrong.append, **how)
        pages.append(page)
        return page

    yield show
    for page in pages:
        page.context.close()
    assert wrong == [f"GET {written.as_uri()}"] * len(pages)
