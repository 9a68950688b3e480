# SPDX-License-Identifier: GPL-3.0-or-later
"""A file that the library leaves to sops, and no sops that could do it."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest
from ansible_collections.lotus_lake.secrets.demo.playbook import programs

Operator = Any


@pytest.fixture
def only_sops_can(operator: Operator) -> Operator:
    """The copy's data key is shared out over two key groups, and both are needed: such files are left to sops."""
    estate = operator.quick.estate
    recipient = re.search(r"age1\w+", estate.age_key.read_text())
    assert recipient
    config = estate.folder / "groups.yaml"
    config.write_text(
        "creation_rules:\n"
        "  - encrypted_regex: ^(data|stringData)$\n"
        f"    key_groups:\n      - age: [{recipient[0]}]\n      - age: [{recipient[0]}]\n"
    )
    environ = {**os.environ, "SOPS_AGE_KEY_FILE": str(estate.age_key)}
    sops = str(programs() / "sops")
    plain = subprocess.run([sops, "decrypt", str(operator.copy)], env=environ, check=True, capture_output=True).stdout
    sealed = subprocess.run(
        [sops, "--config", str(config), "encrypt", "--filename-override", "copy.yaml"],
        input=plain,
        env=environ,
        check=True,
        capture_output=True,
    ).stdout.decode()
    assert "key_groups" in sealed
    operator.publish(operator.copy, sealed)
    return operator


def _path_without_sops(folder: Path) -> str:
    """A folder with git and what it starts, and nothing else."""
    folder.mkdir()
    for name in ("git", "sh", "ssh"):
        found = shutil.which(name)
        if found:
            (folder / name).symlink_to(found)
    return str(folder)


def test_sops_does_what_the_library_leaves_to_it(only_sops_can: Operator) -> None:
    only_sops_can.finishes()


def test_a_missing_sops_is_named_with_the_file_that_needs_it(only_sops_can: Operator) -> None:
    path = _path_without_sops(only_sops_can.quick.estate.folder / "bin")
    only_sops_can.is_refused(
        only_sops_can.copy.name,
        "needs the program sops, because",
        "no sops is on the PATH",
        "Nothing was changed.",
        environ={"PATH": path},
    )
    only_sops_can.finishes()


def test_a_sops_that_is_too_old_is_named_with_its_version(only_sops_can: Operator) -> None:
    """The old sops is a script that answers as sops 3.8.1 does when it is asked for its version: it gets no further."""
    path = _path_without_sops(only_sops_can.quick.estate.folder / "bin")
    old = Path(path) / "sops"
    old.write_text("#!/bin/sh\necho 'sops 3.8.1'\n")
    old.chmod(0o755)
    only_sops_can.is_refused("the sops at", "is 3.8.1, too old", "Install sops 3.11.0 or later.", environ={"PATH": path})
    only_sops_can.finishes()
