# SPDX-License-Identifier: GPL-3.0-or-later
"""Which keys of a file are encrypted."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from .go_regex import matcher
from .key_path import KeyPath
from .unsure import Unsure

_BY_COMMENT = ("unencrypted_comment_regex", "encrypted_comment_regex")
RULES = ("unencrypted_suffix", "encrypted_suffix", "unencrypted_regex", "encrypted_regex", *_BY_COMMENT)


class Rules:
    """A file's rule about its keys. A key follows the rule when it or any key above it does.

    Args:
        metadata: The file's metadata; at most one of ``RULES`` may be in it.
    """

    def __init__(self, metadata: Mapping[str, object]) -> None:
        given = [name for name in RULES if metadata.get(name)]
        if len(given) > 1:
            raise Unsure("it has several rules about what is encrypted")
        name = given[0] if given else "unencrypted_suffix"
        if name in _BY_COMMENT:
            raise Unsure(f"its {name} depends on comments")
        text = metadata.get(name) or "_unencrypted"
        if not isinstance(text, str):
            raise Unsure(f"its {name} is not a text")
        self.text = f"{name}: {text}"
        self._marked_is_encrypted = name.startswith("encrypted")
        self._matches: Callable[[str], bool]
        self._matches = (lambda key: key.endswith(text)) if name.endswith("suffix") else matcher(text)
        self._known: dict[KeyPath, bool] = {(): False}

    def encrypts(self, path: KeyPath) -> bool:
        """Whether the value at this path is to be encrypted."""
        return self._marked(path) is self._marked_is_encrypted

    def _marked(self, path: KeyPath) -> bool:
        known = self._known.get(path)
        if known is None:
            last = path[-1]
            known = self._marked(path[:-1]) or (isinstance(last, str) and self._matches(last))
            self._known[path] = known
        return known
