# SPDX-License-Identifier: GPL-3.0-or-later
"""Does what Flux and the pods would do: follows the remotes, decrypts, gives SeaweedFS its document and services their Secrets.

    python -m ansible_collections.lotus_lake.secrets.demo.follower ESTATE NAME SEAWEEDFS_CONFIG SEAWEEDFS_PID

It runs until it is terminated.
"""

from __future__ import annotations

import base64
import json
import os
import signal
import sys
import threading
from pathlib import Path
from typing import Any

from ..plugins.module_utils.estate.model import Place
from .atomic import replace
from .estate import EmbeddedEstate
from .processes import born
from .programs import ProgramFailed, git

POLL = 0.1
"""Seconds between two looks at the remotes."""


class Follower:
    """Applies what is pushed to an estate's remotes.

    Args:
        estate: Whose remotes, key and declaration.
        config: The file with SeaweedFS's identities document.
        pid: The process id of SeaweedFS, which gets SIGHUP after the file was replaced; 0 where it doesn't run.
    """

    def __init__(self, estate: EmbeddedEstate, config: Path, pid: int) -> None:
        self._estate, self._config, self._pid = estate, config, pid
        self._born = born(pid) if pid else ""
        self._model = estate.model
        self._tips: dict[str, str] = {}
        self._clones = estate.folder / "follower" / "clones"
        self._trouble = ""

    def catch_up(self) -> list[str]:
        """Look at each remote once and apply what is new.

        Returns:
            A line for each commit that was applied.

        Raises:
            ProgramFailed: A remote or a file of it can't be read. What came before is applied.
        """
        lines = []
        for repository in self._model.repositories:
            tip = git(self._estate.folder, "ls-remote", str(self._estate.remote(repository.name)), "refs/heads/main").split()
            if tip and tip[0] != self._tips.get(repository.name):
                lines.append(self._apply(repository.name, tip[0]))
                self._tips[repository.name] = tip[0]
        return lines

    def follow(self, ended: threading.Event) -> None:
        """Catch up again and again. Trouble is said once and tried again."""
        while not ended.wait(POLL):
            trouble = ""
            try:
                for line in self.catch_up():
                    print(line, flush=True)
            except (ProgramFailed, OSError, ValueError, LookupError) as error:
                # a document that can't be read may be quoted in the error, with its secrets
                trouble = str(error) if isinstance(error, ProgramFailed) else f"{type(error).__name__}: can't be applied"
            if trouble and trouble != self._trouble:
                print(trouble, flush=True)
            self._trouble = trouble

    def _apply(self, repository: str, tip: str) -> str:
        clone = self._clones / f"{repository}.git"
        before = self._tips.get(repository, "")
        if not clone.exists():
            clone.parent.mkdir(parents=True, exist_ok=True)
            git(self._estate.folder, "clone", "-q", "--mirror", str(self._estate.remote(repository)), str(clone))
        git(clone, "fetch", "-q", "--prune")
        ours = self._model.files(repository)
        listed = git(clone, "diff", "--name-only", before, tip) if before else git(clone, "ls-tree", "-r", "--name-only", tip)
        changed = [file for file in ours if file in listed.splitlines()]
        for file in changed:
            self._deliver(repository, file, self._estate.document(repository, file, tip))
        new = git(clone, "rev-list", f"{before}..{tip}" if before else tip).split()
        applied = self._estate.applied(repository)
        held = applied.read_text() if before and applied.exists() else ""
        replace(applied, held + "".join(f"{commit}\n" for commit in reversed(new)))
        return f"{repository} {tip[:12]}: {', '.join(Path(file).name for file in changed) or 'nothing of the estate'}"

    def _deliver(self, repository: str, file: str, document: Any) -> None:
        master = self._model.master
        if (master.repository, master.file) == (repository, file):
            replace(self._config, _text(document, master), mode=0o600)
            # 0 would be this process' own group, and another process may have got the id meanwhile
            if self._pid > 0 and born(self._pid) == self._born:
                os.kill(self._pid, signal.SIGHUP)
        mount = self._estate.mount(repository, file)
        replace(mount, json.dumps(document), mode=0o600)


def _text(document: Any, place: Place) -> str:
    """The identities document in a decrypted master."""
    if not place.key:
        return json.dumps(document)
    held = document
    for part in place.key:
        held = held[part]
    encoded = place.encoding == "base64" or (place.encoding is None and place.key[0] == "data")
    return base64.b64decode(held).decode() if encoded else str(held)


def main() -> int:
    folder, name, config, pid = sys.argv[1:]
    ended = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: ended.set())
    Follower(EmbeddedEstate(Path(folder), name), Path(config), int(pid)).follow(ended)
    return 0


if __name__ == "__main__":
    sys.exit(main())
