# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

import pytest
from ansible_collections.lotus_lake.secrets.plugins.module_utils.sops.fingerprint import Fingerprints
from ansible_collections.lotus_lake.secrets.plugins.module_utils.sops.key_path import parse_key_path, show


def test_a_dotted_text_is_split_and_a_list_is_taken_as_it_is() -> None:
    assert parse_key_path("stringData.ACCESS_KEY_ID") == ("stringData", "ACCESS_KEY_ID")
    assert parse_key_path(["data", "config.json"]) == ("data", "config.json")
    assert parse_key_path("users.0.name") == ("users", "0", "name")
    assert parse_key_path("") == ()


def test_a_path_is_shown_with_dots_and_quotes_around_dotted_keys() -> None:
    assert show(("data", "config.json", 0)) == 'data."config.json".0'


def test_equal_secrets_have_equal_fingerprints_under_one_key_only() -> None:
    one, other = Fingerprints(b"1" * 32), Fingerprints(b"2" * 32)
    assert one.of("secret") == one.of("secret")
    assert one.of("secret") not in (other.of("secret"), one.of("Secret"))
    assert one.of("secret").startswith("fp:")
    assert len(one.of("secret")) == len("fp:") + 10
    assert "1" * 8 not in repr(one)


def test_a_short_key_for_fingerprints_is_refused() -> None:
    with pytest.raises(ValueError, match="16 bytes"):
        Fingerprints(b"short")
