# SPDX-License-Identifier: GPL-3.0-or-later
"""How a value inside a document is addressed."""

from __future__ import annotations

from collections.abc import Sequence

KeyPath = tuple[str | int, ...]  # pylint: disable=unsupported-binary-operation


def parse_key_path(text_or_list: str | Sequence[str | int]) -> KeyPath:
    """The key path that a person wrote.

    Args:
        text_or_list: ``"stringData.ACCESS_KEY_ID"`` is split at its dots. A list is taken as it is, so that keys with dots can
            be named: ``["data", "config.json"]``.

    Returns:
        The components. Digits in a dotted text stay text; where the document has a list, they address its items.
    """
    if isinstance(text_or_list, str):
        return tuple(text_or_list.split(".")) if text_or_list else ()
    return tuple(text_or_list)


def show(path: KeyPath) -> str:
    """The path as people read it: dotted, keys with dots in quotes."""
    return ".".join(f'"{part}"' if isinstance(part, str) and ("." in part or not part) else str(part) for part in path)
