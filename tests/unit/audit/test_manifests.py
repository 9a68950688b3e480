# SPDX-License-Identifier: GPL-3.0-or-later
"""Texts that would keep a careless reader busy; the ways to write a Secret are in the corpus of tests/integration/audit."""

from __future__ import annotations

import pytest
from ansible_collections.lotus_lake.secrets.plugins.module_utils.audit.manifests import plain_secrets
from ansible_collections.lotus_lake.secrets.plugins.module_utils.audit.private_keys import private_keys

SECRET = "kind: Secret\nstringData: {a: b}\n"


def test_odd_texts_end_and_hide_no_secret_beside_them() -> None:
    laughs = "a0: &a0 {b: c}\n" + "".join(f"a{n}: &a{n} {{<<: [*a{n - 1}, *a{n - 1}]}}\n" for n in range(1, 40))
    deep = "[" * 5000
    itself = "a: &a [*a]\n"
    comments = "# kind: Secret\n" * 300
    braces = "{{" * 5000
    for odd in (laughs, deep, itself, comments, braces):
        (found,) = plain_secrets(f"{odd}\n---\n{SECRET}")
        assert found.key == "stringData.a"


def test_text_that_begins_many_keys_has_none() -> None:
    assert list(private_keys("-----BEGIN PRIVATE KEY-----\n" * 2000 + "LS0tLS1CRUdJTi" + "A\n" * 20000)) == []


NAMED = "kind: Secret\nmetadata:\n  name: ä\nstringData:\n  a: b\n"


@pytest.mark.parametrize(
    "above", ["", "\ufeff", "---\n", "%YAML 1.9\n---\n", "\ufeff%TAG ! tag:example.com,2000:\n---\n", "# 100%\n", "a: 😀\n---\n"]
)
def test_with_its_line_whatever_stands_above_it(above: str) -> None:
    (found,) = plain_secrets(above + NAMED)
    assert (found.name, found.line, found.key) == ("ä", above.count("\n") + 5, "stringData.a")
