# SPDX-License-Identifier: GPL-3.0-or-later
"""The examples of the modules that need a cluster, run as they stand there."""

from __future__ import annotations

import pytest
from ansible_collections.lotus_lake.secrets.tests.fixtures.examples import IN_A_CLUSTER, examples_of
from ansible_collections.lotus_lake.secrets.tests.lab.rotations import Rotations


@pytest.mark.parametrize("shipped", [0, 300], ids=["in process", "shipped"])
@pytest.mark.parametrize("module", [name for name in IN_A_CLUSTER if name != "secret_apply"])
def test_the_examples_of_a_module_work_on_the_estate_in_the_lab(rotations: Rotations, module: str, shipped: int) -> None:
    done = rotations.run_tasks(examples_of(module), shipped=shipped)
    assert done.code == 0, done.output
    secrets = {secret for pairs in rotations.made.estate.master().values() for _key_id, secret in pairs}
    assert not [secret for secret in secrets if secret in done.output]
