# SPDX-License-Identifier: GPL-3.0-or-later
"""What to do about what Flux says. Pure functions."""

from __future__ import annotations

import re

from .flux import Flux, GitRepository, Kustomization


def remedy(about: Flux) -> str:
    """What to do where Flux says that it couldn't do it. Holds nothing of its message."""
    if isinstance(about, Kustomization):
        return _of_kustomization(about)
    if isinstance(about, GitRepository) and re.search(
        r"auth|denied|forbidden|\b40[13]\b|host key|credential", about.message, re.I
    ):
        return f"Give the GitRepository a Secret (spec.secretRef) with which {about.namespace} may read the repository."
    return f"See that Flux reaches the repository from the cluster. {look(about)}"


def resume(about: Flux) -> str:
    """How to have Flux go on with what is suspended."""
    kind = "source git" if isinstance(about, GitRepository) else "kustomization"
    return f"Have it go on (flux resume {kind} {about.name} -n {about.namespace}), and run again."


def look(about: Flux) -> str:
    """Where an operator finds more."""
    return f"Look at it (kubectl describe {about.kind.lower()} {about.name} -n {about.namespace}), and run again."


def _of_kustomization(about: Kustomization) -> str:
    message, key = about.message, f"{about.namespace}/{about.key_secret}" if about.key_secret else ""
    if key and re.search(rf'secrets? "?{re.escape(about.key_secret)}"? not found', message):
        return f"Make the Secret {key} with the age key in an entry whose name ends in .agekey, and run again."
    if re.search(r"sops|decrypt|data key", message, re.IGNORECASE):
        holds = f"the Secret {key} holds" if key else "Flux has"
        return (
            f"Flux can't decrypt a file: see that {holds} an age key of one of the file's recipients, in an entry whose name "
            "ends in .agekey, and run again."
        )
    remedies = {
        "ArtifactFailed": "See that spec.path is a folder of the repository, and run again.",
        "BuildFailed": "Mend the manifests that kustomize can't build, in any of the files that it names, push, and run again.",
        "ReconciliationFailed": "Mend the object that the cluster refuses, push, and run again.",
        "HealthCheckFailed": "Our files are applied; what else it applied isn't healthy. Mend that, and run again.",
        "PruneFailed": "Our files are applied; something old can't be deleted. Mend that, and run again.",
    }
    return remedies.get(about.reason, look(about))
