# SPDX-License-Identifier: GPL-3.0-or-later
"""A sound estate, for tests to plant faults in."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from ansible_collections.lotus_lake.secrets.tests.fixtures.holdings_lab import HoldingsLab
from ansible_collections.lotus_lake.secrets.tests.fixtures.lake_estate import lake_estate


@pytest.fixture
def lab(tmp_path: Path) -> HoldingsLab:
    lab = lake_estate(tmp_path)
    lab.declared["policy"] = {"secret_length": 30, "max_age": "90d", "grace": "24h"}
    rules = json.dumps({"creation_rules": [{"path_regex": r"\.(yaml|json|env)$", "age": lab.sops.recipient}]})
    for repository in lab.declared["repositories"]:
        lab.path(repository["name"], ".sops.yaml").write_text(rules)
    lab.path("h-kube", "README.md").write_text("kind: Secret is written like this, and AGE-SECRET-KEY-1 begins an age key\n")
    for repository in lab.declared["repositories"]:
        repository["checkout"] = str(lab.folder / repository["name"])
        lab.git(repository["name"], "branch", "-qM", "main")
    lab.commit("Say who can read what")
    return lab
