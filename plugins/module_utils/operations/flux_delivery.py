# SPDX-License-Identifier: GPL-3.0-or-later
"""Has Flux apply a pushed commit, and proves that the Secrets in the cluster hold what its files hold."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping, Sequence
from typing import Any

from ..cluster.api import Cluster
from ..cluster.flux import GIT_REPOSITORY, KUSTOMIZATION, GitRepository, Kustomization, git_repository, kustomization, namespaced
from ..cluster.flux_owners import following, owners
from ..cluster.reconciling import Reconciling
from ..cluster.redaction import Redaction
from ..cluster.secrets import Difference, differences
from ..cluster.waiting import TookTooLong, Waiting
from ..estate.model import Repository
from ..failure import Failure
from ..git.addresses import addresses_of
from ..git.ancestry import Ancestry
from ..git.history import History
from ..git.workspace import Workspace
from ..holdings.delivered import DeliveredFiles
from ..holdings.opened import OpenedEstate, opened
from ..holdings.secret_manifests import SecretManifest
from ..sops.age_keys import AgeKeys
from ..sops.fingerprint import Fingerprints
from . import delivery_options
from .operation import Context, Operation

ARGUMENT_SPEC: dict[str, Any] = {**delivery_options.OPTIONS, "wait": {"type": "float"}}


def run(params: Mapping[str, Any], context: Context) -> dict[str, Any]:
    """The operation: find the objects, have them reconcile, compare. In check mode nobody is asked to."""
    with opened(params["estate"], params["workspaces"], context.environ, context.progress) as estate:
        repository = delivery_options.repository_of(params, estate)
        wait = repository.delivery.wait if params["wait"] is None else params["wait"]
        waiting = Waiting(context.progress, wait)
        with (
            delivery_options.cluster_of(repository.delivery, context.environ) as cluster,
            History(estate.folders[repository.name], estate.git) as history,
        ):
            files = DeliveredFiles(repository.name, history, AgeKeys.find(context.environ, context.progress))
            delivery = _delivery(params, estate, repository, files, cluster, waiting)
            return delivery.predicted() if context.check else delivery.made()


@dataclasses.dataclass
class FluxDelivery:
    """One commit of one repository on its way through Flux."""

    repository: Repository
    addresses: Sequence[str]
    commit: str
    files: Sequence[str]
    ancestry: Ancestry
    contents: DeliveredFiles
    cluster: Cluster
    waiting: Waiting
    reconciling: Reconciling
    fingerprints: Fingerprints
    source: GitRepository = dataclasses.field(init=False)
    owning: dict[str, list[Kustomization]] = dataclasses.field(init=False)
    compared: list[dict[str, Any]] = dataclasses.field(init=False, default_factory=list)

    @property
    def owners(self) -> list[Kustomization]:
        """Each Kustomization that applies one of the files, as it was when it was found."""
        return list({str(one): one for found in self.owning.values() for one in found}.values())

    def made(self) -> dict[str, Any]:
        """Deliver, and say what came of it."""
        try:
            self.waiting.until(self._find)
            behind = [one for one in self.owners if not self._has(one)]
            if behind:
                self.reconciling.fetch(self.source)
                self.reconciling.apply(self.owners)
            self.waiting.until(self._compare)
        except TookTooLong as late:
            raise Failure(
                f"Waited {self.waiting.wait:.0f} s in vain for {late}.",
                state="The commit is pushed; nothing is known of what the cluster will do with it.",
                remedy="See what Flux does, and run again; a longer wait can be declared for the delivery.",
            ) from None
        return self._result()

    def predicted(self) -> dict[str, Any]:
        """What Flux has of the commit already, and who would be asked for it."""
        try:
            self.waiting.until(self._find)
            behind = [one for one in self.owners if not self._has(one)]
            if not behind:
                self._look_at_secrets()
        except TookTooLong as late:
            raise Failure(
                f"Waited {self.waiting.wait:.0f} s in vain for {late}.",
                state="Nothing was changed.",
                remedy="Run again when it answers.",
            ) from None
        asked = [str(self.source), *map(str, behind)] if behind else []
        return {**self._result(), "changed": bool(asked), "asked": asked}

    def _find(self) -> str:
        """Find what fetches the repository and what applies the files. Nothing is left to wait for then."""
        declared = self.repository.delivery
        if declared.kustomizations:
            candidates = [self.reconciling.kustomization(*namespaced(name)) for name in declared.kustomizations]
        else:
            candidates = [kustomization(one) for one in self.cluster.list(KUSTOMIZATION)]
        sources = self._sources(candidates)
        named = {(one.namespace, one.name) for one in sources}
        of_source = [one for one in candidates if one.source in named]
        owning: dict[str, list[Kustomization]] = {}
        for file in self.files:
            names = [(secret.namespace, secret.name) for secret in self.contents.secrets(self.commit, file)]
            owning[file] = owners(file, names, of_source) or (of_source if declared.kustomizations else [])
            if not owning[file]:
                raise self._no_owner(file, sources)
        self.owning = owning
        used = {one.source for one in self.owners}
        if len(used) > 1:
            raise self._several(sources)
        self.source = next(one for one in sources if (one.namespace, one.name) in used)
        return ""

    def _sources(self, candidates: Sequence[Kustomization]) -> list[GitRepository]:
        declared = self.repository.delivery
        if declared.git_repository:
            return [self.reconciling.git_repository(*namespaced(declared.git_repository))]
        if declared.kustomizations:
            names = dict.fromkeys(one.source for one in candidates if one.source)
            return [self.reconciling.git_repository(*name) for name in names]
        there = [git_repository(one) for one in self.cluster.list(GIT_REPOSITORY)]
        found = following(there, self.addresses, self.repository.branch)
        if not found:
            said = ", ".join(sorted(f"{one.namespace}/{one.name}" for one in there)) or "none"
            raise Failure(
                f"No GitRepository in the cluster at {self.cluster.where} follows the branch {self.repository.branch} of "
                f"{self.repository.name} by its address (there: {said}).",
                state="The commit is pushed; Flux was not asked for anything.",
                remedy="Name it in the estate's delivery under git_repository, as namespace/name.",
            )
        return found

    def _has(self, owner: Kustomization) -> bool:
        return self.ancestry.contained_in(owner.commit)

    def _compare(self) -> str:
        """Compare every Secret with its file as it is in the commit that was applied."""
        wrong = self._look_at_secrets()
        for owner, secret, different in wrong:
            failure = self._not_delivered(owner, secret, different)
            encrypted = any(one.is_encrypted for one in different)
            if (encrypted and not owner.decrypts) or owner.suspended or self.reconciling.ask_again(owner):
                raise failure
        return ", ".join(f"Secret {secret} to hold what its file holds" for _owner, secret, _different in wrong)

    def _look_at_secrets(self) -> list[tuple[Kustomization, SecretManifest, list[Difference]]]:
        self.compared = []
        wrong = []
        now = {str(one): self.reconciling.kustomization(one.namespace, one.name) for one in self.owners}
        for file, owning in self.owning.items():
            for owner in (now[str(one)] for one in owning):
                # it may have gone on to a later commit, in which the file is another
                for secret in self.contents.secrets(owner.commit if self._has(owner) else self.commit, file):
                    if owner.elsewhere:
                        continue
                    held, name = self._held(owner, secret)
                    different = differences(secret.values, held)
                    if different:
                        wrong.append((owner, secret, different))
                    shown = {key: self.fingerprints.of(_text(value)) for key, value in sorted(secret.values.items())}
                    self.compared.append({"name": name, "file": file, "applied_by": str(owner), "fingerprints": shown})
        return wrong

    def _held(self, owner: Kustomization, secret: SecretManifest) -> tuple[Mapping[str, str], str]:
        applied = owner.secret(secret.namespace, secret.name)
        if applied is None:
            raise Failure(
                f"{owner} has applied the commit, but not the Secret {secret}, which is in one of its files.",
                state="The commit is pushed and applied; the Secret is not in the cluster.",
                remedy="Add the file to the resources of its kustomization.yaml, or name the right Kustomization in the estate.",
            )
        found = self.cluster.secret(*applied)
        return ((found or {}).get("data") or {}), "/".join(applied)

    def _not_delivered(self, owner: Kustomization, secret: SecretManifest, different: Sequence[Difference]) -> Failure:
        keys = ", ".join(self._shown(one) for one in different)
        state = "The commit is pushed and applied; whoever reads the Secret has another value."
        if any(one.is_encrypted for one in different):
            return Failure(
                f"{owner} has written the encrypted text (ENC[…]) of {secret} into the cluster: {keys}.",
                state=state,
                remedy="It needs spec.decryption with the provider sops and the Secret of the age key, so that it decrypts."
                if not owner.decrypts
                else "See why it does not decrypt this file (a file that it does not take for one of SOPS stays as it is).",
            )
        more = " It puts variables in (spec.postBuild), which changes values with a dollar sign." if owner.substitutes else ""
        return Failure(
            f"Secret {secret} in the cluster is not what its file holds, though {owner} has applied it: {keys}.",
            state=state,
            remedy=f"See who else writes it (kubectl get secret --show-managed-fields).{more} Then run again.",
        )

    def _shown(self, one: Difference) -> str:
        wanted = f"{one.key}: {self.fingerprints.of(_text(one.wanted))} wanted"
        if one.held is None:
            return f"{wanted}, nothing there"
        return f"{wanted}, {'encrypted text' if one.is_encrypted else self.fingerprints.of(_text(one.held))} there"

    def _no_owner(self, file: str, sources: Sequence[GitRepository]) -> Failure:
        names = ", ".join(map(str, sources))
        return Failure(
            f"No Kustomization in the cluster at {self.cluster.where} applies {self.repository.name}:{file} from {names}.",
            state="The commit is pushed; Flux was not asked for anything.",
            remedy="Make one, or name it in the estate's delivery under kustomizations, as namespace/name.",
        )

    def _several(self, sources: Sequence[GitRepository]) -> Failure:
        names = ", ".join(map(str, sources))
        return Failure(
            f"Several objects follow {self.repository.name}, and each is applied: {names}.",
            state="The commit is pushed; Flux was not asked for anything.",
            remedy="Name the one that counts in the estate's delivery under git_repository, as namespace/name.",
        )

    def _result(self) -> dict[str, Any]:
        now = [self.reconciling.kustomization(one.namespace, one.name) for one in self.owners]
        return {
            "changed": bool(self.reconciling.asked),
            "asked": self.reconciling.asked,
            "git_repository": str(self.source),
            "kustomizations": [{"name": str(one), "commit": one.commit, "applied": self._has(one)} for one in now],
            "secrets": self.compared,
            "waited": round(self.waiting.passed, 1),
        }


def _delivery(
    params: Mapping[str, Any],
    estate: OpenedEstate,
    repository: Repository,
    contents: DeliveredFiles,
    cluster: Cluster,
    waiting: Waiting,
) -> FluxDelivery:
    folder = estate.folders[repository.name]
    commit, files = delivery_options.commit_of(params, estate), delivery_options.files_of(params, estate)
    ancestry = Ancestry(Workspace.open(folder), commit, estate.git)
    redaction = Redaction(contents.values(commit, files))
    what = f"{commit[:12]} of {repository.name}"
    return FluxDelivery(
        repository,
        addresses_of(Workspace.open(folder), estate.git),
        commit,
        files,
        ancestry,
        contents,
        cluster,
        waiting,
        Reconciling(cluster, waiting, ancestry.contained_in, what, redaction),
        estate.fingerprints,
    )


def _text(value: bytes) -> str:
    return value.decode("utf-8", "backslashreplace")


OPERATION = Operation("flux_delivery", ARGUMENT_SPEC, run, requires=delivery_options.LIBRARIES)
