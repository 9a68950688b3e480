# SPDX-License-Identifier: GPL-3.0-or-later
"""What the library leaves to the program sops, and how it is called: no secret in arguments, environments or files."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path

import pyrage
import pytest
from ansible_collections.lotus_lake.secrets.plugins.module_utils.failure import Failure
from ansible_collections.lotus_lake.secrets.plugins.module_utils.sops import program as program_module
from ansible_collections.lotus_lake.secrets.plugins.module_utils.sops.age_keys import AgeKeys
from ansible_collections.lotus_lake.secrets.plugins.module_utils.sops.changes import Remove, Set
from ansible_collections.lotus_lake.secrets.plugins.module_utils.sops.format import Format
from ansible_collections.lotus_lake.secrets.plugins.module_utils.sops.replace import replace_file
from ansible_collections.lotus_lake.secrets.plugins.module_utils.sops.sops_file import SopsFile
from ansible_collections.lotus_lake.secrets.tests.fixtures.sops_lab import SopsLab, found

PLAIN = "kind: Secret\nstringData:\n  user: alice\n  password: hunter2 # note\n"


@pytest.fixture
def groups(lab: SopsLab) -> str:
    """A file whose data key is split over two key groups, both of which this lab can open."""
    second = pyrage.x25519.Identity.generate()
    lab.key_file.write_text(f"{lab.identity}\n{second}\n")
    config = lab.folder / "groups.yaml"
    config.write_text(
        f"creation_rules:\n- shamir_threshold: 2\n  key_groups:\n  - age: [{lab.recipient}]\n  - age: [{second.to_public()}]\n"
    )
    name = ("--filename-override", "x.yaml", "--input-type", "yaml", "--output-type", "yaml")
    return lab.run("--config", str(config), "encrypt", *name, given=PLAIN)


@pytest.fixture
def pgp(lab: SopsLab) -> Iterator[str]:
    """A file for a PGP key, which only the program can open."""
    # The agent's socket needs a short path.
    home = Path("/tmp") / f"gpg-{os.getpid()}-{os.urandom(3).hex()}"
    home.mkdir(mode=0o700)
    lab.environ["GNUPGHOME"] = str(home)
    gpg = ["gpg", "--batch", "--quiet", "--passphrase", "", "--pinentry-mode", "loopback"]
    subprocess.run([*gpg, "--quick-gen-key", "ops@example.com", "default", "default", "never"], env=lab.environ, check=True)
    listed = subprocess.run(["gpg", "--list-keys", "--with-colons"], env=lab.environ, capture_output=True, text=True, check=True)
    said = re.search(r"fpr:::::::::(\w+):", listed.stdout)
    assert said
    fingerprint = said[1]
    name = ("--filename-override", "x.yaml", "--input-type", "yaml", "--output-type", "yaml")
    yield lab.run("encrypt", "--pgp", fingerprint, *name, given=PLAIN)
    subprocess.run(["gpgconf", "--kill", "gpg-agent"], env=lab.environ, check=False)
    shutil.rmtree(home, ignore_errors=True)


def test_key_groups_with_a_threshold(lab: SopsLab, groups: str, now: datetime) -> None:
    check_through_the_program(lab, groups, now)
    assert len(lab.read(groups).recipients) == 2


@pytest.mark.skipif(shutil.which("gpg") is None, reason="gpg is not installed")
def test_a_pgp_key(lab: SopsLab, pgp: str, now: datetime) -> None:
    check_through_the_program(lab, pgp, now)
    assert lab.read(pgp).recipients[0].startswith("pgp:")


def check_through_the_program(lab: SopsLab, text: str, now: datetime) -> None:
    file = lab.read(text)
    assert found(file, ("stringData", "password")).value == "hunter2"
    assert found(file, ("stringData", "password")).encrypted
    assert len(file.data_key_fingerprint_key) == 32
    assert not file.is_plain_by_rules(("stringData", "new"))
    after = file.edit([Set(("stringData", "password"), 'n"é\n')], now=now)
    assert lab.values(after.text)["stringData"] == {"user": "alice", "password": 'n"é\n'}
    assert outside_of_values(after.text) == outside_of_values(text)
    changes: list[Set | Remove] = [Set(("stringData", "new"), "x", create=True), Remove(("stringData", "user"))]
    again = after.edit(changes, now=now)
    assert lab.values(again.text)["stringData"] == {"password": 'n"é\n', "new": "x"}
    path = lab.folder / "replaced.yaml"
    replace_file(path, again, lab.keys)
    assert lab.values(path.read_text()) == lab.values(again.text)
    assert file.edit([Set(("stringData", "user"), "alice")], now=now) is file


def outside_of_values(text: str) -> str:
    return re.sub(r"ENC\[[^]]*\]|lastmodified: \S+", "", text)


def test_a_program_that_is_missing_is_told(lab: SopsLab, groups: str) -> None:
    with pytest.raises(Failure, match="needs the program sops, because its data key is split over key groups; no sops") as caught:
        SopsFile.parse(groups, name="x.yaml", format=Format.YAML, keys=AgeKeys.find({**lab.environ, "PATH": "/nowhere"}))
    assert "3.11.0" in caught.value.remedy


@pytest.mark.parametrize("version", ["3.10.2", "3.9.4"])
def test_a_program_that_is_too_old_is_told_with_its_version(lab: SopsLab, groups: str, version: str) -> None:
    fake_program(lab, f'echo "sops {version} (latest)"')
    with pytest.raises(Failure, match=f"{re.escape(version)}, too old"):
        lab.read(groups)


def test_something_else_called_sops_is_told(lab: SopsLab, groups: str) -> None:
    fake_program(lab, 'echo "hello"')
    with pytest.raises(Failure, match="unknown version"):
        lab.read(groups)


def test_who_waits_for_the_program_is_told(lab: SopsLab, groups: str) -> None:
    told, real, said = lab.folder / "told", shutil.which("sops"), []
    fake_program(lab, f'[ "$1" = --version ] || until [ -e {told} ]; do sleep 0.05; done; exec {real} "$@"')

    def progress(line: str) -> None:
        said.append(line)
        told.touch()

    file = SopsFile.parse(groups, name="x.yaml", format=Format.YAML, keys=AgeKeys.find(lab.environ, progress))
    assert found(file, ("stringData", "password")).value == "hunter2"
    assert said == ["Waiting for sops (x.yaml): 1 s of at most 120 s"]


def test_a_program_that_hangs_is_ended(lab: SopsLab, groups: str, monkeypatch: pytest.MonkeyPatch) -> None:
    fake_program(lab, '[ "$1" = --version ] && echo "sops 3.12.0" || exec sleep 60')
    monkeypatch.setattr(program_module, "TIMEOUT", 0.5)
    with pytest.raises(Failure, match="did not answer"):
        lab.read(groups)


def test_the_key_of_the_environment_is_passed_on_in_memory(lab: SopsLab, groups: str, now: datetime) -> None:
    """Every recipient makes sops open the key file anew, so it must be readable more than once."""
    real = shutil.which("sops")
    seen = lab.folder / "seen"
    fake_program(lab, f'{{ env; echo "$@"; ls -l /proc/self/fd; }} >> {seen}; exec {real} "$@"')
    first, second = lab.key_file.read_text().split()
    # One key comes from the file that the environment names, the other from the environment itself.
    lab.key_file.write_text(second)
    lab.environ["SOPS_AGE_KEY"] = f"# a comment\n{first}"
    file = lab.read(groups)
    after = file.edit([Set(("stringData", "password"), "an unusual secret")], now=now)
    assert found(after, ("stringData", "password")).value == "an unusual secret"
    shown = seen.read_text()
    assert "SOPS_AGE_KEY_FILE=/dev/fd/" in shown
    for secret in ("AGE-SECRET-KEY", "hunter2", "an unusual secret"):
        assert secret not in shown


def test_without_files_in_memory_a_pipe_serves(lab: SopsLab, monkeypatch: pytest.MonkeyPatch, now: datetime) -> None:
    monkeypatch.delattr(os, "memfd_create")
    text = lab.encrypt("a: &x hunter2\n")
    lab.environ["SOPS_AGE_KEY"] = str(lab.identity)
    del lab.environ["SOPS_AGE_KEY_FILE"]
    assert found(lab.read("# é\u2028\n" + text), ("a",)).value == "hunter2"


def test_only_ciphertext_is_in_files_while_the_program_edits(
    lab: SopsLab, groups: str, now: datetime, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    real = shutil.which("sops")
    kept = tmp_path / "kept"
    kept.mkdir()
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path / "temporary"))
    (tmp_path / "temporary").mkdir()
    fake_program(lab, f'cp -r {tmp_path}/temporary {kept}/$$; exec {real} "$@"')
    lab.read(groups).edit([Set(("stringData", "password"), "an unusual secret")], now=now)
    contents = "".join(path.read_text() for path in kept.rglob("*") if path.is_file())
    assert "ENC[" in contents
    assert "hunter2" not in contents
    assert "an unusual secret" not in contents
    assert not list((tmp_path / "temporary").iterdir())


def test_the_indentation_of_the_repository_is_kept_for_new_keys(lab: SopsLab, groups: str, now: datetime) -> None:
    (lab.folder / ".sops.yaml").write_text("stores:\n  yaml:\n    indent: 2\n")
    path = lab.folder / "deep" / "x.yaml"
    path.parent.mkdir()
    path.write_text(groups)
    after = SopsFile.load(path, lab.keys).edit([Set(("stringData", "list"), "x", create=True)], now=now)
    assert lab.values(after.text)["stringData"]["list"] == "x"


@pytest.mark.parametrize(
    ("code", "words"),
    [(128, "can't be opened"), (51, "MAC"), (52, "MAC"), (25, "can't be decrypted"), (2, "ended with code 2")],
)
def test_its_exit_codes_are_translated_and_its_messages_not_shown(lab: SopsLab, groups: str, code: int, words: str) -> None:
    fake_program(lab, f'[ "$1" = --version ] && echo "sops 3.12.0" || {{ echo hunter2 >&2; exit {code}; }}')
    with pytest.raises(Failure, match=words) as caught:
        lab.read(groups)
    assert "hunter2" not in str(caught.value)


def test_a_failing_set_is_told_with_its_key(lab: SopsLab, groups: str, now: datetime) -> None:
    real = shutil.which("sops")
    fake_program(lab, f'[ "$1" = set ] && {{ cat >&2; exit 23; }}; exec {real} "$@"')
    with pytest.raises(Failure, match=r"stringData\.password.*code 23") as caught:
        lab.read(groups).edit([Set(("stringData", "password"), "an unusual secret")], now=now)
    assert "unusual" not in str(caught.value)


def test_a_program_that_changes_something_else_is_caught(lab: SopsLab, groups: str, now: datetime) -> None:
    real = shutil.which("sops")
    script = f'[ "$1" = set ] && {{ cat > /dev/null; exec {real} set "$6" \'["kind"]\' \'"Other"\'; }}; exec {real} "$@"'
    fake_program(lab, script)
    with pytest.raises(Failure):
        lab.read(groups).edit([Set(("stringData", "password"), "x")], now=now)


def test_other_documents_are_not_edited_with_the_program(lab: SopsLab, now: datetime) -> None:
    text = lab.encrypt("a: &x one\n---\nb: two\n", "yaml", "--encrypted-regex", "^b$").replace("a: one", "a: &x one")
    file = lab.read(text)
    assert found(file, ("b",)).value == "two"
    with pytest.raises(Failure, match="first of several documents"):
        file.edit([Set(("b",), "new")], now=now)


def fake_program(lab: SopsLab, script: str) -> None:
    """Put a shell script in the place of sops, for the library only."""
    folder = lab.folder / f"bin-{os.urandom(4).hex()}"
    folder.mkdir()
    (folder / "sops").write_text(f"#!/bin/sh\n{script}\n")
    (folder / "sops").chmod(0o755)
    lab.environ["PATH"] = f"{folder}:{lab.environ['PATH']}"
