# SPDX-License-Identifier: GPL-3.0-or-later
"""The inventory that declares an embedded estate: the shipped one with other paths and another endpoint."""

from __future__ import annotations

import copy
from pathlib import Path

import yaml

from .declarations import ROOT, Declaration

HEADER = """\
# The estate that this folder holds. It differs from inventory/host_vars/lotus-lake/estate.yml of the collection in the paths,
# the endpoint, the delivery and the grace.
"""


def placed(declared: Declaration, folder: Path) -> Declaration:
    """The declaration with the repositories and the runs' work folder in ``folder``."""
    moved = copy.deepcopy(declared)
    for repository in moved["repositories"]:
        if "url" in repository:
            repository["url"] = (folder / "remotes" / f"{repository['name']}.git").as_uri()
        else:
            repository["checkout"] = str(folder / "checkouts" / repository["name"])
    moved["work_folder"] = str(folder / "work")
    return moved


def write_inventory(folder: Path, name: str, declared: Declaration, applied: Path) -> None:
    """Write ``estates``, ``group_vars/estates.yml`` and the estate's ``host_vars``.

    Args:
        applied: Where the follower writes down what it has applied, for ``deliver.yml``.
    """
    (folder / "group_vars").mkdir(parents=True, exist_ok=True)
    (folder / "host_vars" / name).mkdir(parents=True, exist_ok=True)
    (folder / "estates").write_text(f"[estates]\n{name}\n")
    (folder / "group_vars" / "estates.yml").write_text((ROOT / "inventory" / "group_vars" / "estates.yml").read_text())
    text = yaml.safe_dump({"estate": declared}, sort_keys=False, width=120)
    (folder / "host_vars" / name / "estate.yml").write_text(f"---\n{HEADER}{text}")
    (folder / "host_vars" / name / "follower.yml").write_text(f"---\n{yaml.safe_dump({'follower_applied': str(applied)})}")
