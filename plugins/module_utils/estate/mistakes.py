# SPDX-License-Identifier: GPL-3.0-or-later
"""The kinds of mistake in a declaration, each said with its place."""

from __future__ import annotations

import datetime
import posixpath
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

from ..git.repository import holds_password, is_address, is_author, is_name
from .model import Copy, Place, Repository
from .shape import nearest

Users = dict[tuple[str, str], list[tuple[Place, str]]]
"""By repository and file: the places that credentials have there, and who declared them."""

_DELIVERY_FIELDS = {
    "tasks": ("tasks",),
    "kubeconfig": ("flux", "apply"),
    "context": ("flux", "apply"),
    "git_repository": ("flux",),
    "kustomizations": ("flux",),
}
"""Which methods of delivery a field goes with."""


def of_place(where: str, place: Place, known: Sequence[str]) -> Iterator[str]:
    """A repository that isn't there, a file outside of it."""
    if place.repository not in known:
        yield f"{where}.repository: there is no repository {place.repository}{nearest(place.repository, known)}"
    if is_outside(place.file):
        yield f"{where}.file: {place.file} lies outside the repository; write it relative to its root"


def is_outside(file: str) -> bool:
    """Whether a path isn't one of a file in its repository."""
    parts = file.split("/")
    return posixpath.isabs(file) or ".." in parts or parts[0] == ".git" or any(c in file for c in "\0\r\n")


def of_names(named: Iterable[tuple[str, str]]) -> Iterator[str]:
    """A name given twice."""
    seen: dict[str, str] = {}
    for where, name in named:
        if seen.setdefault(name, where) != where:
            yield f"{where}: the name is taken by {seen[name]}"


def of_same_repository(repositories: Iterable[Repository]) -> Iterator[str]:
    """One checkout or one branch of a URL under two names: their commits would race each other."""
    seen: dict[tuple[str, str], str] = {}
    for repository in repositories:
        address = posixpath.normpath(repository.checkout) if repository.checkout else repository.url
        if address and seen.setdefault((address, repository.branch), repository.where) != repository.where:
            yield f"{repository.where}: it is the same as {seen[address, repository.branch]}; put their files under one name"


def of_repository(repository: Repository) -> Iterator[str]:
    """What keeps git from it; an author who is none; a delivery without what it needs, or with another one's fields."""
    yield from of_address(repository)
    if repository.author is not None and not is_author(repository.author):
        yield f"{repository.where}.author: {repository.author!r} is no author; write it as 'Name <address>'"
    if repository.delivery.method == "tasks" and not repository.delivery.tasks:
        yield f"{repository.where}: delivery by tasks needs the task file under tasks"
    for field, methods in _DELIVERY_FIELDS.items():
        if getattr(repository.delivery, field) and repository.delivery.method not in methods:
            by = " and ".join(methods)
            yield f"{repository.where}: {field} has no meaning for delivery by {repository.delivery.method}, only by {by}"


def of_address(repository: Repository) -> Iterator[str]:
    """A checkout and a URL, or neither; a URL with a password; names that git would take for something else."""
    if (repository.checkout is None) == (repository.url is None):
        yield f"{repository.where}: name either a checkout or a url"
    if repository.url and not is_address(repository.url):
        yield f"{repository.where}.url: it begins with a dash; git would take it for an option"
    if repository.url and holds_password(repository.url):
        yield f"{repository.where}: the url has a user or a password in it; leave it out, and have git ask a credential helper"
    for field, name in (("remote", repository.remote), ("branch", repository.branch)):
        if not is_name(name):
            yield f"{repository.where}.{field}: {name!r} can't be the name of a {field}; write it as `git {field}` lists it"


def of_deliveries(repositories: Iterable[Repository]) -> Iterator[str]:
    """A task file that is found from some folders, and from others not. Each is said once, where it is declared."""
    for where, tasks in task_files(repositories).items():
        if not tasks.startswith(("/", "~/")):
            yield f"{where}: {tasks} is relative; write its path from the root, with inventory_dir for example"


def task_files(repositories: Iterable[Repository]) -> dict[str, str]:
    """The task files by which the repositories are delivered, by their place in the declaration."""
    deliveries = [repository.delivery for repository in repositories]
    return {one.where: one.tasks for one in deliveries if one.method == "tasks" and one.tasks}


def of_buckets(buckets: Iterable[tuple[str, Mapping[str, Any]]]) -> Iterator[str]:
    """A bucket named twice."""
    seen: dict[str, str] = {}
    for where, bucket in buckets:
        if seen.setdefault(bucket["name"], where) != where:
            yield f"{where}: the bucket {bucket['name']} is named twice"


def of_suppression(where: str, entry: Mapping[str, Any]) -> Iterator[str]:
    """An end that is no date."""
    if date(entry["until"]) is None:
        yield f"{where}.until: {entry['until']} is no date; write it as 2027-01-31"


def date(text: str) -> datetime.date | None:
    """A date as it is written, or None where there is none such."""
    try:
        return datetime.date.fromisoformat(text)
    except ValueError:
        return None


def of_shared(copy: Copy, users: Users, master: Place) -> Iterator[str]:
    """Two credentials in one place. ``users`` remembers who was seen where."""
    if overlap(copy.access_key, copy.secret_key):
        yield f"{copy.where}: access_key and secret_key are the same place, {copy.access_key}"
        return
    for place in (copy.access_key, copy.secret_key):
        seen = users.setdefault((place.repository, place.file), [])
        other = next((where for used, where in seen if where != copy.where and overlap(used, place)), None)
        if other is not None:
            yield f"{copy.where}: {place} is also used by {other}; a copy belongs to one identity"
        if overlap(place, master):
            yield f"{copy.where}: {place} is the master itself"
        seen.append((place, copy.where))


def overlap(one: Place, other: Place) -> bool:
    """Whether writing one would change the other. A document that isn't told may be any."""
    if (one.repository, one.file) != (other.repository, other.file):
        return False
    if one.document != other.document and one.document is not None and other.document is not None:
        return False
    longest = [[str(part) for part in (*place.key, *(place.json or ()))] for place in (one, other)]
    return all(a == b for a, b in zip(*longest, strict=False))
