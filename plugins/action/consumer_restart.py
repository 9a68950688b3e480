# SPDX-License-Identifier: GPL-3.0-or-later
"""Runs consumer_restart in the controller's own process, or ships its module."""

from __future__ import annotations

from ..module_utils.cluster.api import prepare
from ..module_utils.operations.consumer_restart import OPERATION
from ..plugin_utils.in_process import OperationAction

# Ansible loads this once, and forks a process for each task
prepare()


class ActionModule(OperationAction):
    """The operation is all there is to it."""

    operation = OPERATION
