# SPDX-License-Identifier: GPL-3.0-or-later
"""The layout of each format. A new format is a new file and a line here."""

from __future__ import annotations

from ..failure import Failure
from .dotenv_layout import DotenvLayout
from .format import Format
from .ini_layout import IniLayout
from .json_layout import JsonLayout
from .layout import Layout
from .yaml_layout import YamlLayout

_LAYOUTS: dict[Format, Layout] = {
    Format.YAML: YamlLayout(),
    Format.JSON: JsonLayout(),
    Format.DOTENV: DotenvLayout(),
    Format.INI: IniLayout(),
}


def layout_of(format: Format, name: str) -> Layout:
    """The layout of a format; ``name`` is the file's, for the Failure of a binary one."""
    layout = _LAYOUTS.get(format)
    if layout is None:
        raise Failure(
            f"{name} is a binary file for SOPS, going by its name: it has no keys.",
            state="Nothing was changed.",
            remedy="Use a file whose name ends with .yaml, .yml, .json, .env or .ini.",
        )
    return layout
