# SPDX-License-Identifier: GPL-3.0-or-later
"""Builds an embedded estate: keys, repositories with a history, and the inventory."""

from __future__ import annotations

import copy
import datetime
import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pyrage

from ..plugins.module_utils.estate import declaration as declarations_reader
from .bulk_sealing import ENCRYPTED_KEYS, seal_manifest
from .declarations import BY_HAND, Declaration, shipped
from .estate import EmbeddedEstate
from .inventory import placed
from .manifests import UNRELATED, PlainFiles, identities_document, secret_key
from .programs import git
from .sealing import seal

BY_HAND_MESSAGE = "chore: rotate S3 credentials"
MANY = 20
"""From this many files on sops isn't started for each."""


def build(
    folder: Path,
    declared: Declaration | None = None,
    *,
    name: str = "lotus-lake",
    by_hand: Mapping[str, int] | None = None,
    extra: list[dict[str, Any]] | None = None,
) -> EmbeddedEstate:
    """Make an estate in a folder that has none yet.

    Args:
        declared: What it is to be; paths are set here. The shipped inventory's estate if None, with no grace, so that one run
            is a whole rotation, and no delivery. Repositories with a ``url`` get checkouts too, for the tests' own use.
        name: Its host in the inventory.
        by_hand: How many days ago each identity's credential was last changed. Default: as in a long-lived estate.
        extra: Identities that are in the master and not in the estate.
    """
    if declared is None:
        declared = shipped()
        declared["policy"]["grace"] = "0"
        declared["s3"] = {"endpoints": [{"url": "http://127.0.0.1:9"}], "wait": "30s"}
    folder.mkdir(parents=True, exist_ok=True)
    estate = EmbeddedEstate(folder.resolve(), name)
    estate.declare(placed(copy.deepcopy(declared), estate.folder))
    recipient = _make_key(estate.age_key)
    for repository in estate.repositories:
        _make_repository(estate, repository)
    _fill(estate, recipient, BY_HAND if by_hand is None else by_hand, extra or [])
    return estate


def _make_key(file: Path) -> str:
    identity = pyrage.x25519.Identity.generate()
    file.touch(mode=0o600)
    file.write_text(f"# public key: {identity.to_public()}\n{identity}\n")
    return str(identity.to_public())


def _make_repository(estate: EmbeddedEstate, repository: str) -> None:
    remote, checkout = estate.remote(repository), estate.checkout(repository)
    remote.parent.mkdir(exist_ok=True)
    checkout.mkdir(parents=True)
    git(estate.folder, "init", "-q", "--bare", "--template=", "-b", "main", str(remote))
    git(checkout, "init", "-q", "--template=", "-b", "main")
    # a clone by url takes part of it, as from a forge
    _configure(remote / "config", "[uploadpack]\n\tallowFilter = true\n\tallowAnySHA1InWant = true\n")
    _configure(
        checkout / ".git" / "config",
        "[user]\n\tname = Operator\n\temail = operator@example.com\n[commit]\n\tgpgSign = false\n"
        f"[core]\n\thooksPath = {checkout}/.git/hooks\n"
        f'[remote "origin"]\n\turl = {remote}\n\tfetch = +refs/heads/*:refs/remotes/origin/*\n'
        '[branch "main"]\n\tremote = origin\n\tmerge = refs/heads/main\n',
    )


def _configure(file: Path, text: str) -> None:
    with file.open("a") as config:
        config.write(text)


def _fill(estate: EmbeddedEstate, recipient: str, by_hand: Mapping[str, int], extra: list[dict[str, Any]]) -> None:
    model = declarations_reader.read(estate.declaration).estate
    if model is None:
        raise ValueError("this declaration can't be read")
    begun = max(by_hand.values(), default=200)
    credentials = {identity.name: (identity.name, secret_key()) for identity in model.identities}
    plain = PlainFiles(model, credentials, extra)
    for repository in estate.repositories:
        checkout = estate.checkout(repository)
        texts = plain.texts(repository)
        _write(checkout, {".sops.yaml": _rules(texts, recipient), **UNRELATED.get(repository, {})})
        estate.commit(repository, "Set up the repository", when=_ago(begun + 30), push=False)
        _write(checkout, _sealed(checkout, texts, recipient))
        if texts:
            estate.commit(repository, "Add S3 credentials", when=_ago(begun), push=False)
    for name in sorted((n for n in by_hand if n in credentials and by_hand[n] < begun), key=lambda n: -by_hand[n]):
        credentials[name] = (name, secret_key())
        estate.set(
            model.master.repository,
            model.master.file,
            model.master.key,
            identities_document(model, credentials, extra),
        )
        changed = {model.master.repository: [model.master.file]}
        for held in model.identity(name).copies:
            estate.set(held.repository, held.file, held.secret_key.key, credentials[name][1])
            changed.setdefault(held.repository, []).append(held.file)
        for repository, files in changed.items():
            estate.commit(repository, BY_HAND_MESSAGE, *files, when=_ago(by_hand[name]), push=False)
    for repository in estate.repositories:
        git(estate.checkout(repository), "push", "-q", "-u", "origin", "main")


def _sealed(checkout: Path, texts: Mapping[str, str], recipient: str) -> dict[str, str]:
    bulk = [file for file in texts if file.endswith((".yaml", ".yml"))] if len(texts) >= MANY else []
    others = {file: text for file, text in texts.items() if file not in bulk}
    return {**{file: seal_manifest(texts[file], recipient) for file in bulk}, **seal(checkout, others)}


def _rules(texts: Mapping[str, str], recipient: str) -> str:
    """A ``.sops.yaml``: of manifests the data are encrypted, of other files everything."""
    rules: list[dict[str, str]] = [
        {"path_regex": r"\.ya?ml$", "encrypted_regex": f"^({'|'.join(ENCRYPTED_KEYS)})$", "age": recipient}
    ]
    if any(not file.endswith((".yaml", ".yml")) for file in texts):
        rules.append({"age": recipient})
    return "creation_rules:\n" + "".join(
        "".join(f"{'  - ' if n == 0 else '    '}{key}: {json.dumps(value)}\n" for n, (key, value) in enumerate(rule.items()))
        for rule in rules
    )


def _write(checkout: Path, texts: Mapping[str, str]) -> None:
    for file, text in texts.items():
        (checkout / file).parent.mkdir(parents=True, exist_ok=True)
        (checkout / file).write_text(text)


def _ago(days: int) -> datetime.datetime:
    return datetime.datetime.now(datetime.UTC) - datetime.timedelta(days=days)
