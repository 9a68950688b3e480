# SPDX-License-Identifier: GPL-3.0-or-later
"""Reads credentials out of SOPS files, of today or of an earlier commit."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from ..estate.model import Place
from ..failure import Failure
from ..git.history import History
from ..git.program import Git
from ..holdings import master, places
from ..s3.credential import S3Credential
from ..seaweedfs.identities import InvalidDocument, parse
from ..sops.age_keys import AgeKeys
from ..sops.format import Format
from ..sops.key_path import parse_key_path
from ..sops.sops_file import SopsFile
from ..waiting import Progress

OPTIONS: dict[str, Any] = {
    "name": {"type": "str", "required": True},
    "file": {"type": "path", "required": True},
    "commit": {"type": "str"},
    "access_key": {"type": "raw", "no_log": False},
    "secret_key": {"type": "raw", "no_log": False},
    "master": {"type": "raw"},
    "identity": {"type": "str"},
    "access_key_id": {"type": "str", "no_log": False},
}
"""Says where one credential lies: by two key paths, or by its access key id in an identities document."""

RULES: dict[str, Any] = {
    "required_together": [["access_key", "secret_key"], ["identity", "access_key_id"]],
    "required_one_of": [["access_key", "identity"]],
    "mutually_exclusive": [["access_key", "identity"], ["access_key", "master"]],
}


class CredentialFiles:
    """Opens each version of each file once.

    Args:
        environ: The environment, for age keys and git.
        progress: Says one line to the operator while a program is waited for.
    """

    def __init__(self, environ: Mapping[str, str], progress: Progress) -> None:
        self._keys = AgeKeys.find(environ, progress)
        self._git = Git(environ, progress=progress)
        self._opened: dict[tuple[str, str | None], SopsFile] = {}

    def credential(self, options: Mapping[str, Any]) -> S3Credential:
        """The credential that ``OPTIONS`` describe.

        Raises:
            Failure: The file can't be read, or doesn't hold it.
        """
        file = self._open(options["file"], options["commit"])
        try:
            if options["identity"]:
                return self._of_master(file, options)
            return S3Credential(_value(file, options["access_key"]), _value(file, options["secret_key"]))
        except places.NoValue as error:
            raise Failure(
                f"{options['name']}: {file.name} holds no credential as described: {error}.",
                state="Nothing was asked.",
                remedy="Correct the key paths.",
            ) from None

    def _of_master(self, file: SopsFile, options: Mapping[str, Any]) -> S3Credential:
        place = Place("", options["file"], parse_key_path(options["master"] or ""))
        try:
            identities = parse(master.text_of(file, place))
        except InvalidDocument as error:
            raise Failure(
                f"{file.name} holds no identities document: {error}.", state="Nothing was asked.", remedy="Mend the file."
            ) from None
        name, access_key_id = options["identity"], options["access_key_id"]
        for identity in identities:
            for credential in identity.credentials:
                if identity.name == name and credential.access_key_id == access_key_id:
                    if credential.is_reference:
                        raise places.NoValue(f"the secret of {access_key_id} is a reference to the gateway's environment")
                    return S3Credential(access_key_id, credential.secret_key)
        raise places.NoValue(f"identity {name} has no credential with the access key id {access_key_id}")

    def _open(self, file: str, commit: str | None) -> SopsFile:
        if (file, commit) not in self._opened:
            path = Path(file)
            self._opened[file, commit] = self._earlier(path, commit) if commit else SopsFile.load(path, self._keys)
        return self._opened[file, commit]

    def _earlier(self, path: Path, commit: str) -> SopsFile:
        # The file, and folders on the way to it, may be gone by now
        folder = next((parent for parent in path.absolute().parents if parent.is_dir()), Path("/"))
        top = Path(self._git.run("rev-parse", "--show-toplevel", at=folder).strip())
        inside = (folder.resolve() / path.absolute().relative_to(folder)).relative_to(top.resolve()).as_posix()
        with History(top, self._git) as history:
            text = history.read(commit, inside)
        if text is None:
            raise Failure(
                f"{inside} is not in the commit {commit} of {top}.",
                state="Nothing was asked.",
                remedy="Correct the commit or the file.",
            )
        return SopsFile.parse(text, name=f"{path} of commit {commit}", format=Format.of(path), keys=self._keys)


def _value(file: SopsFile, key: Any) -> str:
    place = Place("", file.name, parse_key_path(key))
    try:
        return places.unwrap(file, place, places.raw(file, place))
    except places.NoValue as error:
        shown = key if isinstance(key, str) else ".".join(map(str, key))
        raise places.NoValue(f"{shown}: {error}") from None
