# SPDX-License-Identifier: GPL-3.0-or-later
"""The Secrets of a file as the cluster would have them."""

from __future__ import annotations

import base64
from pathlib import Path

import pytest
from ansible_collections.lotus_lake.secrets.plugins.module_utils.cluster.secrets import differences
from ansible_collections.lotus_lake.secrets.plugins.module_utils.failure import Failure
from ansible_collections.lotus_lake.secrets.plugins.module_utils.holdings.secret_manifests import secrets_in
from ansible_collections.lotus_lake.secrets.tests.fixtures.sops_lab import SopsLab

TWO = """\
apiVersion: v1
kind: Secret
metadata:
  name: keys
  namespace: lake
  labels: {app: web}
type: Opaque
data:
  id: ZGFnZ3k=
  both: b2xk
stringData:
  both: new
  empty: ""
---
apiVersion: v1
kind: ConfigMap
metadata: {name: other}
data: {a: b}
---
apiVersion: v1
kind: Secret
metadata: {name: second}
stringData: {a: b}
"""


@pytest.fixture
def lab(tmp_path: Path) -> SopsLab:
    return SopsLab(tmp_path)


def test_each_secret_of_a_file_is_found_with_what_it_comes_to(lab: SopsLab) -> None:
    first, second = secrets_in(lab.read(lab.encrypt(TWO)))
    assert (str(first), str(second)) == ("lake/keys", "second")
    assert first.values == {"id": b"daggy", "both": b"new", "empty": b""}
    assert first.manifest == {
        "apiVersion": "v1",
        "kind": "Secret",
        "metadata": {"name": "keys", "namespace": "lake", "labels": {"app": "web"}},
        "type": "Opaque",
        "data": {"id": "ZGFnZ3k=", "both": base64.b64encode(b"new").decode(), "empty": ""},
    }
    assert "daggy" not in repr(first)


def test_a_file_of_something_else_has_none(lab: SopsLab) -> None:
    assert secrets_in(lab.read(lab.encrypt('{"identities": [{"name": "a"}]}', "json"))) == []


def test_what_is_not_base64_under_data_is_named_without_its_value(lab: SopsLab) -> None:
    text = "apiVersion: v1\nkind: Secret\nmetadata: {name: a}\ndata: {key: not-base64!}\n"
    with pytest.raises(Failure, match=r"data\.key is not base64") as failed:
        secrets_in(lab.read(lab.encrypt(text)))
    assert "not-base64!" not in str(failed.value)


def test_values_in_the_cluster_are_told_apart_from_those_of_the_file() -> None:
    held = {"same": "YQ==", "other": "Yg==", "sealed": base64.b64encode(b"ENC[AES256_GCM,data:x]").decode(), "more": "Yw=="}
    found = differences({"same": b"a", "other": b"a", "sealed": b"a", "missing": b"a"}, held)
    assert [(one.key, one.is_encrypted, one.held is None) for one in found] == [
        ("other", False, False),
        ("sealed", True, False),
        ("missing", False, True),
    ]
    assert "ENC" not in repr(found)
