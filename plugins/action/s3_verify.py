# SPDX-License-Identifier: GPL-3.0-or-later
"""Runs s3_verify in the controller's own process where that is the target."""

from __future__ import annotations

from ..module_utils.operations.s3_verify import OPERATION
from ..module_utils.s3.client import prepare
from ..plugin_utils.in_process import OperationAction

# Ansible loads this once, and forks a process for each task
prepare()


class ActionModule(OperationAction):
    operation = OPERATION
