# SPDX-License-Identifier: GPL-3.0-or-later
"""The tests on a cluster: as root installs what Debian packages they need, builds the lab's programs once, and runs them.

Where there can be no lab, its tests are skipped with a line that says why.
"""

from __future__ import annotations

import os
import sys

from .places import ROOT

sys.path.insert(0, str(ROOT / "collections"))

from ansible_collections.lotus_lake.secrets.lab import building, machine


def main() -> int:
    if sys.platform == "linux" and os.getuid() == 0:
        try:
            machine.install(print)
        except RuntimeError as error:
            print(error)
    if not machine.missing():
        try:
            building.build()
        except building.BuildFailed as error:
            sys.exit(str(error))
    # one lab: two would keep two cores from the other checks
    options = ("-n", "0", "-rs", *sys.argv[1:])
    os.chdir(ROOT)
    os.execv(sys.executable, [sys.executable, "-m", "pytest", "tests/lab", *options])
    return 0


if __name__ == "__main__":
    sys.exit(main())
