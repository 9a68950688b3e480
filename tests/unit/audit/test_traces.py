# SPDX-License-Identifier: GPL-3.0-or-later
"""Values in a content, however they are written there."""

from __future__ import annotations

import base64

import pytest
from ansible_collections.lotus_lake.secrets.plugins.module_utils.audit.traces import traces
from ansible_collections.lotus_lake.secrets.plugins.module_utils.git.blobs import Blob

VALUE = "kX3v9QmT7bR2wLp5"


def found(content: bytes, *values: str) -> list[tuple[str, int]]:
    return [(trace.value, trace.line) for trace in traces([Blob("1", "a", content)], values or (VALUE,))]


@pytest.mark.parametrize("before", range(7))
@pytest.mark.parametrize("after", range(4))
@pytest.mark.parametrize("encode", [base64.b64encode, base64.urlsafe_b64encode])
def test_a_value_is_found_in_base64_of_a_longer_text(before: int, after: int, encode: object) -> None:
    assert callable(encode)
    for value in (VALUE, f"{VALUE}6", f"{VALUE}ü?"):
        written = encode(b"\xff" * before + value.encode() + b"\xfe" * after)
        for content in (written, written.rstrip(b"="), b"one\n'" + written + b"'", b"one\n" + written + b"\n"):
            assert found(content, value) == [(value, content.count(b"one") + 1)]


@pytest.mark.parametrize("before", range(3))
@pytest.mark.parametrize("after", range(3))
def test_one_that_is_nearly_it_is_not(before: int, after: int) -> None:
    for other in (f"{VALUE[:-1]}4", f"j{VALUE[1:]}"):
        written = base64.b64encode(b"a" * before + other.encode() + b"a" * after)
        assert found(written + b"\n" + other.encode()) == []


def test_values_that_differ_in_their_last_bits_alone_are_told_apart() -> None:
    values = (f"{VALUE}a", f"{VALUE}b", f"{VALUE}c")
    for before in range(3):
        assert found(base64.b64encode(b"a" * before + values[1].encode()), *values) == [(values[1], 1)]


def test_a_value_within_another_is_the_other_where_that_is_there() -> None:
    longer = f"{VALUE}-and-more"
    assert found(longer.encode(), VALUE, longer) == [(longer, 1)]
    assert found(f"{longer}\n{VALUE}".encode(), VALUE, longer) == [(longer, 1), (VALUE, 2)]
    assert found(base64.b64encode(longer.encode()), VALUE, longer) == [(longer, 1)]


def test_one_that_is_there_twice_is_told_once() -> None:
    assert found(f"one\n{VALUE}\n{VALUE}".encode()) == [(VALUE, 2)]
    assert found(b"") == []
    assert list(traces([Blob("1", "a", b"text")], ())) == []


@pytest.mark.parametrize("width", [56, 60, 64, 76])
@pytest.mark.parametrize("end", ["\n", "\r\n", "\n    "])
def test_a_value_is_found_in_base64_that_is_broken_into_lines(width: int, end: str) -> None:
    for before in range(20, 80):
        written = base64.b64encode(b"\x01" * before + VALUE.encode() + b"{" * 100).decode()
        lines = [written[start : start + width] for start in range(0, len(written), width)]
        (trace,) = found(f"one\n  {end.join(lines)}\n".encode())
        assert trace[0] == VALUE
        assert 2 <= trace[1] <= 2 + before // 40
        other = base64.b64encode(b"\x01" * before + VALUE[:-1].encode() + b"{" * 100).decode()
        assert found("\n".join(other[start : start + width] for start in range(0, len(other), width)).encode()) == []


AWKWARD = "kX3v& 9QmT/7b<R2w\"Lp5'+ü"
"""The texts below are written as programs write it, by hand: what is sought is made by functions."""


@pytest.mark.parametrize(
    "written",
    [
        r'''"kX3v& 9QmT/7b<R2w\"Lp5'+\u00fc"''',
        r'''"kX3v& 9QmT/7b<R2w\"Lp5'+ü"''',
        r'''"kX3v& 9QmT\/7b<R2w\"Lp5'+\u00fc"''',
        r'''"kX3v\u0026 9QmT/7b\u003cR2w\"Lp5'+ü"''',
        r'"kX3v\u0026 9QmT/7b\u003cR2w\"Lp5\u0027+ü"',
        r'"kX3v\u0026 9QmT/7b\u003CR2w\u0022Lp5\u0027\u002B\u00FC"',
        r'''"{\"key\": \"kX3v& 9QmT/7b<R2w\\\"Lp5'+ü\"}"''',
        "kX3v%26%209QmT/7b%3CR2w%22Lp5%27%2B%C3%BC",
        "kX3v%26+9QmT%2F7b%3CR2w%22Lp5%27%2B%C3%BC",
        "kX3v%26%209QmT%2F7b%3CR2w%22Lp5'%2B%C3%BC",
        "s3://daggy:kX3v&%209QmT%2f7b%3cR2w%22Lp5%27+%c3%bc@s3",
        "kX3v&amp; 9QmT/7b&lt;R2w&quot;Lp5&#x27;+ü",
        "kX3v&amp; 9QmT/7b&lt;R2w&#34;Lp5&#39;+ü",
        "<key>kX3v&amp; 9QmT/7b&lt;R2w\"Lp5'+ü</key>",
        "kX3v&amp; 9QmT/7b&lt;R2w&quot;Lp5&apos;+ü",
        "key: 'kX3v& 9QmT/7b<R2w\"Lp5''+ü'",
    ],
)
def test_a_value_is_found_escaped_and_that_in_base64_too(written: str) -> None:
    assert found(f"one\n{written}\n".encode(), AWKWARD) == [(AWKWARD, 2)]
    assert found(base64.b64encode(b"a" + written.encode()), AWKWARD) == [(AWKWARD, 1)]


WORD = "postgres"


def named(content: str) -> list[str]:
    return [trace.value for trace in traces([Blob("1", "a", content.encode())], (), (WORD,))]


def encoded(text: str) -> str:
    return base64.b64encode(text.encode()).decode()


@pytest.mark.parametrize(
    "content",
    [
        f"password: {WORD}",
        f'  "db_password" : "{WORD}",',
        f"export PGPASSWORD='{WORD}'\n",
        f"PGPASSWORD={WORD} psql",
        f"password => '{WORD}';",
        f"spec:\n- name: DB_PASSWORD\n  value: {WORD}\n",
        f'{{"name": "DB_PASSWORD", "value": "{WORD}"}}',
        f"mysql --password {WORD} --host db",
        f"mysql --password={WORD}",
        f"dbPass: {WORD}",
        f"apiKeyProd: {WORD}",
        f"secretaccesskey = {WORD}",
        f"SECRET_KEY_BASE={WORD}",
        f"DB_PASS: {WORD}",
        f"DBPASS={WORD}",
        f"authkey = {WORD}",
        f"storepass={WORD}",
        f'{{"name":"DB_PASSWORD","value":"{WORD}"}}',
        f'{{"Key":"Password","Value":"{WORD}"}}',
        f"Authorization: Bearer {WORD}",
        f'db_password: str = "{WORD}"',
        f'let password: string = "{WORD}";',
        f"define('DB_PASSWORD', '{WORD}');",
        f'os.environ.get("DB_PASSWORD", "{WORD}")',
        f"ENV POSTGRES_PASSWORD {WORD}",
        f"${{POSTGRES_PASSWORD-{WORD}}}",
        f"DB_PASSWORD ?= {WORD}",
        f"password: !!str {WORD}",
        f"args:\n  - --password\n  - {WORD}\n",
        f"CREATE USER x IDENTIFIED BY '{WORD}'",
        f"requirepass {WORD}",
        f"curl -u me:{WORD} https://example.org",
        f'variable "db_password" {{\n  type = string\n  default = "{WORD}"\n}}',
        f"host=db user=me password={WORD} sslmode=require",
        f"postgres://dagster:{WORD}@db:5432/dagster",
        f"redis://:{WORD}@db",
        f"password: |\n    {WORD}\n",
        f"os.environ['PASSWORD'] = '{WORD}'",
        f"password: ${{DB_PASSWORD:-{WORD}}}",
        f"<password>{WORD}</password>",
        f"CREATE USER dagster PASSWORD '{WORD}';",
        f'args: ["--password", "{WORD}"]',
        f"machine db.example.org login dagster password {WORD}",
        f'config: "{{\\"password\\": \\"{WORD}\\"}}"',
        f"password: {encoded(WORD)}",
        f"password: {encoded(WORD + chr(10))}",
        f"config: {encoded(f'user: me, password: {WORD}, port: 1')}",
        f"x: {encoded(f'a password={WORD}')}",
        f"Authorization: Basic {encoded(f'me:{WORD}')}",
        f'"auth": "{encoded(f"me:{WORD}")}"',
        f"env: {encoded('a' * 300 + chr(10) + f'password: {WORD}' + chr(10) + 'b' * 3000)}",
    ],
)
def test_a_word_is_found_where_it_is_called_a_secret(content: str) -> None:
    assert named(content) == [WORD]
    assert named(f"one\n{content}\n") == [WORD]


@pytest.mark.parametrize(
    "content",
    [
        WORD,
        f"image: {WORD}:16",
        f"password: ''\n{WORD}:\n  image: x",
        f"Basic {WORD} setup",
        f"http://{WORD}:{WORD}/path",
        f"oci://registry:{WORD}",
        f"secretName: {WORD}",
        f"existingSecret: {WORD}",
        f"secretKeyRef:\n  name: db\n  key: {WORD}",
        f"topologyKey: {WORD}",
        f"token_type: {WORD}",
        f"password_file: {WORD}",
        f"public_key = {WORD}",
        f"primary_key={WORD}",
        f"authSource={WORD}",
        f"keywords: {WORD}, sql",
        f"keycloak: {WORD}",
        f"shipping: {WORD}",
        f"POSTGRES_PASSWORD=\n{WORD}:\n",
        f"kinds: [token, {WORD}]",
        f"author: {WORD}",
        f"monkey: {WORD}",
        f"bypass={WORD}",
        f"opinion: {WORD}",
        f"secretary: {WORD}",
        f'kinds: ["token", "{WORD}"]',
        f"user: {WORD}",
        f"the password is not {WORD}, and the secret is not either",
        f"password: {WORD}ql",
        f"password: my{WORD}",
        f"password: {WORD}-password",
        f"postgres://{WORD}@db/{WORD}",
        f"- name: DB_USER\n  value: {WORD}\n",
        f"image: {encoded(WORD)}",
        f"password: {encoded(WORD + 'ql')}",
        f"x: {encoded(f'user={WORD}')}",
    ],
)
def test_elsewhere_it_is_not(content: str) -> None:
    assert named(f"one\n{content}\n") == []


def test_what_is_repeated_without_end_is_looked_through_in_pieces() -> None:
    content = b"0" * (1 << 22) + b"\npin: 0100\n"
    assert [(trace.value, trace.line) for trace in traces([Blob("1", "a", content)], (), ("0100",))] == [("0100", 2)]
    at_a_border = b" " * ((1 << 20) - 4) + VALUE.encode()
    assert found(at_a_border) == [(VALUE, 1)]
