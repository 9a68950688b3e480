# SPDX-License-Identifier: GPL-3.0-or-later
"""The formats that SOPS tells apart by a file's name."""

from __future__ import annotations

import enum
from pathlib import PurePath


class Format(enum.Enum):
    """A format; the value is its name for ``sops --input-type``."""

    YAML = "yaml"
    JSON = "json"
    DOTENV = "dotenv"
    INI = "ini"
    BINARY = "binary"

    @classmethod
    def of(cls, path: PurePath | str) -> Format:
        """The format that SOPS takes a file of this name for."""
        return _SUFFIXES.get(PurePath(path).suffix or PurePath(path).name, cls.BINARY)


_SUFFIXES = {
    ".yaml": Format.YAML,
    ".yml": Format.YAML,
    ".json": Format.JSON,
    ".env": Format.DOTENV,
    ".ini": Format.INI,
}
