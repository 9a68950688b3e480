# SPDX-License-Identifier: GPL-3.0-or-later
"""Flux's objects, read: what they follow, what they have applied, how they say that they are. Pure functions."""

from __future__ import annotations

import dataclasses
import re
from collections.abc import Mapping
from typing import Any

GIT_REPOSITORY = ("source.toolkit.fluxcd.io", "v1", "gitrepositories", "GitRepository")
KUSTOMIZATION = ("kustomize.toolkit.fluxcd.io", "v1", "kustomizations", "Kustomization")
REQUESTED = "reconcile.fluxcd.io/requestedAt"
"""The annotation whose change asks Flux to reconcile an object now."""

PASSING = frozenset({"DependencyNotReady", "HealthCheckCanceled", "Progressing", "ProgressingWithRetry"})
"""Reasons of ``Ready=False`` that are no failure: Flux goes on by itself."""

Secret = tuple[str, str]
"""Namespace and name."""


@dataclasses.dataclass(frozen=True)
class Flux:
    """What the two kinds have in common.

    Attributes:
        suspended: Flux does nothing with it.
        handled: The value of ``REQUESTED`` that was last seen to, whatever came of it.
        ready: ``True``, ``False`` or ``Unknown``; empty where the condition is about an earlier generation of the object.
        reason, message: Of the condition. The message may hold secrets: show it redacted.
    """

    kind: str
    namespace: str
    name: str
    suspended: bool
    handled: str
    ready: str
    reason: str
    message: str

    @property
    def failed(self) -> bool:
        """Whether Flux says that it couldn't do it."""
        return self.ready == "False" and self.reason not in PASSING

    def __str__(self) -> str:
        return f"{self.kind} {self.namespace}/{self.name}"


@dataclasses.dataclass(frozen=True)
class GitRepository(Flux):
    """Where Flux fetches from.

    Attributes:
        branch: The branch that it follows; empty where it follows a tag or one commit.
        commit: The commit that it has fetched; empty where it has none yet.
    """

    url: str
    branch: str
    commit: str


@dataclasses.dataclass(frozen=True)
class Kustomization(Flux):
    """What Flux applies of a source.

    Attributes:
        source: Namespace and name of the GitRepository; None where its source is of another kind.
        path: The folder in the source, without ``./``; empty for its root.
        commit: The commit that was applied last; empty where none was, or an earlier generation of the object applied it.
        applied: The Secrets among what it has applied.
        target_namespace: Where everything goes, or empty.
        prefix, suffix: Put around each name.
        decrypts: Whether it decrypts SOPS files.
        key_secret: The Secret with the keys for that, or empty.
        elsewhere: Whether it applies to another cluster.
        substitutes: Whether it puts variables into what it applies.
    """

    source: tuple[str, str] | None
    path: str
    commit: str
    applied: frozenset[Secret]
    target_namespace: str
    prefix: str
    suffix: str
    decrypts: bool
    key_secret: str
    elsewhere: bool
    substitutes: bool

    def secret(self, namespace: str, name: str) -> Secret | None:
        """The Secret that it made of a manifest, or None where it has applied none of that name.

        Args:
            namespace: As the manifest says; empty where it says nothing.
        """
        name = f"{self.prefix}{name}{self.suffix}"
        expected = self.target_namespace or namespace
        if (expected, name) in self.applied:
            return expected, name
        # a kustomization.yaml may set the namespace
        named = [secret for secret in self.applied if secret[1] == name]
        return named[0] if len(named) == 1 else None


def namespaced(text: str) -> tuple[str, str]:
    """Namespace and name of ``namespace/name``, as estates declare objects of Flux."""
    namespace, _slash, name = text.partition("/")
    return namespace, name


def git_repository(document: Mapping[str, Any]) -> GitRepository:
    """A GitRepository as the API gives it."""
    spec, status = document.get("spec", {}), document.get("status", {})
    return GitRepository(
        **_common("GitRepository", document),
        url=spec.get("url", ""),
        branch=_branch(spec.get("ref") or {}),
        commit=commit_of((status.get("artifact") or {}).get("revision", "")),
    )


def kustomization(document: Mapping[str, Any]) -> Kustomization:
    """A Kustomization as the API gives it."""
    metadata, spec, status = document["metadata"], document.get("spec", {}), document.get("status", {})
    reference, decryption = spec.get("sourceRef", {}), spec.get("decryption") or {}
    from_git = reference.get("kind") == "GitRepository"
    suspended = bool(spec.get("suspend"))
    # to suspend it makes a new generation, which Flux doesn't observe
    current = suspended or status.get("observedGeneration", 0) >= metadata.get("generation", 0)
    return Kustomization(
        **_common("Kustomization", document),
        source=(reference.get("namespace") or metadata["namespace"], reference.get("name", "")) if from_git else None,
        path=_folder(spec.get("path", "")),
        commit=commit_of(status.get("lastAppliedRevision", "")) if current else "",
        applied=frozenset(_secrets(status)),
        target_namespace=spec.get("targetNamespace", ""),
        prefix=spec.get("namePrefix", ""),
        suffix=spec.get("nameSuffix", ""),
        decrypts=bool(decryption),
        key_secret=(decryption.get("secretRef") or {}).get("name", ""),
        elsewhere=bool(spec.get("kubeConfig")),
        substitutes=bool(spec.get("postBuild")),
    )


def commit_of(revision: str) -> str:
    """The commit of ``main@sha1:<commit>``, or of the older ``main/<commit>``; empty where there is none in it."""
    found = re.search(r"(?:^|[:/])([0-9a-f]{40}(?:[0-9a-f]{24})?)$", revision)
    return found[1] if found else ""


def _common(kind: str, document: Mapping[str, Any]) -> dict[str, Any]:
    metadata, status = document["metadata"], document.get("status", {})
    ready: Mapping[str, Any] = next((c for c in status.get("conditions") or () if c.get("type") == "Ready"), {})
    generation = metadata.get("generation", 0)
    current = ready.get("observedGeneration", status.get("observedGeneration", generation)) >= generation
    return {
        "kind": kind,
        "namespace": metadata["namespace"],
        "name": metadata["name"],
        "suspended": bool(document.get("spec", {}).get("suspend")),
        "handled": status.get("lastHandledReconcileAt", ""),
        "ready": ready.get("status", "") if current else "",
        "reason": ready.get("reason", ""),
        "message": ready.get("message", ""),
    }


def _branch(ref: Mapping[str, str]) -> str:
    if ref.get("name"):
        return ref["name"].removeprefix("refs/heads/") if ref["name"].startswith("refs/heads/") else ""
    if any(ref.get(other) for other in ("tag", "semver", "commit")):
        return ""
    return ref.get("branch") or "master"


def _folder(path: str) -> str:
    return "/".join(part for part in path.split("/") if part not in ("", "."))


def _secrets(status: Mapping[str, Any]) -> list[Secret]:
    """Of an inventory's entries, ``<namespace>_<name>_<group>_<kind>``."""
    found = []
    for entry in (status.get("inventory") or {}).get("entries") or ():
        namespace, *rest = entry.get("id", "").split("_")
        if len(rest) == 3 and rest[1:] == ["", "Secret"]:
            found.append((namespace, rest[0]))
    return found
