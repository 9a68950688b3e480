# SPDX-License-Identifier: GPL-3.0-or-later
"""Secrets in plain text are found in whatever a file may hold."""

from __future__ import annotations

import pytest
from ansible_collections.lotus_lake.secrets.plugins.module_utils.audit.manifests import plain_secrets

SECRET = "kind: Secret\nmetadata:\n  name: ä\nstringData:\n  a: b\n"


@pytest.mark.parametrize(
    "above", ["", "\ufeff", "---\n", "%YAML 1.9\n---\n", "\ufeff%TAG ! tag:example.com,2000:\n---\n", "# 100%\n", "a: 😀\n---\n"]
)
def test_with_its_line_whatever_stands_above_it(above: str) -> None:
    (found,) = plain_secrets(above + SECRET)
    assert (found.name, found.line, found.key) == ("ä", above.count("\n") + 5, "stringData.a")


@pytest.mark.parametrize("broken", ["a: {{ b }} c\n", "[" * 5000, "%YAML 1.9\n---\n" + "[" * 5000, "\0", "a: *b\n"])
def test_what_is_no_yaml_has_none(broken: str) -> None:
    assert list(plain_secrets(broken + SECRET)) == []
