# SPDX-License-Identifier: GPL-3.0-or-later
"""See RULE."""

from __future__ import annotations

import itertools
import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from ...git.file_changes import FileChange
from ...sops.data_key import data_key_of, is_sealed_with, metadata_of
from ...sops.header import recipients_of
from ...sops.unsure import Unsure
from ..evidence import Evidence
from ..finding import Finding, NotChecked, Severity, Where
from ..rule import Rule
from ..tip import Tip, TipFile

_RECIPIENT = re.compile(r"\bage1[0-9a-z]+")
_OTHER_RECIPIENT = re.compile(r"\b(?:fp|arn|resource_id|key_id|vault_url|vault_address)\b")

Former = Sequence[tuple[str, Mapping[str, Any], frozenset[str]]]
"""Versions that were for somebody who is no recipient now, newest first: the commit that ended each, the metadata, for whom."""


def look(evidence: Evidence) -> Iterator[Finding | NotChecked]:
    closed, odd = [], []
    for tip in evidence.tips.values():
        sealed = {held.file: held for held in tip.candidates if held.metadata_anyway}
        for file, changes in tip.past(sealed).items():
            held = sealed[file]
            former = _former(tip, changes, held)
            try:
                data_key = data_key_of(held.metadata_anyway, evidence.keys) if former else None
                if data_key is not None:
                    yield from _still_open(held, former, data_key)
                elif former:
                    closed.append(f"{tip.name}:{file}")
            except Unsure as unsure:
                odd.append(tip.left_to_sops(file, unsure))
    if closed:
        yield NotChecked(f"no age key here opens {', '.join(closed)}, from which a recipient was removed")
    yield from odd


def _former(tip: Tip, changes: Sequence[FileChange], held: TipFile) -> Former:
    found = []
    today = frozenset(recipients_of(held.metadata_anyway))
    newer = {change: before.commit for before, change in itertools.pairwise(changes)}
    for change, text in tip.texts([change for change in changes if change.blob != tip.blobs[held.file]]):
        if today.issuperset(_RECIPIENT.findall(text)) and not _OTHER_RECIPIENT.search(text):
            continue
        metadata = metadata_of(text, change.path)
        gone = frozenset(recipients_of(metadata)) - today
        if gone:
            found.append((newer.get(change, change.commit), metadata, gone))
    return found


def _still_open(held: TipFile, former: Former, data_key: bytes) -> Iterator[Finding]:
    removed: dict[str, str] = {}
    had_it: set[str] = set()
    for commit, metadata, gone in former:
        for recipient in gone:
            removed.setdefault(recipient, commit)
        if not gone <= had_it and is_sealed_with(data_key, metadata):
            had_it |= gone
    for commit in dict.fromkeys(removed.values()):
        names = sorted(recipient for recipient in had_it if removed[recipient] == commit)
        if names:
            what = f"{', '.join(names)} was removed in {commit[:12]}, and the data key is the same as before"
            mend = f"sops rotate --in-place {held.file}, then change the values in it"
            yield Finding(Where(held.repository, held.file, held.metadata_line, commit=commit), what, mend)


RULE = Rule(
    id="encryption-data-key",
    severity=Severity.ERROR,
    title="A data key that a removed recipient had",
    why="sops updatekeys alone leaves the data key as it was. Whoever was removed can read every value written since.",
    mend="sops rotate --in-place FILE, then change the values in it",
    look=look,
)
