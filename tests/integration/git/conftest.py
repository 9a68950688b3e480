# SPDX-License-Identifier: GPL-3.0-or-later
"""A checkout, and a run's worktree of it."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from ansible_collections.lotus_lake.secrets.plugins.module_utils.git.program import Git
from ansible_collections.lotus_lake.secrets.plugins.module_utils.git.workspace import Repository, Workspace, make
from ansible_collections.lotus_lake.secrets.tests.fixtures.git_lab import ODD, Lab
from ansible_collections.lotus_lake.secrets.tests.fixtures.git_runs import OTHER, SECRETS


@pytest.fixture
def checkout(lab: Lab) -> Path:
    return lab.clone("mine")


@pytest.fixture
def workspace(lab: Lab, checkout: Path, program: Git) -> Workspace:
    return make(Repository("estate", checkout=checkout), [SECRETS, OTHER, ODD], lab.folder, program, run_pid=os.getpid())
