# SPDX-License-Identifier: GPL-3.0-or-later
"""Which values are worth looking for in the history, and which are everywhere."""

from __future__ import annotations

import base64
import json
import random
import string

import pytest
from ansible_collections.lotus_lake.secrets.plugins.module_utils.audit.secret_values import (
    Secret,
    looks_drawn,
    secrets_in,
)

DRAWN = "kX3v9QmT7bR2wLp5"
BODY = "\n".join(base64.b64encode(bytes([number] * 9 + list(range(39)))).decode() for number in range(5))
KEY = f"-----BEGIN OPENSSH PRIVATE KEY-----\n{BODY}\n-----END OPENSSH PRIVATE KEY-----\n"


def found(key: str, text: str) -> list[str]:
    """Those that are secrets wherever they stand."""
    return [secret.text for secret in secrets_in(("stringData", key), text) if secret.anywhere]


def named(key: str, text: str) -> list[str]:
    """Those that count only where they are called a secret."""
    return [secret.text for secret in secrets_in(("stringData", key), text) if not secret.anywhere]


@pytest.mark.parametrize("key", ["token", "other", "SECRET_2", "clientSecret", "API_KEY", "apiKey", "webhook", "config.json"])
def test_what_a_machine_made_is_a_secret_under_any_key(key: str) -> None:
    assert found(key, DRAWN) == [DRAWN]
    assert found(key, f" {DRAWN}\n") == [DRAWN]
    assert found(key, "a few words only") == []


@pytest.mark.parametrize("key", ["password", "DB_PASSWORD", "PGPASSWORD", "dbPassword2", "passphrase", "pass_word", "SMTP_PASS"])
def test_what_a_person_made_up_is_one_under_a_password(key: str) -> None:
    assert found(key, "correct horse battery") == ["correct horse battery"]
    assert found(key, "short") == found(key, "aaaaaaaaaaaaaaaaaaaa") == []


@pytest.mark.parametrize(
    "key",
    [
        "AWS_ACCESS_KEY_ID",
        "accessKey",
        "s3_access_key",
        "clientId",
        "username",
        "DB_USER1",
        "existingSecretName",
        "image",
        "tls.crt",
    ],
)
def test_what_its_key_says_is_public_is_none(key: str) -> None:
    assert found(key, DRAWN) == []


@pytest.mark.parametrize(
    "text",
    [
        "daggy-20261124T233438Z",
        "2026-11-24T23:34:38.123Z",
        "postgresql16server2",
        "s3.eu-central-1.amazonaws.com:8333",
        "arn:aws:iam::123456789012:role/loader",
        "myVeryLongKubernetesServiceAccountName",
        "lotus-lake-bronze-2026",
        "-----BEGIN CERTIFICATE-----\nMIIBszCCAVmgAwIBAgIUQ2x7\n-----END CERTIFICATE-----",
        "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIB3v9QmT7bR2wLp5kX3v9QmT7bR2wLp5kX3v9QmT7bR2",
        f"${{{DRAWN}}}",
        "https://s3.eu-central-1.example.org:8333/lotus-lake/2026",
        "http://[broken",
        "{broken",
        "",
    ],
)
def test_names_times_addresses_and_public_keys_are_none(text: str) -> None:
    assert found("other", text) == []


def test_nearly_all_that_is_drawn_at_random_is_told_from_words() -> None:
    chance = random.Random(1)
    for alphabet, size, least in ((string.ascii_letters + string.digits, 20, 0.95), (string.hexdigits[:16], 32, 0.98)):
        drawn = ["".join(chance.choices(alphabet, k=size)) for _nth in range(1000)]
        assert sum(map(looks_drawn, drawn)) >= least * len(drawn)


@pytest.mark.parametrize(
    ("address", "secrets"),
    [
        (f"postgres://dagster:{DRAWN}@db:5432/dagster", [DRAWN]),
        ("postgres://dagster:a%20long%20password@db", ["a long password"]),
        (f"https://hooks.example.org/services/T024/{DRAWN}", [f"https://hooks.example.org/services/T024/{DRAWN}"]),
        (f"https://example.org/?sig={DRAWN}", [f"https://example.org/?sig={DRAWN}"]),
        ("postgres://dagster@db:5432/dagster", []),
    ],
)
def test_of_an_address_it_is_what_keeps_strangers_out(address: str, secrets: list[str]) -> None:
    assert found("url", address) == secrets


def test_within_json_and_lines_each_value_goes_by_its_own_key() -> None:
    inner = {"user": DRAWN, "all": [{"token": DRAWN[::-1]}], "port": 8333, "on": True, "none": None}
    assert list(secrets_in(("config",), json.dumps(inner))) == [Secret(("config", "all", 0, "token"), DRAWN[::-1], True)]
    lines = f"# a comment\n[db]\nuser = {DRAWN}\nexport PASSWORD='{DRAWN[::-1]}'\ntoken: \"{DRAWN}\"\n"
    assert list(secrets_in(("env",), lines)) == [
        Secret(("env", "PASSWORD"), DRAWN[::-1], True),
        Secret(("env", "token"), DRAWN, True),
    ]


@pytest.mark.parametrize(
    ("key", "text"),
    [
        ("password", "short"),
        ("DB_PASSWORD", "postgres"),
        ("DBPASS", "hunter2"),
        ("REDIS_AUTH", "hunter2"),
        ("SECRET_ACCESS_KEY", "hunter2"),
        ("pin", "4711"),
        ("API_TOKEN", "a few words only"),
        ("webhook", "x7Q2p9Zk"),
    ],
)
def test_what_may_be_something_else_counts_only_where_it_is_called_a_secret(key: str, text: str) -> None:
    assert named(key, text) == [text]
    assert DRAWN not in repr(Secret(("a",), DRAWN, True))


@pytest.mark.parametrize(
    ("key", "text"),
    [
        ("password", "abc"),
        ("password", "aaaaaaaaaaaaaaaaaaaa"),
        ("existingSecret", "dagster-db"),
        ("imagePullSecrets", "regcred"),
        ("userPasswordKey", "password"),
        ("KEY_PREFIX", "hunter2"),
        ("password", "changeme"),
        ("USE_TOKEN", "true"),
        ("TOKEN_TTL", "3600"),
        ("password_secret_name", "dagster-db"),
        ("region", "eu-central-1"),
        ("note", "hunter2"),
    ],
)
def test_settings_and_placeholders_do_not(key: str, text: str) -> None:
    assert named(key, text) == []


def test_a_short_password_in_an_address_does() -> None:
    assert named("url", "postgres://dagster:hunter2@db:5432/dagster") == ["hunter2"]
    assert named("url", "postgres://dagster:hunter2@db/dagster?sslmode=require&application_name=etl") == ["hunter2"]
    assert named("url", "postgres://db/dagster?user=dagster&password=hunter2") == ["hunter2"]


@pytest.mark.parametrize("reference", ["changeme", "$(POSTGRES_PASSWORD)", "${POSTGRES_PASSWORD}", "change-me-please"])
def test_a_placeholder_in_an_address_never_counts(reference: str) -> None:
    assert list(secrets_in(("DATABASE_URL",), f"postgres://app:{reference}@db/app")) == []


@pytest.mark.parametrize(
    "text",
    [
        "host=db user=me password=hunter2",
        "jdbc:postgresql://db/app?user=me&password=hunter2",
        "Server=db;User Id=me;Password=hunter2;",
        "host=db user=me password='hunter2'",
    ],
)
def test_of_a_text_that_connects_it_is_the_password(text: str) -> None:
    assert named("DSN", text) == ["hunter2"]


def test_what_separates_elsewhere_is_part_of_a_password_in_it() -> None:
    assert named("DSN", "host=db user=me password=hun&t;er2") == ["hun&t;er2"]
    assert named("DSN", "Server=db;Password=hun ter&2;") == ["hun ter&2"]
    assert found("password", "one=two three") == ["one=two three"]
    assert named("password", "it's=a b=c") == ["it's=a b=c"]


@pytest.mark.parametrize(
    "line", ['  "password": "hunter2",', "PASSWORD=hunter2 # for the database", "PASSWORD=hunter2;", "export PASSWORD='hunter2'"]
)
def test_what_a_line_has_besides_its_value_is_no_part_of_it(line: str) -> None:
    assert named("config", f"[db]\n{line}\n") == ["hunter2"]


def test_a_header_or_prefix_that_was_drawn_is_one() -> None:
    assert found("AUTH_HEADER", f"Bearer{DRAWN}") == [f"Bearer{DRAWN}"]
    assert found("AWS_SECRET_ACCESS_KEY", DRAWN) == [DRAWN]


def test_of_a_private_key_it_is_a_line_that_no_other_key_has() -> None:
    assert found("id_ed25519", KEY) == [BODY.splitlines()[2]]
    assert found("key", "-----BEGIN PRIVATE KEY-----\n-----END PRIVATE KEY-----") == []
