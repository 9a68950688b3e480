# SPDX-License-Identifier: GPL-3.0-or-later
"""What is wrong between the declaration and the files: all of it, each with its place."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

from ..estate.mistakes import is_outside, task_files
from ..estate.model import Estate, OperatorMade, Place
from ..failure import Failure
from ..s3.tls import unusable
from ..sops.key_path import show
from ..sops.sops_file import SopsFile
from . import master, places
from .files import Files, Name


def find(estate: Estate, files: Files, available: set[str]) -> Iterator[str]:
    """The mistakes in the parts whose repository is ``available``.

    Raises:
        Failure: No file at all can be read: that is no mistake of the declaration.
    """
    broken = _unreadable(estate, files, available)
    if estate.master.repository in available:
        yield from _of_place("estate.master", estate.master, files, broken, secret=True)
        if estate.cluster is not None:
            yield from _without_namespace("estate.master", estate.master, files, broken)
    for identity in estate.identities:
        for copy in identity.copies:
            if copy.repository in available:
                yield from _of_place(f"{copy.where}.access_key", copy.access_key, files, broken, secret=False)
                yield from _of_place(f"{copy.where}.secret_key", copy.secret_key, files, broken, secret=True)
                if estate.cluster is not None:
                    yield from _without_namespace(copy.where, copy.secret_key, files, broken)
                yield from _of_operator_made(copy.where, copy.access_key, estate.operator_made, files, broken)
    yield from _swapped(estate, files, available)


def on_this_machine(estate: Estate, *, at_controller: bool) -> Iterator[str]:
    """Files outside of the repositories that can't be used. The task files of deliveries are on the controller."""
    for where, file in estate.ca_bundles.items():
        if why := unusable(file):
            yield f"{where}.ca_bundle: {file} {why}"
    for where, file in task_files(estate.repositories).items() if at_controller else ():
        # as Ansible will read it
        found = Path(os.path.expandvars(file)).expanduser()
        if found.is_absolute() and not found.is_file():
            yield f"{where}: {file} is not there"


def _unreadable(estate: Estate, files: Files, available: set[str]) -> dict[Name, str]:
    """Why which files can't be read. Each is said once, at the first place that names it."""
    names = [(name, file) for name in sorted(available) for file in estate.files(name) if not is_outside(file)]
    broken: dict[Name, Failure] = {}
    for name in names:
        try:
            files.opened(name)
        except Failure as failure:
            broken[name] = failure
    if len(broken) == len(names) > 1:
        first = next(iter(broken.values()))
        raise Failure(
            f"None of the estate's {len(names)} files can be read. The first: {first.what}",
            state=first.state,
            remedy=first.remedy,
        )
    return {name: f"{failure.what} {failure.remedy}".rstrip() for name, failure in broken.items()}


def _of_place(where: str, place: Place, files: Files, broken: dict[Name, str], *, secret: bool) -> Iterator[str]:
    name = (place.repository, place.file)
    if is_outside(place.file):
        return  # the declaration's own mistake
    if name in broken:
        if broken[name]:
            yield f"{where}: {broken[name]}"
        broken[name] = ""
        return
    file = files.opened(name)
    try:
        if place.key:
            files.value(place)
    except (places.NoValue, Failure) as error:
        yield f"{where}: {place}: {error}{_keys_there(file)}"
        return
    secrets = () if not secret else (place.key,) if place.key else master.secret_keys(file)
    plain = [key for key in secrets if file.is_plain_by_rules(key)]
    if plain:
        first = f"{':'.join(name)}:{show(plain[0])}" + (f" (and {len(plain) - 1} more)" if len(plain) > 1 else "")
        yield f"{where}: {first} is left in plain text by the rules in the file; it must be encrypted"


def _swapped(estate: Estate, files: Files, available: set[str]) -> Iterator[str]:
    """An access key id is shown and may lie in plain text: what lies there must be none of the master's secret keys."""
    if estate.master.repository not in available or is_outside(estate.master.file):
        return
    try:
        held = [c for identity in master.read(files, estate.master) for c in identity.credentials]
    except Failure:
        return  # a mistake of its own, or said where the master is read
    ids, secrets = {c.access_key_id for c in held}, {c.secret_key for c in held}
    # a secret key that is an access key id as well tells nothing of places; a rotation mends it
    ids, secrets = ids - secrets, secrets - ids
    for copy in (copy for identity in estate.identities for copy in identity.copies if copy.repository in available):
        if _there(files, copy.access_key) in secrets or _there(files, copy.secret_key) in ids:
            yield f"{copy.where}: access_key leads to a secret key, or secret_key to an access key id; they look swapped"


def _there(files: Files, place: Place) -> str | None:
    try:
        return None if is_outside(place.file) else files.value(place)
    except (places.NoValue, Failure):
        return None


def _keys_there(file: SopsFile) -> str:
    keys = [".".join(str(part) for part in entry.path) for entry in file.entries() if entry.encrypted]
    return f" (there: {', '.join(keys[:8])}{', …' if len(keys) > 8 else ''})" if keys else ""


def _without_namespace(where: str, place: Place, files: Files, broken: dict[Name, str]) -> Iterator[str]:
    """Where the estate declares a cluster, a Secret is looked for there: no pod may be overlooked that still has an old key."""
    if (place.repository, place.file) in broken or is_outside(place.file):
        return
    file = files.opened((place.repository, place.file))
    try:
        entry = file.find(place.key, place.document) if place.key else None
    except Failure:
        return
    document = entry.document if entry else place.document or 0
    kind, namespace = file.find(("kind",), document), file.find(("metadata", "namespace"), document)
    if kind and kind.value == "Secret" and not (namespace and namespace.value):
        yield (
            f"{where}: the Secret in {place.repository}:{place.file} has no metadata.namespace, so that nobody can look for it "
            "in the cluster; write it there, also where a kustomization.yaml sets it"
        )


def _of_operator_made(
    where: str, place: Place, made: tuple[OperatorMade, ...], files: Files, broken: dict[Name, str]
) -> Iterator[str]:
    if (place.repository, place.file) in broken or is_outside(place.file) or not made:
        return
    file = files.opened((place.repository, place.file))
    try:
        entry = file.find(place.key, place.document)
    except Failure:
        return
    document = entry.document if entry else place.document or 0
    named = file.find(("metadata", "name"), document)
    namespace = file.find(("metadata", "namespace"), document)
    for secret in made:
        if named and named.value == secret.name and (namespace is None or namespace.value == secret.namespace):
            yield f"{where}: the Secret {secret.name} is made by {secret.made_by} and must not be edited"
