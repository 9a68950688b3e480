# SPDX-License-Identifier: GPL-3.0-or-later
"""What an operator's own checkout has that the remote has not, and the other way round."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from ansible_collections.lotus_lake.secrets.plugins.module_utils.operations.estate_audit import OPERATION
from ansible_collections.lotus_lake.secrets.tests.fixtures.holdings_lab import HoldingsLab

FILE = "etl.yaml"


def edit(folder: Path, file: str) -> None:
    path = folder / file
    path.write_text(path.read_text() + "# by hand\n")


def commit(lab: HoldingsLab, folder: Path, file: str) -> None:
    edit(folder, file)
    lab.git("h-kube", "-C", str(folder), "commit", "-qam", "By hand")


CASES: dict[str, tuple[Callable[[HoldingsLab, Path, Path], object], list[tuple[str, str, str]]]] = {
    "nothing": (lambda lab, mine, tip: None, []),
    "dirty": (
        lambda lab, mine, tip: edit(mine, FILE),
        [("repositories-dirty", FILE, "it has changes that are not committed")],
    ),
    "dirty elsewhere": (lambda lab, mine, tip: edit(mine, "README.md"), []),
    "unpushed": (
        lambda lab, mine, tip: commit(lab, mine, FILE),
        [("repositories-unpushed", "", "1 commits of main change files of the estate and are not pushed")],
    ),
    "unpushed elsewhere": (lambda lab, mine, tip: commit(lab, mine, "README.md"), []),
    "behind": (
        lambda lab, mine, tip: commit(lab, tip, FILE),
        [("repositories-behind", "", "the remote has 1 commits to files of the estate that main lacks")],
    ),
    "another branch": (
        lambda lab, mine, tip: lab.git("h-kube", "switch", "-qc", "topic"),
        [("repositories-branch", "", "the checkout is on topic, and runs push to main")],
    ),
    "no branch": (
        lambda lab, mine, tip: lab.git("h-kube", "switch", "-q", "--detach"),
        [("repositories-branch", "", "the checkout is on no branch, and runs push to main")],
    ),
}


@pytest.mark.parametrize("case", CASES)
def test_what_a_checkout_lacks_or_has_alone_is_found(lab: HoldingsLab, case: str) -> None:
    mine, tip = lab.folder / "h-kube", lab.folder / "tip"
    lab.git("h-kube", "worktree", "add", "-q", "--detach", str(tip))
    work, expected = CASES[case]
    work(lab, mine, tip)
    result = lab.perform(OPERATION, workspaces={**lab.workspaces, "h-kube": {"path": str(tip)}})
    found = [(one["rule"], one["where"]["file"], one["what"]) for one in result["findings"]]
    assert [one for one in found if one[0].startswith("repositories-")] == expected


def test_a_checkout_that_is_not_there_is_not_checked(lab: HoldingsLab) -> None:
    lab.declared["repositories"][0]["checkout"] = "/nowhere"
    result = lab.perform(OPERATION)
    assert {one["rule"] for one in result["not_checked"]} >= {"repositories-dirty", "repositories-unpushed"}
