# SPDX-License-Identifier: GPL-3.0-or-later
"""Fixtures of every test: the real programs, and age keys made on the spot."""

from __future__ import annotations

import os
import sysconfig
from pathlib import Path

import pytest

pytest_plugins = [
    "ansible_collections.lotus_lake.secrets.tests.fixtures.git_lab",
    "ansible_collections.lotus_lake.secrets.tests.fixtures.seaweedfs",
    "ansible_collections.lotus_lake.secrets.tests.fixtures.embedded_estate",
    "ansible_collections.lotus_lake.secrets.tests.fixtures.quick_estate",
    "ansible_collections.lotus_lake.secrets.tests.fixtures.watch",
]


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """The long ones first."""
    items.sort(key=lambda item: item.get_closest_marker("long") is None)


@pytest.fixture(autouse=True)
def no_keys_of_the_developer(tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch) -> None:
    """Tests see no key, Git configuration or home of whoever runs them, and find the programs of this environment."""
    home = tmp_path_factory.mktemp("home")
    for name in list(os.environ):
        if name.startswith(("SOPS_", "AWS_", "GIT_", "ANSIBLE_")):
            monkeypatch.delenv(name)
    monkeypatch.setenv("HOME", str(home))
    monkeypatch.delenv("XDG_CONFIG_HOME", raising=False)
    monkeypatch.delenv("XDG_CACHE_HOME", raising=False)
    monkeypatch.setenv("PATH", f"{sysconfig.get_path('scripts')}{os.pathsep}{os.environ['PATH']}")
    (home / ".gitconfig").write_text(
        "[user]\n\tname = Operator\n\temail = operator@example.com\n[init]\n\tdefaultBranch = main\n"
    )


@pytest.fixture
def home() -> Path:
    return Path(os.environ["HOME"])
