# SPDX-License-Identifier: GPL-3.0-or-later
"""What an audit says of a cluster's messages."""

from __future__ import annotations

from pathlib import Path
from typing import Any, cast

from ansible_collections.lotus_lake.secrets.plugins.module_utils.audit.running import Running
from ansible_collections.lotus_lake.secrets.tests.fixtures.lake_estate import FIRST, lake_estate, rewrite_master

NOBODYS = "nobodys-secret-key"
"""Nothing in it looks like one."""


def test_what_flux_says_shows_no_value_of_a_copy_or_of_the_master(tmp_path: Path) -> None:
    lab = lake_estate(tmp_path)
    ghost = {"name": "ghost", "credentials": [{"accessKey": "ghost", "secretKey": NOBODYS}], "actions": ["Read"]}
    rewrite_master(lab, lambda by_name: by_name["document"]["identities"].append(ghost))
    lab.commit()
    with lab.opened() as estate:
        redaction = Running(estate, cast("Any", None), lambda repository: ()).redaction
        said = redaction.of(f"can not apply {FIRST['daggy']} and {NOBODYS}")
    assert said.startswith("can not apply ")
    assert FIRST["daggy"] not in said
    assert NOBODYS not in said
