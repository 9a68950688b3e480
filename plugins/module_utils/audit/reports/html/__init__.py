# SPDX-License-Identifier: GPL-3.0-or-later
"""One HTML page that needs nothing else: the estate drawn, ages against the policy, findings to filter and sort.

The parts of the page are Python's files, since Ansible ships no others with a module.
"""

from __future__ import annotations

import base64
import functools
import hashlib
from collections.abc import Mapping
from typing import Any

from ..text import age_of, by_reason, place_of, printable, summary, suppression_of
from .ages import bar_of
from .drawing import drawn
from .script import SCRIPT
from .style import STYLE
from .template import TEMPLATE

try:
    import jinja2
    import markupsafe
except ImportError:  # operations check for it
    pass


def report(results: Mapping[str, Any], name: str) -> str:
    """The page. It loads nothing, and a browser runs no other script in it than ours, whatever is in names and messages."""
    return _template().render(
        name=name,
        summary=summary(results),
        results=results,
        drawing=drawn(results),
        outcomes={rule["id"]: _outcome(rule["id"], results) for rule in results["rules"]},
        not_checked=by_reason(results["not_checked"]),
        style=markupsafe.Markup(STYLE),
        script=markupsafe.Markup(SCRIPT),
        policy=f"default-src 'none'; style-src {_hash(STYLE)}; script-src {_hash(SCRIPT)}; base-uri 'none'; form-action 'none'",
    )


@functools.cache
def _template() -> jinja2.Template:
    made = jinja2.Environment(
        autoescape=True, trim_blocks=True, lstrip_blocks=True, undefined=jinja2.StrictUndefined, finalize=_visible
    )
    made.filters |= {"place": place_of, "suppression": suppression_of, "age": age_of}
    made.globals |= {"bar_of": bar_of}
    return made.from_string(TEMPLATE)


def _visible(value: object) -> object:
    """What is put into the page; after this it is escaped, unless it is markup of ours."""
    return value if isinstance(value, markupsafe.Markup) else printable(str(value))


def _outcome(rule: str, results: Mapping[str, Any]) -> str:
    found = [one for one in results["findings"] if one["rule"] == rule]
    excused = sum(bool(one["suppressed"]) for one in found)
    said = [
        f"{len(found) - excused} found" if len(found) > excused else "",
        f"{excused} suppressed" if excused else "",
        "not checked" if any(one["rule"] == rule for one in results["not_checked"]) else "",
    ]
    return ", ".join(filter(None, said)) or "nothing found"


def _hash(inline: str) -> str:
    """How a Content-Security-Policy allows one piece of inline style or script."""
    return f"'sha256-{base64.b64encode(hashlib.sha256(inline.encode()).digest()).decode()}'"
