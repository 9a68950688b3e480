# SPDX-License-Identifier: GPL-3.0-or-later
"""``python -m lab``: see ``--help``."""

from __future__ import annotations

import sys
from pathlib import Path

# The folder of a clone has any name; the collection has one, through the symbolic link
sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "collections"))

from ansible_collections.lotus_lake.secrets.lab.command import main

if __name__ == "__main__":
    sys.exit(main())
