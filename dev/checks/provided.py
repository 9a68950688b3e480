# SPDX-License-Identifier: GPL-3.0-or-later
"""Tests that need what Debian has: root gets it installed, after it was said, and others get the tests skipped with a line."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable
from typing import NoReturn

from .places import ROOT


def install(how: Callable[[Callable[[str], None]], None]) -> None:
    """Run what installs, where this is root on Linux. That it can't is said, and no end: the tests say what they lack."""
    if sys.platform == "linux" and os.getuid() == 0:
        try:
            how(print)
        except RuntimeError as error:
            print(error)


def run(tests: str) -> NoReturn:
    """Become pytest on a folder of tests, one after the other, with the arguments that the check was given."""
    os.chdir(ROOT)
    os.execv(sys.executable, [sys.executable, "-m", "pytest", tests, "-n", "0", "-rs", *sys.argv[1:]])
