# SPDX-License-Identifier: GPL-3.0-or-later
"""Messages of the cluster are shown without the values of Secrets in them."""

from __future__ import annotations

import base64
import json
import secrets

import pytest
from ansible_collections.lotus_lake.secrets.plugins.module_utils.cluster.redaction import LONGEST, Redaction


def test_known_values_are_hidden_however_they_are_written() -> None:
    value = 'lower "only" words'
    encoded = base64.b64encode(value.encode()).decode()
    said = Redaction([value]).of(f"got {value}, {json.dumps(value)} and {encoded}")
    assert said == 'got ***, "***" and ***'


def test_what_is_in_a_known_json_text_is_hidden_by_itself() -> None:
    master = json.dumps({"identities": [{"credentials": [{"secretKey": "onlylowercase"}]}]})
    assert Redaction([master]).of("the key onlylowercase is bad") == "the key *** is bad"


@pytest.mark.parametrize(
    "message",
    [
        "Secret in version v1 cannot be handled: stringData:map[password:{value}]",
        'failed to decode: {{"data": {{"password": "{value}"}}}}',
        'Secret "a" is invalid: data[k]: Invalid value: "{value}": must be base64',
        "yaml: line 3: could not find expected ':' near {value}",
        "at folder/{value}/x",
    ],
)
def test_values_that_nobody_knows_are_hidden_where_they_stand_or_look_like_it(message: str) -> None:
    value = "aZ9" + secrets.token_urlsafe(20)
    said = Redaction([]).of(message.format(value=value))
    assert value not in said
    assert "***" in said


def test_names_commits_and_paths_are_kept() -> None:
    said = (
        'BuildFailed: secrets "sops-age" not found in cluster/infrastructure/services/seaweedfs/s3-auth-secret.yaml at '
        "main@sha1:0123456789abcdef0123456789abcdef01234567 of kustomize.toolkit.fluxcd.io/v1"
    )
    assert Redaction(["short"]).of(said) == said


def test_encrypted_text_is_left_out_and_a_message_is_one_line_of_bounded_length() -> None:
    said = Redaction([]).of("first\n  second ENC[AES256_GCM,data:abc,type:str] " + "word " * 200)
    assert said.startswith("first second *** word")
    assert len(said) <= LONGEST + 2
