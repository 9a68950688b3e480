# SPDX-License-Identifier: GPL-3.0-or-later
"""SARIF 2.1.0, for code scanning and editors."""

from __future__ import annotations

import json
import urllib.parse
from collections.abc import Mapping
from typing import Any

from .text import printable, suppression_of

_SCHEMA = "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json"


def report(results: Mapping[str, Any], name: str) -> str:
    """One run. The severities are SARIF's levels, and a repository's name is the ``uriBaseId`` of its files."""
    index = {rule["id"]: number for number, rule in enumerate(results["rules"])}
    driver = {
        "name": "lotus_lake.secrets",
        "informationUri": "https://github.com/matta-kelly/lotus-lake",
        "rules": [_descriptor(rule) for rule in results["rules"]],
    }
    run = {
        "tool": {"driver": driver},
        "automationDetails": {"id": f"{printable(name)}/{results['time']}"},
        "originalUriBaseIds": _repositories(results),
        "invocations": [
            {
                "executionSuccessful": True,
                "startTimeUtc": results["time"],
                "toolExecutionNotifications": [_notification(one, index) for one in results["not_checked"]],
            }
        ],
        "results": [_result(one, index) for one in results["findings"]],
    }
    return json.dumps({"$schema": _SCHEMA, "version": "2.1.0", "runs": [run]}, indent=2) + "\n"


def _descriptor(rule: Mapping[str, Any]) -> dict[str, Any]:
    return {
        "id": rule["id"],
        "shortDescription": _message(rule["title"]),
        "fullDescription": _message(rule["why"]),
        "help": _message(f"{rule['why']} What to do: {rule['mend']}"),
        "defaultConfiguration": {"level": rule["severity"]},
        "properties": {"tags": ["security"]},
    }


def _repositories(results: Mapping[str, Any]) -> dict[str, Any]:
    """Where a repository is checked out is the reader's to know."""
    names = sorted({one["where"]["repository"] for one in results["findings"]} - {""})
    return {name: {"description": _message(f"The root of the repository {name}")} for name in names}


def _result(finding: Mapping[str, Any], index: Mapping[str, int]) -> dict[str, Any]:
    excused = finding["suppressed"] and {
        "kind": "external",
        "status": "accepted",
        "justification": suppression_of(finding),
    }
    return {
        "ruleId": finding["rule"],
        "ruleIndex": index[finding["rule"]],
        "level": finding["severity"],
        "message": _message(f"{finding['what'].rstrip('.')}. What to do: {finding['mend']}"),
        "locations": [_location(finding["where"])],
        "suppressions": [excused] if excused else [],
    }


def _location(where: Mapping[str, Any]) -> dict[str, Any]:
    physical: dict[str, Any] = {}
    if where["file"]:
        physical["artifactLocation"] = {"uri": _uri(where["file"]), "uriBaseId": where["repository"]}
        if where["line"]:
            physical["region"] = {"startLine": where["line"]}
    logical = []
    if where["repository"] and not where["file"]:
        logical.append({"name": printable(where["repository"]), "kind": "repository"})
    if where["identity"]:
        logical.append({"name": printable(where["identity"]), "kind": "resource"})
    if where["resource"]:
        logical.append({"fullyQualifiedName": printable(where["resource"]), "kind": "resource"})
    if where["key"]:
        logical.append({"fullyQualifiedName": printable(where["key"]), "kind": "property"})
    return {
        **({"physicalLocation": physical} if physical else {}),
        **({"logicalLocations": logical} if logical else {}),
    }


def _uri(file: str) -> str:
    try:
        # Git's names that are not UTF-8 come as surrogates
        return urllib.parse.quote(file.encode("utf-8", "surrogateescape"))
    except UnicodeEncodeError:
        return urllib.parse.quote(printable(file))


def _notification(unchecked: Mapping[str, Any], index: Mapping[str, int]) -> dict[str, Any]:
    rule = unchecked["rule"]
    return {
        "associatedRule": {"id": rule, "index": index[rule]},
        "level": "warning",
        "message": _message(f"{rule} was not checked: {unchecked['reason']}"),
    }


def _message(text: str) -> dict[str, str]:
    """Text that is no placeholder and no link, which SARIF has in plain text too."""
    return {"text": printable(text).replace("{", "{{").replace("}", "}}").replace("](", "] (")}
