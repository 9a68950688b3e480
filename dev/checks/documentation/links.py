# SPDX-License-Identifier: GPL-3.0-or-later
"""Links lead somewhere, and no page knows of anybody's machine."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from urllib.parse import unquote

from .pages import Page

_OF_ONE_MACHINE = re.compile(r"(?<![\w.~/-])/(?:work|tmp|root|home)/[\w.]+")


def dead_links(pages: Sequence[Page]) -> Iterator[str]:
    by_path = {page.path: page for page in pages}
    for page in pages:
        for link in page.links():
            if re.match(r"[a-z][a-z+.-]*:", link):
                continue
            path, _, anchor = unquote(link).partition("#")
            target = (page.path.parent / path).resolve() if path else page.path
            if not target.exists():
                yield f"{page.name}: the link {link} leads to no file"
            elif anchor and target in by_path and anchor not in by_path[target].anchors():
                yield f"{page.name}: the link {link} leads to no heading"


def paths_of_one_machine(pages: Sequence[Page]) -> Iterator[str]:
    for page in pages:
        for found in _OF_ONE_MACHINE.findall(page.text):
            yield f"{page.name}: names {found}, a path that others don't have"
