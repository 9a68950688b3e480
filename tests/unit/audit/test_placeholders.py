# SPDX-License-Identifier: GPL-3.0-or-later
"""What counts as no secret; the ways to write a Secret are in the corpus of tests/integration/audit."""

from __future__ import annotations

import pytest
from ansible_collections.lotus_lake.secrets.plugins.module_utils.audit.placeholders import is_placeholder

NONE = (
    "",
    " ",
    "changeme",
    "ChangeMe!",
    "yourSecretKey",
    "<path:secret/data/app#key>",
    "${PASSWORD}",
    "${PASSWORD:-changeme}",
    "$(PASSWORD)",
    "{{ x }}{{ y }}",
    "{{ x | default('changeme') }}",
    "{{ lookup('env', 'a') }}",
    "redis://:${PASSWORD}@cache:6379/0",
    "AKIAIOSFODNN7EXAMPLE",
    "ghp_xxxxxxxxxxxx",
    "# ours\ngit.example.org ssh-ed25519 AAAAC3Nz",
    "-----BEGIN CERTIFICATE-----\nMII\n-----END CERTIFICATE-----",
)
SECRETS = (
    "a",
    "password",
    "changeme1",
    "my-secret-password",
    "#S3cret",
    "$ecret",
    "${PASSWORD:-k3Jd8sLq}",
    "${USER}k3Jd8sLq",
    "{{ x | default('k3Jd8sLq') }}",
    '{{ "k3Jd8sLq" | b64enc }}',
    "redis://:k3Jd8sLq@cache:6379/0",
    "https://example.org",
    "-----BEGIN CERTIFICATE-----\nMII\n-----END CERTIFICATE-----\n-----BEGIN PRIVATE KEY-----\nMII\n-----END PRIVATE KEY-----",
)


@pytest.mark.parametrize("text", NONE)
def test_what_is_known_to_be_no_secret(text: str) -> None:
    assert is_placeholder(text)


@pytest.mark.parametrize("text", SECRETS)
def test_what_is_not_known_is_a_secret(text: str) -> None:
    assert not is_placeholder(text)
