# SPDX-License-Identifier: GPL-3.0-or-later
"""The Secrets of the cluster that identities' copies are in."""

from __future__ import annotations

from collections.abc import Sequence

from ..estate.model import Identity
from .files import Files
from .secret_manifests import SecretManifest, secrets_in


def secrets_of(identity: Identity, files: Files) -> list[SecretManifest]:
    """The Secrets that hold a copy of an identity's credential, each once, as the workspaces have them.

    A copy in a file that is no manifest is in none; a Secret without a namespace is left out, for nobody knows where it is.
    """
    found: dict[str, SecretManifest] = {}
    for copy in identity.copies:
        for place in (copy.access_key, copy.secret_key):
            for secret in secrets_in(files.opened((place.repository, place.file))):
                if secret.namespace and len(place.key) > 1 and str(place.key[1]) in secret.values:
                    found[str(secret)] = secret
    return list(found.values())


def values_in(identities: Sequence[Identity], files: Files) -> list[str]:
    """All encrypted values of the files of copies, for messages to be redacted."""
    names = {(copy.repository, copy.file) for identity in identities for copy in identity.copies}
    entries = [entry for name in sorted(names) for entry in files.opened(name).entries()]
    return [str(entry.value) for entry in entries if entry.encrypted and entry.value is not None]
