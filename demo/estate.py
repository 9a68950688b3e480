# SPDX-License-Identifier: GPL-3.0-or-later
"""A whole estate in one folder: an age key, remotes and checkouts with encrypted files, and the inventory that declares it."""

from __future__ import annotations

import base64
import copy
import dataclasses
import datetime
import json
import shutil
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import yaml

from ..plugins.module_utils.estate import declaration
from ..plugins.module_utils.estate.model import Estate
from .declarations import ROOT, Declaration
from .inventory import placed, write_inventory
from .manifests import Pair
from .programs import git
from .sealing import set_value, unseal

DELIVER = ROOT / "demo" / "deliver.yml"


@dataclasses.dataclass(frozen=True)
class EmbeddedEstate:
    """An estate that ``building.build`` made, in ``folder``.

    Attributes:
        name: The estate's name, which is its host in the inventory.
    """

    folder: Path
    name: str = "lotus-lake"

    @property
    def age_key(self) -> Path:
        """The file with the age key that opens every file."""
        return self.folder / "age.key"

    @property
    def inventory(self) -> Path:
        return self.folder / "inventory"

    @property
    def environ(self) -> dict[str, str]:
        """The variables that a run needs: where the key and the inventory are, and a place for Ansible's own files."""
        return {
            "SOPS_AGE_KEY_FILE": str(self.age_key),
            "ANSIBLE_INVENTORY": str(self.inventory),
            "ANSIBLE_HOME": str(self.folder / "ansible"),
        }

    @property
    def declaration(self) -> Declaration:
        """The estate as the inventory declares it, to read, or to change and give to ``declare``."""
        file = self.inventory / "host_vars" / self.name / "estate.yml"
        declared: Declaration = yaml.safe_load(file.read_text())["estate"]
        return declared

    @property
    def model(self) -> Estate:
        """The declaration, read."""
        read = declaration.read(self.declaration)
        if read.estate is None or read.mistakes:
            raise ValueError(f"the estate in {self.folder} is declared with mistakes: {'; '.join(read.mistakes)}")
        return read.estate

    @property
    def repositories(self) -> list[str]:
        """Their names, in push order."""
        return [repository["name"] for repository in self.declaration["repositories"]]

    def remote(self, repository: str) -> Path:
        """The bare repository that is a checkout's remote."""
        return self.folder / "remotes" / f"{repository}.git"

    def checkout(self, repository: str) -> Path:
        """The operator's checkout."""
        return self.folder / "checkouts" / repository

    def applied(self, repository: str) -> Path:
        """The file with the commits that the follower has applied, or that came before one."""
        return self.folder / "follower" / "applied" / repository

    def mount(self, repository: str, file: str) -> Path:
        """Where the follower puts a decrypted file for the service that uses it, as JSON."""
        return self.folder / "follower" / "mounts" / repository / f"{file}.json"

    def declare(self, declared: Declaration) -> None:
        """Write the inventory anew."""
        write_inventory(self.inventory, self.name, declared, self.folder / "follower" / "applied")

    def change(self, *, endpoint: str | None = None, policy: Mapping[str, Any] | None = None, **more: Any) -> None:
        """Change parts of the declaration: the endpoint's URL, single policies, or whole top-level keys."""
        declared = self.declaration
        if endpoint is not None:
            declared["s3"]["endpoints"] = [{"url": endpoint}]
        declared["policy"] = {**declared.get("policy", {}), **(policy or {})}
        self.declare({**declared, **more})

    def deliver_by_follower(self) -> None:
        """Let a run wait after each push until the follower has applied it."""
        self.change(delivery={"method": "tasks", "tasks": str(DELIVER)})

    def copied_to(self, folder: Path) -> EmbeddedEstate:
        """The same estate, secrets too, with remotes, checkouts and inventory of its own."""
        shutil.copytree(self.folder, folder, symlinks=True)
        copied = EmbeddedEstate(folder, self.name)
        for repository in self.repositories:
            config = copied.checkout(repository) / ".git" / "config"
            config.write_text(config.read_text().replace(str(self.folder), str(folder)))
        copied.declare(placed(copied.declaration, folder))
        return copied

    def tip(self, repository: str) -> str:
        """The commit at the remote's tip."""
        return git(self.remote(repository), "rev-parse", "main")

    def tips(self) -> dict[str, str]:
        return {repository: self.tip(repository) for repository in self.repositories}

    def document(self, repository: str, file: str, commit: str = "main") -> Any:
        """A file of the remote, decrypted by sops."""
        return unseal(git(self.remote(repository), "show", f"{commit}:{file}") + "\n", file, self.age_key)

    def master(self, commit: str = "main") -> dict[str, list[Pair]]:
        """Each identity's credentials in the master, at the remote's tip or an earlier commit."""
        place = self.model.master
        document = self.document(place.repository, place.file, commit)
        if place.key:
            text = _at(document, place.key)
            document = json.loads(base64.b64decode(text) if place.key[0] == "data" else text)
        return {
            identity["name"]: [(one["accessKey"], one["secretKey"]) for one in identity["credentials"]]
            for identity in document["identities"]
        }

    def copies(self, identity: str) -> list[Pair]:
        """What each copy of an identity holds at the remote's tip. For copies that are plain values."""
        documents = [self.document(c.repository, c.file) for c in self.model.identity(identity).copies]
        return [
            (_at(document, c.access_key.key), _at(document, c.secret_key.key))
            for c, document in zip(self.model.identity(identity).copies, documents, strict=True)
        ]

    def masters(self) -> Iterator[tuple[str, dict[str, list[Pair]]]]:
        """The commits that changed the master, newest first, with what it then held."""
        place = self.model.master
        for commit in git(self.remote(place.repository), "log", "--format=%H", "main", "--", place.file).split():
            yield commit, self.master(commit)

    def secrets(self) -> set[str]:
        """Every secret key that the master ever had: what may be seen nowhere."""
        return {secret for _, master in self.masters() for pairs in master.values() for _, secret in pairs}

    def set(self, repository: str, file: str, key: tuple[str | int, ...], value: str) -> None:
        """Change a value in the checkout's file, as an operator does with ``sops edit``. Nothing is committed."""
        set_value(self.checkout(repository) / file, key, value, self.age_key)

    def commit(self, repository: str, message: str, *files: str, when: datetime.datetime | None = None, push: bool = True) -> str:
        """Commit files of the checkout and push them.

        Args:
            files: Their paths; all that changed where none is given.
            when: The commit's time; now if None.

        Returns:
            The commit.
        """
        folder = self.checkout(repository)
        moment = (when or datetime.datetime.now(datetime.UTC)).isoformat(timespec="seconds")
        git(folder, "add", "--", *(files or ["."]))
        git(folder, "commit", "-qm", message, environ={"GIT_AUTHOR_DATE": moment, "GIT_COMMITTER_DATE": moment})
        if push:
            git(folder, "push", "-q", "origin", "main")
        return git(folder, "rev-parse", "HEAD")


def _at(document: Any, key: tuple[str | int, ...]) -> Any:
    held = copy.copy(document)
    for part in key:
        held = held[part]
    return held
