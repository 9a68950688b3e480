# SPDX-License-Identifier: GPL-3.0-or-later
"""A repository as the estate declares it."""

from __future__ import annotations

import dataclasses
import re
from collections.abc import Sequence
from pathlib import Path, PurePosixPath

from ..failure import Failure

_AUTHOR = re.compile(r" *([^<>\n]*[^<>\s]) *<([^<>\s]+)> *")


@dataclasses.dataclass(frozen=True)
class Repository:
    """A repository of the estate: a checkout that is there, or a URL from which a run makes its own clone.

    Attributes:
        name: What the estate calls it.
        checkout: The user's checkout; it wins over ``url``.
        url: Where to clone from.
        remote: The remote's name, in the checkout or in the clone.
        branch: The branch that is read and pushed to.
        author: ``Name <address>`` for commits, or None for the user's own identity.
    """

    name: str
    checkout: Path | None = None
    url: str | None = None
    remote: str = "origin"
    branch: str = "main"
    author: str | None = None

    def check(self) -> None:
        """A Failure where git would misunderstand a name, or there is neither checkout nor URL."""
        for field in ("remote", "branch"):
            value = str(getattr(self, field))
            if not is_name(value):
                raise Failure(
                    f"{value!r} of the repository {self.name} can't be the name of a {field}.",
                    state="Nothing was changed.",
                    remedy=f"Write the {field} as `git {field}` lists it.",
                )
        if self.checkout is None and not is_address(self.url or ""):
            raise Failure(
                f"The repository {self.name} has neither a checkout nor a url.",
                state="Nothing was changed.",
                remedy="Give it one of them in the inventory.",
            )
        if self.checkout is None and self.url and holds_password(self.url):
            raise Failure(
                f"The url of the repository {self.name} has a user or a password in it, and would show it wherever it is told.",
                state="Nothing was changed.",
                remedy="Leave it out, and have git ask a credential helper.",
            )
        if self.author is not None and not is_author(self.author):
            raise Failure(
                f"{self.author!r} of the repository {self.name} is no author.",
                state="Nothing was changed.",
                remedy="Write it as 'Name <address>'.",
            )


def is_name(text: str) -> bool:
    """Whether git takes a text for the name of a remote or a branch, and for nothing else."""
    return re.fullmatch(r"[^-\s~^:?*\[\\][^\s~^:?*\[\\]*", text) is not None and ".." not in text


def is_address(text: str) -> bool:
    """Whether git takes a text for an address, and not for an option."""
    return bool(text) and not text.startswith("-")


def is_author(text: str) -> bool:
    """Whether a text is ``Name <address>``."""
    return _AUTHOR.fullmatch(text) is not None


def holds_password(url: str) -> bool:
    """Whether an address has a secret in it. In one of http a user's name alone may be a token; in one of ssh it never is."""
    found = re.match(r"(?P<scheme>[A-Za-z][A-Za-z0-9+.-]*)://(?P<who>[^/?#]*)@", url)
    return found is not None and ("ssh" not in found["scheme"].lower() or ":" in found["who"])


def identity(author: str) -> tuple[str, str]:
    """Name and address of ``Name <address>``."""
    match = _AUTHOR.fullmatch(author)
    if match is None:
        raise ValueError(f"{author!r} is no author")
    return match[1], match[2]


def checked_paths(paths: Sequence[str], name: str) -> tuple[str, ...]:
    """The paths without repetition, in a plain form. A Failure where one doesn't stay inside the repository ``name``."""
    plain = []
    for path in paths:
        parts = PurePosixPath(path).parts
        if not parts or path.startswith("/") or ".." in parts or parts[0] == ".git" or re.search(r"[\0\n\r]", path):
            raise Failure(
                f"{path!r} is no file of the repository {name}.",
                state="Nothing was changed.",
                remedy="Name files by their path from the repository's root.",
            )
        plain.append("/".join(parts))
    return tuple(dict.fromkeys(plain))
