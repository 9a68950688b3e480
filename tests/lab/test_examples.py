# SPDX-License-Identifier: GPL-3.0-or-later
"""The examples of the modules that need a cluster, run as they stand there."""

from __future__ import annotations

from pathlib import Path

import pytest
import yaml
from ansible_collections.lotus_lake.secrets.tests.fixtures.examples import IN_A_CLUSTER, examples_of
from ansible_collections.lotus_lake.secrets.tests.lab.rotations import Rotations


@pytest.mark.parametrize("shipped", [0, 300], ids=["in process", "shipped"])
@pytest.mark.parametrize("module", [name for name in IN_A_CLUSTER if name != "secret_apply"])
def test_the_examples_of_a_module_work_on_the_estate_in_the_lab(
    rotations: Rotations, tmp_path: Path, module: str, shipped: int
) -> None:
    tasks = examples_of(module)
    if shipped:
        tasks[0] |= {"async": shipped, "poll": 1}
    made = {"lotus_lake.secrets.git_workspace": {"estate": "{{ estate }}"}, "register": "made"}
    settings = {"ansible_remote_tmp": f"{tmp_path}/remote", "ansible_async_dir": f"{tmp_path}/async"}
    play = {"hosts": "estates", "gather_facts": False, "vars": settings, "tasks": [made, *tasks]}
    (tmp_path / "example.yml").write_text(yaml.safe_dump([play]))
    done = rotations.run(str(tmp_path / "example.yml"), "-vvv")
    assert done.code == 0, done.output
    secrets = {secret for pairs in rotations.made.estate.master().values() for _key_id, secret in pairs}
    assert not [secret for secret in secrets if secret in done.output]
