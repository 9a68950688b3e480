# SPDX-License-Identifier: GPL-3.0-or-later
"""The tests on a cluster: as root installs what Debian packages they need, builds the lab's programs once, and runs them.

Where there can be no lab, its tests are skipped with a line that says why.
"""

from __future__ import annotations

import sys

from . import provided
from .places import ROOT

sys.path.insert(0, str(ROOT / "collections"))

from ansible_collections.lotus_lake.secrets.lab import building, machine

if __name__ == "__main__":
    provided.install(machine.install)
    if not machine.missing():
        try:
            building.build()
        except building.BuildFailed as error:
            sys.exit(str(error))
    # one lab: two would keep two cores from the other checks
    provided.run("tests/lab")
