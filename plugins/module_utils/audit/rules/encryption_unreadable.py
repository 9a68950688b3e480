# SPDX-License-Identifier: GPL-3.0-or-later
"""See RULE."""

from __future__ import annotations

from collections.abc import Iterator

from ...failure import Failure
from ...sops.format import Format
from ...sops.sops_file import SopsFile
from ..evidence import Evidence
from ..finding import Finding, NotChecked, Severity, Where
from ..rule import Rule
from ..soundness import are_sound


def look(evidence: Evidence) -> Iterator[Finding | NotChecked]:
    others = []
    for tip in evidence.tips.values():
        ours = evidence.estate.files(tip.name)
        sealed = [held for held in tip.candidates if held.is_sealed]
        for held, is_sound in zip(sealed, are_sound(sealed, evidence.keys), strict=True):
            if is_sound:
                continue
            if held.file not in ours and not evidence.opens(held):
                others.append(f"{tip.name}:{held.file}")
                continue
            try:
                SopsFile.parse(held.text, name=held.file, format=Format.of(held.file), keys=evidence.keys)
            except Failure as failure:
                yield Finding(Where(tip.name, held.file), failure.what.rstrip("."), failure.remedy)
    if others:
        yield NotChecked(f"no age key here opens {', '.join(others)}")


RULE = Rule(
    id="encryption-unreadable",
    severity=Severity.ERROR,
    title="An encrypted file that sops would not decrypt",
    why="Its MAC does not fit, or a value was changed by hand. Flux does not check the MAC, and deploys it all the same.",
    mend="git restore --source COMMIT FILE of its last good version, and make the change again with sops edit FILE",
    look=look,
)
