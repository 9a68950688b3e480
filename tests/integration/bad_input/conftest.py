# SPDX-License-Identifier: GPL-3.0-or-later
"""An operator with a small estate in which something is wrong: what they are told, and what they still have."""

from __future__ import annotations

import dataclasses
import re
from collections.abc import Mapping
from pathlib import Path

import pytest
from ansible_collections.lotus_lake.secrets.demo.manifests import Pair
from ansible_collections.lotus_lake.secrets.demo.programs import git
from ansible_collections.lotus_lake.secrets.tests.fixtures.git_lab import snapshot
from ansible_collections.lotus_lake.secrets.tests.fixtures.quick_estate import FIRST, SECOND, WHO, QuickEstate

ROTATE = ("rotate.yml", "-e", f"identity={WHO}")


@dataclasses.dataclass
class Operator:
    """Somebody who rotates a quick estate."""

    quick: QuickEstate
    old: Pair

    @property
    def master(self) -> Path:
        """The master's file in the checkout."""
        return self.quick.estate.checkout(FIRST) / self.quick.estate.model.master.file

    @property
    def copy(self) -> Path:
        """The file of the copy in the second repository, in its checkout."""
        copies = self.quick.estate.model.identity(WHO).copies
        return self.quick.estate.checkout(SECOND) / next(copy.file for copy in copies if copy.repository == SECOND)

    def publish(self, file: Path, text: str) -> None:
        """Change a file of a checkout as somebody would by hand, and push it."""
        file.write_text(text)
        repository = FIRST if file == self.master else SECOND
        self.quick.estate.commit(repository, "By hand")

    def is_refused(self, *sayings: str, run: tuple[str, ...] = ROTATE, environ: Mapping[str, str] | None = None) -> str:
        """The run fails and says all of ``sayings``; nothing was pushed, and the operator's checkouts are as they were."""
        before = self._everything()
        said = self.fails(*sayings, run=run, environ=environ)
        assert self._everything() == before
        return said

    def fails(self, *sayings: str, run: tuple[str, ...] = ROTATE, environ: Mapping[str, str] | None = None) -> str:
        """The run fails and says all of ``sayings``, in words for an operator; it leaves no worktree behind."""
        done = self.quick.run(*run, environ=environ)
        said = " ".join(done.output.split())
        assert done.code not in (0, -9), said
        for saying in sayings:
            assert saying in said, f"{saying!r} isn't said:\n{done.output}"
        assert "Traceback" not in done.output
        assert "unreachable=0" in done.output
        assert self.worktrees() == []
        return said

    def finishes(self, *, environ: Mapping[str, str] | None = None) -> None:
        """Once that is mended, the same command does the whole rotation."""
        done = self.quick.run(*ROTATE, environ=environ)
        assert done.code == 0, done.output
        (credential,) = self.quick.credentials()
        assert re.fullmatch(rf"{WHO}-\d{{8}}T\d{{6}}Z", credential[0])
        assert self.quick.copies() == [credential, credential]
        assert self.quick.accepts(credential)
        assert not self.quick.accepts(self.old)

    def worktrees(self) -> list[str]:
        """What runs left in the work folder and noted in the checkouts."""
        estate = self.quick.estate
        listed = [git(estate.checkout(name), "worktree", "list", "--porcelain") for name in estate.repositories]
        return [text for text in listed if text.count("worktree ") > 1]

    def _everything(self) -> object:
        estate = self.quick.estate
        # the list of worktrees is written by each run, and looked at by itself
        return estate.tips(), [snapshot(estate.checkout(name), ".git/worktrees") for name in estate.repositories]


@pytest.fixture
def operator(quick_estate: QuickEstate) -> Operator:
    return Operator(quick_estate, quick_estate.credentials()[0])
