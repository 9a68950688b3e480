# SPDX-License-Identifier: GPL-3.0-or-later
"""Prove at S3 that credentials are accepted for exactly what is declared, or refused."""

from __future__ import annotations

import urllib.parse
from collections.abc import Mapping, Sequence
from typing import Any

from ..failure import Failure
from ..holdings.opened import opened
from ..s3.check import ACTIONS, Check, Finding
from ..s3.endpoint import Endpoint
from ..s3.place import BucketPlace
from ..s3.report import failure, rows
from ..s3.tls import unusable
from ..s3.verify import verify
from . import credential_files, delivery_options, estate_options, gateway_pods
from .credential_files import CredentialFiles
from .estate_checks import EXPECTATIONS, of_estate
from .operation import Context, Operation, absent_libraries

ENDPOINT_OPTIONS: dict[str, Any] = {
    "url": {"type": "str", "required": True},
    "region": {"type": "str", "default": "us-east-1"},
    "ca_bundle": {"type": "path"},
    "validate_certs": {"type": "bool", "default": True},
    "timeout": {"type": "float", "default": 10.0},
}

ARGUMENT_SPEC: dict[str, Any] = {
    "endpoints": {"type": "list", "elements": "dict", "options": ENDPOINT_OPTIONS},
    "credentials": {
        "type": "list",
        "elements": "dict",
        "options": {
            **credential_files.OPTIONS,
            "expect": {"type": "str", "choices": ["accepted", "refused"], "default": "accepted"},
            "buckets": {
                "type": "list",
                "elements": "dict",
                "default": [],
                "options": {
                    "name": {"type": "str", "required": True},
                    "actions": {"type": "list", "elements": "str", "choices": list(ACTIONS), "required": True},
                },
            },
            "elsewhere": {"type": "list", "elements": "str", "default": []},
        },
        **credential_files.RULES,
    },
    "estate": {"type": "dict"},
    "workspaces": {"type": "dict"},
    "identities": {"type": "list", "elements": "str", "default": []},
    "expect": {"type": "list", "elements": "str", "choices": list(EXPECTATIONS), "default": ["copies"]},
    "since": {"type": "dict", "default": {}},
    "wait": {"type": "float"},
    "prove": {"type": "str", "choices": ["all", "authentication"], "default": "all"},
    "pods": {"type": "bool", "default": True},
}

RULES: dict[str, Any] = {
    "required_one_of": [["estate", "credentials"]],
    "mutually_exclusive": [["estate", "credentials"], ["estate", "endpoints"]],
    "required_together": [["estate", "workspaces"], ["endpoints", "credentials"]],
}


def run(params: Mapping[str, Any], context: Context) -> dict[str, Any]:
    """The operation: read, probe, judge."""
    if params["estate"] is not None:
        return _prove_estate(params, context)
    endpoints = [_endpoint(options) for options in params["endpoints"]]
    checks = _checks(params["credentials"], context)
    return told(proven(checks, endpoints, params["wait"] or 0.0, params["prove"], context))


def _prove_estate(params: Mapping[str, Any], context: Context) -> dict[str, Any]:
    if missing := absent_libraries(estate_options.LIBRARIES):
        raise missing
    with opened(
        params["estate"], params["workspaces"], context.environ, context.progress, at_controller=context.at_controller
    ) as estate:
        checks = of_estate(estate, estate.chosen(params["identities"]), params["expect"], params["since"])
        wait = estate.estate.wait if params["wait"] is None else params["wait"]
        findings = proven(checks, estate.estate.endpoints, wait, params["prove"], context)
        if params["pods"] and estate.estate.cluster and estate.estate.cluster.gateways:
            if missing := absent_libraries(delivery_options.LIBRARIES):
                raise missing
            findings += gateway_pods.prove_each(checks, estate, wait, context)
        return told(findings)


def proven(checks: Sequence[Check], endpoints: Sequence[Endpoint], wait: float, what: str, context: Context) -> list[Finding]:
    """Prove the checks at all endpoints.

    Args:
        checks: What to prove.
        endpoints: Where.
        wait: Seconds within which it must be so.
        what: ``all``, or ``authentication`` where only acceptance counts and not the rights.
        context: In check mode nothing is written into a bucket.
    """
    return verify(
        checks,
        endpoints,
        wait=wait,
        environ=context.environ,
        progress=context.progress,
        read_only=context.check,
        only_authentication=what == "authentication",
    )


def told(findings: Sequence[Finding]) -> dict[str, Any]:
    """The module's result: ``verified`` with a row for each check and endpoint, and ``failed`` with ``msg`` where something isn't
    as it must be."""
    failed = failure(findings)
    result: dict[str, Any] = {"changed": False, "ok": failed is None, "verified": rows(findings)}
    if failed:
        result |= {"failed": True, "msg": str(failed)}
    return result


def _endpoint(options: Mapping[str, Any]) -> Endpoint:
    url, ca_bundle = options["url"], options["ca_bundle"]
    if not _is_address(url):
        # The URL as it is written isn't repeated: a password may be in it
        raise Failure(
            f"An endpoint ({url.rpartition('@')[2]}) is no address of an S3 service.",
            state="Nothing was asked.",
            remedy="Write it as https://s3.example.com:8333, without a user or a query.",
        )
    if ca_bundle and (why := unusable(ca_bundle)):
        raise Failure(
            f"The ca_bundle {ca_bundle} of {url} {why}.",
            state="Nothing was asked.",
            remedy="Name a file of certificates that this user may read.",
        )
    return Endpoint(url, options["region"], ca_bundle, options["validate_certs"], options["timeout"])


def _is_address(url: str) -> bool:
    try:
        parts = urllib.parse.urlsplit(url)
        parts.port  # noqa: B018 (a port that is no number raises)
    except ValueError:
        return False
    return parts.scheme in ("http", "https") and bool(parts.hostname) and not (parts.username or parts.query)


def _checks(credentials: Sequence[Mapping[str, Any]], context: Context) -> list[Check]:
    """The checks, or a Failure with all that is wrong with them."""
    files = CredentialFiles(context.environ, context.progress)
    checks: list[Check] = []
    wrong: list[Failure] = []
    for options in credentials:
        try:
            checks.append(_check(options, files))
        except Failure as error:
            wrong.append(error)
    if len(wrong) > 1:
        raise Failure(
            f"{len(wrong)} credentials can't be proven:" + "".join(f"\n  - {error.what} {error.remedy}" for error in wrong),
            state="\nNothing was asked.",
            remedy="Correct these, and run again.",
        )
    if wrong:
        raise wrong[0]
    return checks


def _check(options: Mapping[str, Any], files: CredentialFiles) -> Check:
    name = options["name"]
    buckets: dict[str, frozenset[str]] = {}
    for bucket in options["buckets"]:
        _valid(name, bucket["name"])
        if bucket["name"] in buckets or bucket["name"] in options["elsewhere"]:
            raise Failure(
                f"{name}: the bucket {bucket['name']} is named twice.",
                state="Nothing was asked.",
                remedy="Name it once in buckets, or in elsewhere.",
            )
        buckets[bucket["name"]] = frozenset(bucket["actions"])
    for bucket in options["elsewhere"]:
        _valid(name, bucket)
    accepted = options["expect"] == "accepted"
    return Check(name, files.credential(options), accepted, buckets, tuple(options["elsewhere"]))


def _valid(name: str, bucket: str) -> None:
    try:
        BucketPlace.parse(bucket)
    except ValueError as error:
        raise Failure(f"{name}: {error}.", state="Nothing was asked.", remedy="Name one bucket.") from None


OPERATION = Operation(
    name="s3_verify",
    argument_spec=ARGUMENT_SPEC,
    run=run,
    requires=("boto3", "cryptography", "pyrage", "yaml"),
    rules=RULES,
)
