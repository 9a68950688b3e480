# SPDX-License-Identifier: GPL-3.0-or-later
"""What an answer of S3 means to an operator, and what to do about it."""

from __future__ import annotations

from .check import Problem
from .endpoint import Endpoint
from .verdict import SPEAKS_TLS, Answer, Verdict


def meaning(answer: Answer, endpoint: Endpoint, asked: str = "") -> Problem:
    """The problem that an answer shows.

    Args:
        answer: Any but ``accepted``.
        endpoint: Who gave it.
        asked: What was asked, such as ``Read on cnpg-backups``; empty for the question whether the credential is accepted.
    """
    what, remedy, of_endpoint = _WORDS[answer.verdict]
    said = f"{what} ({answer.code}{': ' if answer.detail else ''}{answer.detail})"
    if asked:
        said = f"asked for {asked}, {said}"
    if answer.verdict is Verdict.bad_tls:
        remedy = _tls_remedy(answer, endpoint)
    return Problem(answer.verdict, said, remedy.format(url=endpoint.shown), of_endpoint)


def _tls_remedy(answer: Answer, endpoint: Endpoint) -> str:
    if answer.detail == "it answers without TLS":
        return f"Write http:// instead of https:// in the endpoint {endpoint.shown}, or let it serve TLS."
    if answer.detail == SPEAKS_TLS:
        return f"Write https:// instead of http:// in the endpoint {endpoint.shown}."
    if "expired" in answer.detail:
        return f"Renew the certificate of {endpoint.shown}."
    if "another host" in answer.detail:
        return f"Use a name or an address in the endpoint {endpoint.shown} that its certificate is made for."
    return f"Name the file of the certificate authority that signed the certificate of {endpoint.shown} as its ca_bundle."


# What it means, what to do, and whether it says something of the endpoint only
_WORDS: dict[Verdict, tuple[str, str, bool]] = {
    Verdict.wrong_secret: (
        "S3 knows the access key id with another secret key",
        "Make the file agree with the master (sync.yml does), or deliver the master: SeaweedFS takes a changed one only at a "
        "reload or restart.",
        False,
    ),
    Verdict.unknown_key: (
        "S3 does not know the access key id: the identities document that it has loaded lacks the credential, or has it "
        "inactive, or the identity disabled",
        "Deliver the master and let S3 load it: SeaweedFS takes a changed one only at a reload or restart. Where the master "
        "has another credential, make the file agree with it (sync.yml does).",
        False,
    ),
    Verdict.missing_right: (
        "S3 refuses the request although it is signed well",
        "Look at the identity's actions in the master.",
        False,
    ),
    Verdict.missing_bucket: ("the bucket does not exist", "Create it, or correct its name.", False),
    Verdict.wrong_clock: (
        "S3 refuses the time in the request",
        "Set the clock of this machine, or that of {url}.",
        True,
    ),
    Verdict.unavailable: (
        "S3 answers with an error of its own",
        "Look at the log of what serves {url}, and run this again.",
        True,
    ),
    Verdict.unreachable: (
        "nobody answers",
        "See that {url} is right, that S3 runs there and that it can be reached from this machine.",
        True,
    ),
    Verdict.bad_tls: ("no trusted connection", "", True),
    Verdict.other: (
        "S3 answers in an unknown way",
        "See that {url} is the address of S3 and not of something else, and that the region is right.",
        True,
    ),
}
