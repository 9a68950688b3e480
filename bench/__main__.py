# SPDX-License-Identifier: GPL-3.0-or-later
"""``make bench``: every measurement, or those named: ``make bench ARGS=files``."""

from __future__ import annotations

import os
import platform
import sys
from pathlib import Path

# The folder of a clone has any name; the collection has one, through the symbolic link
sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "collections"))

from ansible_collections.lotus_lake.secrets.bench import audit, cluster, files, rotations

MEASUREMENTS = {"files": files.measure, "rotations": rotations.measure, "audit": audit.measure, "cluster": cluster.measure}


def main() -> int:
    """Measure and print Markdown tables."""
    names = sys.argv[1:] or list(MEASUREMENTS)
    unknown = [name for name in names if name not in MEASUREMENTS]
    if unknown:
        print(f"There is no measurement {', '.join(unknown)}; there are {', '.join(MEASUREMENTS)}.", file=sys.stderr)
        return 2
    print(f"Python {platform.python_version()}, {os.cpu_count()} cores, load {os.getloadavg()[0]:.1f} at the start\n", flush=True)
    for name in names:
        print(f"{MEASUREMENTS[name]()}\n", flush=True)
    return 0


if __name__ == "__main__":
    sys.exit(main())
