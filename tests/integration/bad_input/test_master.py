# SPDX-License-Identifier: GPL-3.0-or-later
"""Masters that SeaweedFS would not start with."""

from __future__ import annotations

import json
from typing import Any

import pytest
from ansible_collections.lotus_lake.secrets.tests.fixtures.quick_estate import FIRST, WHO

Operator = Any

KEY = ("stringData", "seaweedfs_s3_config")


def _identity(name: str, *ids: str) -> dict[str, Any]:
    return {"name": name, "credentials": [{"accessKey": i, "secretKey": "abcdefghijklmn"} for i in ids], "actions": ["Read"]}


@pytest.mark.parametrize(
    ("text", "saying"),
    [
        ('{"identities": [', "it is no valid JSON"),
        ('{"identities": []}', "no identities"),
        (json.dumps({"identities": [_identity(WHO, "same"), _identity("other", "same")]}), "same"),
    ],
    ids=["invalid JSON", "no identities", "an access key id under two identities"],
)
def test_a_master_that_ends_seaweedfs_is_refused_and_the_same_run_works_when_it_is_mended(
    operator: Operator, text: str, saying: str
) -> None:
    estate = operator.quick.estate
    good = operator.master.read_text()
    estate.set(FIRST, estate.model.master.file, KEY, text)
    estate.commit(FIRST, "By hand")
    said = operator.is_refused(
        saying, "holds no document that SeaweedFS would start with", estate.model.master.file, "Nothing was changed.", "sops edit"
    )
    assert "abcdefghijklmn" not in said
    operator.publish(operator.master, good)
    operator.finishes()
