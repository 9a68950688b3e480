# SPDX-License-Identifier: GPL-3.0-or-later
"""The results of an audit, written in the formats that others read."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ..audit.reports import FORMATS
from ..audit.reports.writing import write
from ..audit.schema import RESULTS
from ..failure import Failure
from .operation import Context, Operation

try:
    import jsonschema
except ImportError:  # operations check for it
    pass

ARGUMENT_SPEC: dict[str, Any] = {
    "name": {"type": "str", "required": True},
    "results": {"type": "dict", "required": True},
    "reports": {
        "type": "list",
        "elements": "dict",
        "required": True,
        "options": {
            "format": {"type": "str", "required": True, "choices": [*FORMATS]},
            "path": {"type": "path", "required": True},
        },
    },
}


def run(params: Mapping[str, Any], context: Context) -> dict[str, Any]:
    """Write all reports, in check mode too: they are what the run answers, and the audit is the same there."""
    results = params["results"]
    _check(results)
    wanted = [(one["format"], one["path"]) for one in params["reports"]]
    texts = {path: FORMATS[format](results, params["name"]) for format, path in wanted}
    if len(texts) < len(wanted):
        raise Failure("Two reports have the same path.", state="No report was written.", remedy="Give each one of its own.")
    write(texts)
    for format, path in wanted:
        context.progress(f"{format}: {path}")
    return {"changed": False, "reports": [{"format": format, "path": path} for format, path in wanted]}


def _check(results: Mapping[str, Any]) -> None:
    wrong = next(jsonschema.Draft202012Validator(RESULTS).iter_errors(results), None)
    if wrong is not None:
        missing = f": {wrong.message}" if wrong.validator == "required" else ""
        raise _no_results(f"{wrong.json_path} is not as docs/audit.schema.json says{missing}")
    known = {rule["id"] for rule in results["rules"]}
    if named := sorted({one["rule"] for one in (*results["findings"], *results["not_checked"])} - known):
        raise _no_results(f"{', '.join(named)} is none of their rules")


def _no_results(why: str) -> Failure:
    return Failure(
        f"The results are not those of an audit: {why}.",
        state="No report was written.",
        remedy="Give what estate_audit returned, unless it failed.",
    )


OPERATION = Operation("audit_report", ARGUMENT_SPEC, run, requires=("jinja2", "jsonschema", "junitparser", "prometheus_client"))
