# SPDX-License-Identifier: GPL-3.0-or-later
"""The Secrets that the commits of a repository bring."""

from __future__ import annotations

from collections.abc import Sequence

from ..failure import Failure
from ..git.history import History
from ..sops.age_keys import AgeKeys
from ..sops.format import Format
from ..sops.sops_file import SopsFile
from .secret_manifests import SecretManifest, secrets_in


class DeliveredFiles:
    """Reads each version of each file once.

    Args:
        name: The repository's, for messages.
        history: Its history.
    """

    def __init__(self, name: str, history: History, keys: AgeKeys) -> None:
        self._name, self._history, self._keys = name, history, keys
        self._opened: dict[tuple[str, str], SopsFile] = {}

    def secrets(self, commit: str, file: str) -> list[SecretManifest]:
        """The Secrets in a file as a commit has it.

        Raises:
            Failure: It isn't in the commit, or can't be read.
        """
        return secrets_in(self._file(commit, file))

    def values(self, commit: str, files: Sequence[str]) -> list[str]:
        """All encrypted values of some files."""
        entries = [entry for file in files for entry in self._file(commit, file).entries()]
        return [str(entry.value) for entry in entries if entry.encrypted and entry.value is not None]

    def _file(self, commit: str, file: str) -> SopsFile:
        if (commit, file) not in self._opened:
            text = self._history.read(commit, file)
            called = f"{self._name}:{file}"
            if text is None:
                raise Failure(
                    f"{called} is not in the commit {commit[:12]}, which the cluster is to have.",
                    state="The cluster was not changed.",
                    remedy="Correct the commit, or bring the file back.",
                )
            self._opened[commit, file] = SopsFile.parse(text, name=called, format=Format.of(file), keys=self._keys)
        return self._opened[commit, file]
