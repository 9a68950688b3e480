# SPDX-License-Identifier: GPL-3.0-or-later
"""See RULE."""

from __future__ import annotations

import posixpath
import re
from collections.abc import Iterator

from ...failure import Failure
from ...sops.creation_rules import NAME, CreationRule
from ...sops.format import Format
from ...sops.rules import Rules
from ...sops.unsure import Unsure
from ..evidence import Evidence
from ..finding import Finding, NotChecked, Severity, Where
from ..placeholders import is_placeholder
from ..rule import Rule
from ..templates import is_template
from ..tip import Tip, TipFile

_SETTINGS = (Format.DOTENV, Format.INI)
"""Of these a rule for all files with a suffix means each; YAML and JSON are for everything."""

_FOR_READERS = re.compile(
    r"(?:^|/)(?:(?:README|LICENSE|CHANGELOG)[^/]*|\.git[a-z]+|kustomization\.ya?ml)$|\.(?:md|example|sample|template|tmpl|dist|pub)$"
)
_ON_OR_OFF = re.compile(r"true|false|yes|no|on|off", re.IGNORECASE)
_MANIFEST = re.compile(r"""^["']?(?:kind|apiVersion)["']?\s*:""", re.MULTILINE)
"""In YAML: a file that has it need not be read any further."""


def look(evidence: Evidence) -> Iterator[Finding | NotChecked]:
    for tip in evidence.tips.values():
        meant: dict[str, CreationRule] = {}
        odd: set[str] = set()
        for file in tip.blobs:
            try:
                rule = _rule_for(tip, file)
            except Unsure as unsure:
                odd.add(f"only sops can tell which files a {NAME} of {tip.name} means: {unsure.reason}")
            except Failure as failure:
                odd.add(f"{tip.name}: {failure.what.rstrip('.')}")
            else:
                meant |= {file: rule} if rule else {}
        yield from map(NotChecked, sorted(odd))
        for file, text in tip.not_sealed(meant):
            yield from _in_plain_text(tip, file, text, meant[file])


def _in_plain_text(tip: Tip, file: str, text: str, rule: CreationRule) -> Iterator[Finding | NotChecked]:
    if _MANIFEST.search(text):
        return
    try:
        where = _first_open(tip.parsed(file, text), rule)
    except Unsure as unsure:
        yield tip.left_to_sops(file, unsure)
        return
    if where is not None:
        what = f"rule {rule.number} in {NAME} is for this file, and it is in plain text"
        yield Finding(where, what, f"sops encrypt --in-place {file}, and change what was in it: it has been seen")


def _rule_for(tip: Tip, file: str) -> CreationRule | None:
    """The creation rule that means a file and not all of its kind."""
    if posixpath.basename(file) == NAME or _FOR_READERS.search(file):
        return None
    rule = tip.creation_rule(file)
    if rule is None or not rule.pattern:
        return None
    return rule if Format.of(file) in _SETTINGS or not rule.is_for_all_with_the_suffix() else None


def _first_open(held: TipFile, rule: CreationRule) -> Where | None:
    """The first value that the rule encrypts and that is no placeholder, None where there is none."""
    if not held.documents:
        # a binary file is one value, and what only sops understands has some
        return None if is_placeholder(held.text) or is_template(held.text) else Where(held.repository, held.file, 1)
    rules = Rules(rule.parts)
    for document in held.documents:
        for leaf in document.leaves if document.at(("kind",)) is None else ():
            told = "" if leaf.value is None else str(leaf.value)
            if rules.encrypts(leaf.path) and not is_placeholder(told) and not _ON_OR_OFF.fullmatch(told):
                return held.where(leaf)
    return None


RULE = Rule(
    id="encryption-plain-file",
    severity=Severity.ERROR,
    title="A file that .sops.yaml has a rule for, in plain text",
    why="Everybody who has the repository has its values, now and from its history.",
    mend="sops encrypt --in-place FILE, and change what was in it: it has been seen",
    look=look,
)
