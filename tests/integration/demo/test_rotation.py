# SPDX-License-Identifier: GPL-3.0-or-later
"""A whole rotation in the estate that tests get."""

from __future__ import annotations

import pytest
from ansible_collections.lotus_lake.secrets.demo import showing
from ansible_collections.lotus_lake.secrets.demo.client import Services
from ansible_collections.lotus_lake.secrets.demo.estate import EmbeddedEstate
from ansible_collections.lotus_lake.secrets.demo.seaweedfs import SeaweedFS
from ansible_collections.lotus_lake.secrets.tests.fixtures.embedded_estate import RunPlaybook


@pytest.mark.oldest
def test_a_rotation_is_one_run_and_no_request_fails(
    embedded_estate: EmbeddedEstate, run_playbook: RunPlaybook, seaweedfs: SeaweedFS, writing_services: Services
) -> None:
    before = embedded_estate.master()["daggy"]
    run = run_playbook("rotate.yml", "-e", "identity=daggy")
    assert run.code == 0, run.output
    assert run.stats["lotus-lake"]["failed"] == 0
    assert run.stats["lotus-lake"]["changed"] > 0

    [new] = embedded_estate.master()["daggy"]
    assert embedded_estate.copies("daggy") == [new] != before
    assert showing.answer(seaweedfs.endpoint, new) == "accepted"
    assert [showing.answer(seaweedfs.endpoint, old) for old in before] == ["InvalidAccessKeyId"]
    daggy = writing_services.counts()[2]
    assert new[0] in daggy["access_key_ids"]
    assert [count["failures"] for count in writing_services.counts()] == [{}, {}, {}], daggy["last_failure"]
    assert not [secret for secret in embedded_estate.secrets() if secret in run.output]


def test_a_copy_of_the_template_starts_with_keys_that_work(embedded_estate: EmbeddedEstate, seaweedfs: SeaweedFS) -> None:
    """Whatever another test on the same server has retired."""
    for pairs in embedded_estate.master().values():
        assert showing.answer(seaweedfs.endpoint, pairs[0]) == "accepted"
