# SPDX-License-Identifier: GPL-3.0-or-later
"""GitHub's Markdown, for a comment on a pull request."""

from __future__ import annotations

import functools
import re
from collections.abc import Mapping
from typing import Any

from .text import age_of, place_of, printable, summary, suppression_of

try:
    import jinja2
except ImportError:  # operations check for it
    pass

_TEMPLATE = """\
## Audit of {{ name }}: {{ summary }}
{% if open %}

| severity | where | what | what to do |
| --- | --- | --- | --- |
{% for one in open %}
| {{ one.severity }} | <code>{{ one | place }}</code> | {{ one.what }} ({{ one.rule }}) | {{ one.mend }} |
{% endfor %}
{% endif %}
{% if suppressed %}

### Suppressed

| severity | where | what | suppressed |
| --- | --- | --- | --- |
{% for one in suppressed %}
| {{ one.severity }} | <code>{{ one | place }}</code> | {{ one.what }} ({{ one.rule }}) | {{ one | suppression }} |
{% endfor %}
{% endif %}
{% if results.not_checked %}

### Not checked

| rule | why |
| --- | --- |
{% for one in results.not_checked %}
| {{ one.rule }} | {{ one.reason }} |
{% endfor %}
{% endif %}

### Identities

| identity | state | age |
| --- | --- | --- |
{% for one in results.identities %}
| {{ one.name }} | {{ one.state }} | {{ one | age }} |
{% endfor %}

{{ results.rules | length }} rules were applied at {{ results.time }}.
"""
"""Not in a file of its own: Ansible ships no other files than Python's with a module."""

_MEANS_SOMETHING = re.compile(r"[\\`*_\[\]<>|~&@$]")


def report(results: Mapping[str, Any], name: str) -> str:
    """Tables: what counts, what is suppressed, what was not checked, and the identities."""
    return _template().render(
        name=name,
        summary=summary(results),
        open=[one for one in results["findings"] if not one["suppressed"]],
        suppressed=[one for one in results["findings"] if one["suppressed"]],
        results=results,
    )


def literal(value: object) -> str:
    """Text that Markdown shows as it is, in a table's cell too. A mention calls nobody."""
    escaped = _MEANS_SOMETHING.sub(lambda found: f"&#{ord(found.group())};", printable(str(value)))
    return escaped.replace("&#64;", "&#64;<!-- -->").replace("\n", "<br>")


@functools.cache
def _template() -> jinja2.Template:
    # whatever is put in is escaped
    made = jinja2.Environment(trim_blocks=True, keep_trailing_newline=True, undefined=jinja2.StrictUndefined, finalize=literal)
    made.filters |= {"place": place_of, "suppression": suppression_of, "age": age_of}
    return made.from_string(_TEMPLATE)
