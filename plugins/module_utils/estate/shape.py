# SPDX-License-Identifier: GPL-3.0-or-later
"""Whether a declaration has the shape that the schema says, and the part of it that has."""

from __future__ import annotations

import copy
import datetime
import difflib
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

try:
    import jsonschema
except ImportError:  # operations check for it
    pass

from ..git.words import redacted
from .schema import ESTATE


def check(declared: Any) -> tuple[list[str], dict[str, Any] | None]:
    """What is missing, unknown or of another kind, and the declaration without it.

    Returns:
        The mistakes, and a copy of the declaration in which wrong list items are None, so that the others keep their number,
        and other wrong values are absent; None where nothing is left.
    """
    declared = _with_dates_as_text(declared)
    validator = jsonschema.Draft202012Validator(ESTATE)
    errors = sorted(validator.iter_errors(declared), key=lambda e: [str(p) for p in e.absolute_path])
    said = [sentence for error in errors for sentence in _say(error, declared)]
    if not isinstance(declared, Mapping):
        return said, None
    usable = copy.deepcopy(dict(declared))
    # what lacks a field that was left out goes in the next round, so that no more goes than has to
    while sum(_leave_out(usable, error) for error in errors):
        errors = list(validator.iter_errors(usable))
    return said, usable


def _with_dates_as_text(value: Any) -> Any:
    """YAML makes a date of 2027-01-31, JSON knows none."""
    if isinstance(value, Mapping):
        return {name: _with_dates_as_text(one) for name, one in value.items()}
    if isinstance(value, list):
        return [_with_dates_as_text(one) for one in value]
    return value.isoformat() if isinstance(value, datetime.date) else value


def _leave_out(usable: dict[str, Any], error: Any) -> bool:
    """Take a wrong value out, or unknown fields. Whether there was anything to take out."""
    path = list(error.absolute_path)
    try:
        holder: Any = usable
        for part in path[:-1]:
            holder = holder[part]
        value = holder[path[-1]] if path else usable
    except (KeyError, TypeError):
        return False
    emptied = value is None and isinstance(holder, list)
    if emptied or (error.validator == "required" and not path):
        return False
    if error.validator == "additionalProperties":
        unknown = set(value) - set(error.schema["properties"])
        for name in unknown:
            del value[name]
        return bool(unknown)
    if isinstance(holder, list):
        holder[path[-1]] = None
    else:
        del holder[path[-1]]
    return True


def _say(error: Any, declared: Any) -> Iterator[str]:
    where = _where(error.absolute_path, declared)
    allowed = error.schema
    if error.validator == "additionalProperties":
        for name in sorted(set(error.instance) - set(allowed["properties"]), key=str):
            yield f"{where}: unknown field {name}{nearest(str(name), list(allowed['properties']))}"
    elif error.validator == "required":
        # jsonschema reports each missing field as an error of its own
        for name in allowed["required"]:
            if name not in error.instance and error.message.startswith(repr(name)):
                yield f"{where}: {name} is missing"
    elif error.validator == "type":
        kinds = allowed["type"] if isinstance(allowed["type"], list) else [allowed["type"]]
        yield f"{where}: it must be {' or '.join(_KINDS[kind] for kind in kinds)}"
    elif error.validator == "enum":
        known = allowed["enum"]
        yield f"{where}: {error.instance!r} is none of {', '.join(known)}{nearest(str(error.instance), known)}"
    elif error.validator in ("minItems", "minLength"):
        yield f"{where}: it must not be empty"
    else:
        yield f"{where}: {redacted(repr(error.instance))} does not fit. {allowed.get('description', '')}".rstrip()


_KINDS = {"object": "a mapping", "array": "a list", "string": "a text", "integer": "a whole number", "boolean": "true or false"}


def _where(path: Sequence[str | int], declared: Any) -> str:
    """``estate.identities[1] (daggy).buckets[0]``: list items by number, and by name where they have one."""
    said, value = "estate", declared
    for part in path:
        value = value[part]
        said += f"[{part}]" if isinstance(part, int) else f".{part}"
        if isinstance(part, int) and isinstance(value, Mapping) and isinstance(value.get("name"), str):
            said += f" ({value['name']})"
    return said


def nearest(name: str, known: Sequence[str]) -> str:
    close = difflib.get_close_matches(name, known, n=1, cutoff=0.5)
    return f" (did you mean {close[0]}?)" if close else f" (known: {', '.join(known)})" if known else ""
