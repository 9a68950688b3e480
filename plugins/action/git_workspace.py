# SPDX-License-Identifier: GPL-3.0-or-later
"""Runs git_workspace in the controller's own process where that is the target."""

from __future__ import annotations

from ..module_utils.operations.git_workspace import OPERATION
from ..plugin_utils.in_process import OperationAction


class ActionModule(OperationAction):
    operation = OPERATION
