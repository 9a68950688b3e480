# SPDX-License-Identifier: GPL-3.0-or-later
"""The tests in a browser: as root installs Debian's Chromium where there is none, after saying so, and runs them.

Where there can be no Chromium, they are skipped with a line that says so.
"""

from __future__ import annotations

import sys

from . import provided
from .places import ROOT

sys.path.insert(0, str(ROOT / "collections"))

from ansible_collections.lotus_lake.secrets.lab import debian
from ansible_collections.lotus_lake.secrets.tests.fixtures import chromium

if __name__ == "__main__":
    if not chromium.program():
        provided.install(lambda say: debian.install([chromium.PACKAGE], say))
    provided.run("tests/browser")
