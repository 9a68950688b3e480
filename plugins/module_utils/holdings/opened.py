# SPDX-License-Identifier: GPL-3.0-or-later
"""An estate with its files and history at hand, once everything in its declaration holds."""

from __future__ import annotations

import contextlib
import dataclasses
import difflib
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from ..estate import declaration
from ..estate.declaration import Declaration
from ..estate.model import Estate
from ..failure import Failure
from ..git.history import History
from ..git.program import Git
from ..sops.age_keys import AgeKeys
from ..sops.fingerprint import Fingerprints
from . import mistakes
from .files import Files
from .observe import Held, observe
from .past import Past


@dataclasses.dataclass(frozen=True)
class OpenedEstate:
    """What an operation on an estate works with."""

    estate: Estate
    folders: Mapping[str, Path]
    files: Files
    past: Past
    fingerprints: Fingerprints
    git: Git

    def tip(self, repository: str) -> str:
        """The commit that a workspace stands at."""
        return self.git.run("rev-parse", "HEAD", at=self.folders[repository]).strip()

    def observe(self) -> dict[str, Held]:
        """All identities as they are now."""
        return observe(self.estate, self.files, self.past)

    def chosen(self, names: Sequence[str] | None) -> list[str]:
        """The identities that ``names`` says, all where it says none; in the estate's order.

        Raises:
            Failure: One isn't in the estate.
        """
        known = [identity.name for identity in self.estate.identities]
        unknown = [name for name in names or () if name not in known]
        if unknown:
            near = difflib.get_close_matches(unknown[0], known, n=1)
            raise Failure(
                f"The estate has no identity {', '.join(unknown)}.",
                state="Nothing was changed.",
                remedy=f"Did you mean {near[0]}?" if near else f"It has {', '.join(known)}.",
            )
        return [name for name in known if not names or name in names]


@contextlib.contextmanager
def opened(
    declared: Any,
    workspaces: Mapping[str, Any],
    environ: Mapping[str, str],
    progress: Callable[[str], None],
    *,
    withdrawn: Sequence[str] = (),
    at_controller: bool = False,
) -> Iterator[OpenedEstate]:
    """Open a declared estate in its workspaces.

    Args:
        withdrawn: See ``Past``.
        at_controller: See ``checked``.

    Raises:
        Failure: All mistakes of the declaration, or what keeps the files from being read.
    """
    folders = {name: Path(workspace["path"]) for name, workspace in workspaces.items()}
    keys = AgeKeys.find(environ, progress)
    files = Files(folders, keys)
    estate = checked(declared, files, set(folders), at_controller=at_controller)
    git = Git(environ, progress=progress)
    with contextlib.ExitStack() as stack:
        histories = {name: stack.enter_context(History(folder, git)) for name, folder in folders.items()}
        key = files.opened((estate.master.repository, estate.master.file)).data_key_fingerprint_key
        yield OpenedEstate(estate, folders, files, Past(histories, keys, withdrawn), Fingerprints(key), git)


def checked(declared: Any, files: Files, available: set[str], *, at_controller: bool) -> Estate:
    """The estate of a declaration in which nothing is wrong.

    Args:
        at_controller: Whether this machine is the one that has the task files of deliveries.

    Raises:
        Failure: Everything that is wrong, in the declaration and between it and the files in ``available`` repositories.
    """
    read = declaration.read(declared)
    wrong = []
    if read.estate and not read.mistakes:
        missing = {repository.name for repository in read.estate.repositories} - available
        wrong += [f"estate.repositories: there is no workspace of {name}" for name in sorted(missing)]
    wrong += every_mistake(read, files, available, at_controller=at_controller)
    if wrong or read.estate is None:
        raise mistaken(wrong)
    return read.estate


def every_mistake(read: Declaration, files: Files, available: set[str], *, at_controller: bool) -> list[str]:
    """What is wrong in a declaration, and between it and the files of this machine; see ``checked``."""
    if read.estate is None:
        return list(read.mistakes)
    of_machine = mistakes.on_this_machine(read.estate, at_controller=at_controller)
    return [*read.mistakes, *of_machine, *mistakes.find(read.estate, files, available)]


def mistaken(wrong: Sequence[str]) -> Failure:
    """What to raise for the mistakes of a declaration."""
    listed = "".join(f"\n  - {mistake}" for mistake in wrong)
    count = "a mistake" if len(wrong) == 1 else f"{len(wrong)} mistakes"
    return Failure(
        f"The estate has {count}:{listed}\n", state="Nothing was changed.", remedy="Correct these places, and run again."
    )
