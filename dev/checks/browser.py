# SPDX-License-Identifier: GPL-3.0-or-later
"""The tests in a browser: as root installs Debian's Chromium where there is none, after saying so, and runs them.

Where there can be no Chromium, they are skipped with a line that says so.
"""

from __future__ import annotations

import os
import sys

from .places import ROOT

sys.path.insert(0, str(ROOT / "collections"))

from ansible_collections.lotus_lake.secrets.lab import debian
from ansible_collections.lotus_lake.secrets.tests.fixtures import chromium


def main() -> int:
    if not chromium.program() and sys.platform == "linux" and os.getuid() == 0:
        try:
            debian.install([chromium.PACKAGE], print)
        except RuntimeError as error:
            print(error)
    os.chdir(ROOT)
    os.execv(sys.executable, [sys.executable, "-m", "pytest", "tests/browser", "-n", "0", "-rs", *sys.argv[1:]])
    return 0


if __name__ == "__main__":
    sys.exit(main())
