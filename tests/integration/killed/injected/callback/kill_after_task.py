# SPDX-License-Identifier: GPL-3.0-or-later
"""Counts a task's result as one more point of those in sitecustomize.py."""

from __future__ import annotations

from typing import Any

import sitecustomize  # type: ignore[import-not-found]
from ansible.plugins.callback import CallbackBase

DOCUMENTATION = """
name: kill_after_task
type: aggregate
short_description: Ends the run after the k-th point, where that is the result of a task
description:
  - For tests. Each result of a task is a point at which a run may be killed.
"""


class CallbackModule(CallbackBase):  # type: ignore[misc]
    CALLBACK_VERSION = 2.0
    CALLBACK_TYPE = "aggregate"
    CALLBACK_NAME = "kill_after_task"

    def _count(self, result: Any, **options: Any) -> None:
        if sitecustomize.passed(f"task {result._task.get_name()}"):
            sitecustomize.end_everything()

    v2_runner_on_ok = v2_runner_on_skipped = v2_runner_on_failed = _count
