# SPDX-License-Identifier: GPL-3.0-or-later
"""Replaces a file so that no reader sees half of it."""

from __future__ import annotations

import os
from pathlib import Path


def replace(file: Path, text: str, *, mode: int = 0o644) -> None:
    """Write the text beside the file and rename it; folders are made where missing."""
    file.parent.mkdir(parents=True, exist_ok=True)
    new = file.with_name(f".{file.name}.{os.getpid()}")
    new.touch(mode=mode)
    new.write_text(text)
    new.replace(file)
