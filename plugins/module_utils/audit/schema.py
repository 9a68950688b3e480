# SPDX-License-Identifier: GPL-3.0-or-later
"""The JSON schema of an audit's results. The JSON report follows it, and what is to be reported is checked against it."""

from __future__ import annotations

from typing import Any

from ..rotation.states import State
from .finding import Severity

UNKNOWN = "unknown"
"""The state of an identity where the master can't be read."""


def _object(description: str, **properties: Any) -> dict[str, Any]:
    """An object that has all of these. Later versions may add to it."""
    return {"type": "object", "description": description, "required": list(properties), "properties": properties}


def _text(description: str, **more: Any) -> dict[str, Any]:
    return {"type": "string", "description": description, **more}


def _number(description: str, **more: Any) -> dict[str, Any]:
    return {"type": "integer", "minimum": 0, "description": description, **more}


def _list(description: str, items: dict[str, Any]) -> dict[str, Any]:
    return {"type": "array", "description": description, "items": items}


def _place(description: str) -> dict[str, Any]:
    return _object(
        description,
        repository=_text("The repository's name in the estate."),
        file=_text("From the repository's root."),
        key=_text("A key path in the file; empty for the whole file."),
    )


_SEVERITY = _text("How bad a finding is.", enum=[severity.value for severity in Severity])
_RULE = _text("A rule's id.", minLength=1)

_RESULTS = _object(
    "What is wrong with an estate. No secret is in it.",
    time=_text(
        "When the audit began, UTC.", format="date-time", pattern="^[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}Z$"
    ),
    ok={"type": "boolean", "description": "Whether nothing was found that is as bad as fail_on said."},
    rules=_list(
        "The rules that were applied.",
        _object(
            "A rule.",
            id=_RULE,
            severity=_SEVERITY,
            title=_text("What is wrong, in a few words."),
            why=_text("Why it matters."),
            mend=_text("What to do about it; a command where there is one."),
        ),
    ),
    findings=_list(
        "What is wrong, the worst first, what is suppressed last.",
        _object(
            "A finding.",
            rule=_RULE,
            severity=_SEVERITY,
            where=_object(
                "What it points at; whatever isn't part of it is empty.",
                repository=_text("The repository's name in the estate."),
                file=_text("From the repository's root."),
                line=_number("In the file as it is at the remote's tip, from 1; 0 for the whole file."),
                key=_text("A key path in the file."),
                identity=_text("An identity's name."),
                resource=_text("An object in the cluster, such as Secret lotus-lake/keys."),
                commit=_text("The commit with which it came in, where it is about the history."),
            ),
            what=_text("What is wrong there."),
            mend=_text("What to do about it; a command where there is one."),
            suppressed={
                "description": "Why the estate excuses it, or null.",
                "anyOf": [
                    {"type": "null"},
                    _object("An excuse.", reason=_text("Why."), until=_text("Its last day.", format="date")),
                ],
            },
        ),
    ),
    not_checked=_list(
        "Rules that could not be evaluated, or not for all. They never count as passed.",
        _object("A rule.", rule=_RULE, reason=_text("Why not.")),
    ),
    count=_object(
        "How many findings are not suppressed, by severity.",
        **{severity.value: _number(f"Of severity {severity.value}.") for severity in Severity},
    ),
    master=_place("Where the identities document is, of which everything else is a copy."),
    identities=_list(
        "The identities of the estate.",
        _object(
            "An identity.",
            name=_text("Its name."),
            state=_text("Where its rotation stands.", enum=[*(state.value for state in State), UNKNOWN]),
            access_key_id=_text("Of the credential that its copies shall hold, or null.", type=["string", "null"]),
            age_seconds=_number("The age of that credential, or null where nobody knows.", type=["integer", "null"]),
            max_age_seconds=_number("How old it may become, or null where the estate sets no limit.", type=["integer", "null"]),
            copies=_list(
                "Where services keep the credential.",
                _object("A copy.", access_key=_place("Of the access key id."), secret_key=_place("Of the secret key.")),
            ),
            consumers=_list(
                "What has to notice a changed copy.",
                _object(
                    "A workload or resource in the cluster.",
                    kind=_text("Such as Deployment."),
                    namespace=_text("Its namespace."),
                    name=_text("Its name."),
                ),
            ),
        ),
    ),
)

RESULTS = {
    "$schema": "https://json-schema.org/draft/2020-12/schema",
    "title": "Results of an audit of S3 credentials and encrypted files",
    **_RESULTS,
    "properties": {**_RESULTS["properties"], "estate": _text("What the estate is called, where it is a report.")},
}
