# SPDX-License-Identifier: GPL-3.0-or-later
"""What the status of Flux's objects says, and what to do about it."""

from __future__ import annotations

from typing import Any

import pytest
from ansible_collections.lotus_lake.secrets.plugins.module_utils.cluster.flux import (
    Kustomization,
    commit_of,
    git_repository,
    kustomization,
)
from ansible_collections.lotus_lake.secrets.plugins.module_utils.cluster.flux_words import remedy

COMMIT = "0123456789abcdef0123456789abcdef01234567"


def one(ready: str = "True", reason: str = "", message: str = "", **more: Any) -> Kustomization:
    condition = {"type": "Ready", "status": ready, "reason": reason, "message": message, "observedGeneration": 2}
    return kustomization(
        {
            "metadata": {"namespace": "flux-system", "name": "lake", "generation": more.get("generation", 2)},
            "spec": {
                "suspend": more.get("suspend", False),
                "decryption": {"provider": "sops", "secretRef": {"name": "sops-age"}},
            },
            "status": {"observedGeneration": 2, "lastAppliedRevision": f"main@sha1:{COMMIT}", "conditions": [condition]},
        }
    )


@pytest.mark.parametrize(
    ("revision", "commit"),
    [
        (f"main@sha1:{COMMIT}", COMMIT),
        (f"refs/heads/main@sha1:{COMMIT}", COMMIT),
        (f"main/{COMMIT}", COMMIT),
        (f"main@sha256:{COMMIT}{COMMIT[:24]}", COMMIT + COMMIT[:24]),
        ("main@sha1:0123", ""),
        ("", ""),
    ],
)
def test_the_commit_of_a_revision(revision: str, commit: str) -> None:
    assert commit_of(revision) == commit


def test_what_was_applied_by_an_earlier_generation_of_the_object_does_not_count() -> None:
    assert one().commit == COMMIT
    assert one(generation=3).commit == ""
    assert not one("False", "BuildFailed", generation=3).failed


def test_suspending_it_takes_nothing_back_that_was_applied() -> None:
    assert one(generation=3, suspend=True).commit == COMMIT


@pytest.mark.parametrize(
    ("ready", "reason", "failed"),
    [
        ("False", "BuildFailed", True),
        ("False", "HealthCheckFailed", True),
        ("False", "DependencyNotReady", False),
        ("False", "HealthCheckCanceled", False),
        ("Unknown", "Progressing", False),
        ("True", "ReconciliationSucceeded", False),
    ],
)
def test_what_counts_as_a_failure(ready: str, reason: str, failed: bool) -> None:
    assert one(ready, reason).failed == failed


@pytest.mark.parametrize(
    ("reason", "message", "words"),
    [
        ("BuildFailed", 'cannot get secret: secrets "sops-age" not found', "Make the Secret flux-system/sops-age"),
        ("BuildFailed", "failed to decrypt: cannot get sops data key", "Flux can't decrypt a file"),
        ("BuildFailed", "MalformedYAMLError: yaml: line 3", "Mend the manifests"),
        ("ArtifactFailed", "kustomization path not found", "spec.path"),
        ("ReconciliationFailed", "dry-run failed", "Mend the object"),
        ("HealthCheckFailed", "timeout waiting", "isn't healthy"),
        ("SomethingNew", "", "kubectl describe kustomization lake -n flux-system"),
    ],
)
def test_what_to_do(reason: str, message: str, words: str) -> None:
    assert words in remedy(one("False", reason, message))


def test_what_to_do_where_git_refuses_flux() -> None:
    failed = {"type": "Ready", "status": "False", "reason": "GitOperationFailed", "message": "authentication required"}
    document = {"metadata": {"namespace": "flux-system", "name": "h-kube"}, "status": {"conditions": [failed]}}
    assert "spec.secretRef" in remedy(git_repository(document))
