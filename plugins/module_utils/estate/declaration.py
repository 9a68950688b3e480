# SPDX-License-Identifier: GPL-3.0-or-later
"""A declared estate, read: the model, or all mistakes at once, each with its place."""

from __future__ import annotations

import dataclasses
import datetime
import posixpath
from collections.abc import Iterator, Mapping
from typing import Any

from .. import duration
from ..rotation.plans import Rules, Strategy
from ..s3.endpoint import Endpoint
from ..sops.key_path import parse_key_path
from . import mistakes, shape
from .model import (
    Consumer,
    Copy,
    DeclaredCluster,
    Delivery,
    Estate,
    Gateway,
    Identity,
    OperatorMade,
    Place,
    Repository,
    Suppression,
)

DEFAULTS = {"secret_length": 40, "max_age": "90d", "min_age": "15m", "grace": "24h", "strategy": "overlap"}
"""The policy where the estate says nothing."""

DEFAULT_WAIT = "2m"
DEFAULT_DELIVERY_WAIT = "5m"
DEFAULT_ROLLOUT_WAIT = "10m"

NO_PLACE = Place("", "", ())
"""Stands for a master whose declaration is of no use."""


@dataclasses.dataclass(frozen=True)
class Declaration:
    """What came of reading: the estate, or None where ``mistakes`` leave nothing to work with."""

    estate: Estate | None
    mistakes: tuple[str, ...]


def read(declared: Any) -> Declaration:
    """The estate that ``declared`` says, a value as YAML or JSON gives it.

    What is wrong in its shape is left out, so that the rest can be checked in the same go.
    """
    errors, usable = shape.check(declared)
    if usable is None:
        return Declaration(None, tuple(errors))
    estate = _estate(usable)
    return Declaration(estate, (*errors, *_mistakes(estate, usable)))


def _estate(declared: Mapping[str, Any]) -> Estate:
    master, s3 = declared.get("master"), declared.get("s3", {})
    return Estate(
        repositories=tuple(_repository(w, r, declared) for w, r in _listed(declared, "estate", "repositories")),
        master=_place(master["repository"], master["file"], master.get("key", [])) if master else NO_PLACE,
        endpoints=tuple(
            Endpoint(e["url"], e.get("region", "us-east-1"), e.get("ca_bundle"), e.get("verify", True))
            for _where, e in _listed(s3, "estate.s3", "endpoints")
        ),
        ca_bundles={w: e["ca_bundle"] for w, e in _listed(s3, "estate.s3", "endpoints") if "ca_bundle" in e},
        wait=_duration(s3.get("wait", DEFAULT_WAIT)).total_seconds(),
        identities=tuple(_identity(w, i, declared.get("policy", {})) for w, i in _listed(declared, "estate", "identities")),
        operator_made=tuple(OperatorMade(**entry) for _where, entry in _listed(declared, "estate", "operator_made")),
        work_folder=declared.get("work_folder"),
        suppressions=tuple(
            Suppression(**{**entry, "until": until})
            for _where, entry in _listed(declared.get("audit", {}), "estate.audit", "suppress")
            if (until := mistakes.date(entry["until"])) is not None
        ),
        max_backup_age=_duration(declared.get("audit", {}).get("max_backup_age", "8d")),
        cluster=_cluster(declared["cluster"]) if declared.get("cluster") is not None else None,
    )


def _listed(holder: Mapping[str, Any], where: str, name: str) -> Iterator[tuple[str, Mapping[str, Any]]]:
    """The items of a list with their places; those that the check of the shape emptied are passed over."""
    for index, entry in enumerate(holder.get(name, ())):
        if entry is not None:
            yield f"{where}.{name}[{index}]" + (f" ({entry['name']})" if "name" in entry else ""), entry


def _repository(where: str, entry: Mapping[str, Any], declared: Mapping[str, Any]) -> Repository:
    holder = where if entry.get("delivery") else "estate"
    delivery = entry.get("delivery") or declared.get("delivery") or {"method": "none"}
    return Repository(
        where=where,
        name=entry["name"],
        checkout=entry.get("checkout"),
        url=entry.get("url"),
        remote=entry.get("remote", "origin"),
        branch=entry.get("branch", "main"),
        author=entry.get("author"),
        delivery=_delivery(delivery, f"{holder}.delivery.tasks"),
    )


def _delivery(entry: Mapping[str, Any], where: str) -> Delivery:
    return Delivery(
        method=entry.get("method", "none"),
        tasks=entry.get("tasks"),
        where=where,
        kubeconfig=entry.get("kubeconfig"),
        context=entry.get("context"),
        git_repository=entry.get("git_repository"),
        kustomizations=tuple(name for name in entry.get("kustomizations", ()) if name is not None),
        wait=_duration(entry.get("wait", DEFAULT_DELIVERY_WAIT)).total_seconds(),
    )


def _cluster(entry: Mapping[str, Any]) -> DeclaredCluster:
    gateways = (gateway for _where, gateway in _listed(entry, "estate.cluster", "gateways"))
    return DeclaredCluster(
        kubeconfig=entry.get("kubeconfig"),
        context=entry.get("context"),
        gateways=tuple(Gateway(**{"kind": "Deployment", **gateway}) for gateway in gateways),
        at_once=entry.get("at_once", DeclaredCluster.at_once),
        undeclared=entry.get("undeclared", DeclaredCluster.undeclared),
        secret_readers=tuple(entry["secret_readers"]) if "secret_readers" in entry else None,
        wait=_duration(entry.get("wait", DEFAULT_ROLLOUT_WAIT)).total_seconds(),
    )


def _identity(where: str, entry: Mapping[str, Any], policy: Mapping[str, Any]) -> Identity:
    merged = {**DEFAULTS, **policy, **entry.get("policy", {})}
    return Identity(
        where=where,
        name=entry["name"],
        buckets={bucket["name"]: frozenset(bucket["actions"]) for _where, bucket in _listed(entry, where, "buckets")},
        copies=tuple(_copy(*listed) for listed in _listed(entry, where, "copies")),
        consumers=tuple(Consumer(**consumer) for _where, consumer in _listed(entry, where, "consumers")),
        keep=frozenset(entry.get("keep", ())),
        revoked=frozenset(entry.get("revoked", ())),
        rules=Rules(
            max_age=_duration(merged["max_age"]) or None,
            min_age=_duration(merged["min_age"]),
            grace=_duration(merged["grace"]),
            strategy=Strategy(merged["strategy"]),
        ),
        secret_length=int(merged["secret_length"]),
    )


def _copy(where: str, entry: Mapping[str, Any]) -> Copy:
    repository, file = entry["repository"], entry["file"]
    return Copy(where, _place(repository, file, entry["access_key"]), _place(repository, file, entry["secret_key"]))


def _duration(written: str | int) -> datetime.timedelta:
    # the only number that the schema lets through is 0, or 0.0
    return duration.parse(written if isinstance(written, str) else "0")


def _place(repository: str, file: str, key: Any) -> Place:
    said = key if isinstance(key, Mapping) else {"key": key}
    return Place(
        repository=repository,
        file=posixpath.normpath(file),
        key=parse_key_path(said["key"]),
        document=said.get("document"),
        json=parse_key_path(said["json"]) if "json" in said else None,
        encoding=said.get("encoding"),
    )


def _mistakes(estate: Estate, declared: Mapping[str, Any]) -> Iterator[str]:
    known = [repository.name for repository in estate.repositories]
    if estate.master is not NO_PLACE:
        yield from mistakes.of_place("estate.master", estate.master, known)
    yield from mistakes.of_names((r.where, r.name) for r in estate.repositories)
    yield from mistakes.of_names((i.where, i.name) for i in estate.identities)
    for repository in estate.repositories:
        yield from mistakes.of_repository(repository)
    yield from mistakes.of_same_repository(estate.repositories)
    yield from mistakes.of_deliveries(estate.repositories)
    users: mistakes.Users = {}
    for identity in estate.identities:
        for copy in identity.copies:
            yield from mistakes.of_place(copy.where, copy.access_key, known)
            yield from mistakes.of_shared(copy, users, estate.master)
    for where, entry in _listed(declared.get("audit", {}), "estate.audit", "suppress"):
        yield from mistakes.of_suppression(where, entry)
    for where, entry in _listed(declared, "estate", "identities"):
        yield from mistakes.of_buckets(_listed(entry, where, "buckets"))
