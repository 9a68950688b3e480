# SPDX-License-Identifier: GPL-3.0-or-later
"""Keys are found where sops finds them, and never shown."""

from __future__ import annotations

import contextlib
import os
import subprocess
from collections.abc import Callable
from pathlib import Path

import pyrage
import pytest
from ansible_collections.lotus_lake.secrets.plugins.module_utils.failure import Failure
from ansible_collections.lotus_lake.secrets.plugins.module_utils.sops import age_sources
from ansible_collections.lotus_lake.secrets.plugins.module_utils.sops.age_keys import AgeKeys
from ansible_collections.lotus_lake.secrets.plugins.module_utils.sops.format import Format
from ansible_collections.lotus_lake.secrets.plugins.module_utils.sops.sops_file import SopsFile
from ansible_collections.lotus_lake.secrets.tests.fixtures.sops_lab import SopsLab

Opens = Callable[..., bool]


@pytest.fixture
def text(lab: SopsLab) -> str:
    return lab.encrypt("password: hunter2\n")


@pytest.fixture
def opens(text: str, tmp_path: Path) -> Opens:
    """Whether the file opens with nothing but these variables."""

    def try_it(**environ: str) -> bool:
        environ.setdefault("HOME", str(tmp_path / "nobody"))
        keys = AgeKeys.find({"PATH": os.environ["PATH"], **environ})
        try:
            file = SopsFile.parse(text, name="secret.yaml", format=Format.YAML, keys=keys)
        except Failure as failure:
            return "AGE-SECRET-KEY" in str(failure)
        return file.entries()[0].value == "hunter2"

    return try_it


def test_in_the_environment(lab: SopsLab, opens: Opens) -> None:
    other = pyrage.x25519.Identity.generate()
    assert opens(SOPS_AGE_KEY=str(lab.identity))
    assert opens(SOPS_AGE_KEY=f"# first\n{other}\n{lab.identity}\n")
    assert opens(SOPS_AGE_KEY=f"{other} {lab.identity}")
    assert not opens(SOPS_AGE_KEY=str(other))


def test_in_a_file_with_comments_and_without_a_newline_at_its_end(lab: SopsLab, opens: Opens, tmp_path: Path) -> None:
    file = tmp_path / "key"
    file.write_text(f"# created: today\n# public key: {lab.recipient}\n\n{lab.identity}")
    assert opens(SOPS_AGE_KEY_FILE=str(file))
    file.write_bytes(f"# windows\r\n{lab.identity}\r\n".encode())
    assert opens(SOPS_AGE_KEY_FILE=str(file))


def test_from_a_command_that_is_told_the_recipient(lab: SopsLab, opens: Opens, tmp_path: Path) -> None:
    script = tmp_path / "give key"
    script.write_text(f'#!/bin/sh\n[ "$1" = "for us" ] && [ "$SOPS_AGE_RECIPIENT" = {lab.recipient} ] && echo {lab.identity}\n')
    script.chmod(0o700)
    assert opens(SOPS_AGE_KEY_CMD=f"'{script}' 'for us'")
    assert not opens(SOPS_AGE_KEY_CMD=f"'{script}' 'for others'")


def test_a_command_does_not_see_the_key_in_our_environment(opens: Opens, tmp_path: Path) -> None:
    seen = tmp_path / "seen"
    other = str(pyrage.x25519.Identity.generate())
    opens(SOPS_AGE_KEY=other, SOPS_AGE_KEY_CMD=f"/bin/sh -c 'env > {seen}'")
    assert "SOPS_AGE_RECIPIENT" in seen.read_text()
    assert other not in seen.read_text()


@pytest.mark.parametrize("variable", ["SOPS_AGE_KEY_CMD", "SOPS_AGE_SSH_PRIVATE_KEY_CMD"])
def test_who_waits_for_a_command_is_told(lab: SopsLab, text: str, tmp_path: Path, variable: str) -> None:
    """As where a hardware key waits to be touched."""
    told, script, said = tmp_path / "told", tmp_path / "give-key", []
    script.write_text(f"#!/bin/sh\nuntil [ -e {told} ]; do sleep 0.05; done\ncat {lab.key_file}\n")
    script.chmod(0o700)

    def progress(line: str) -> None:
        said.append(line)
        told.touch()

    environ = {"PATH": os.environ["PATH"], "HOME": str(tmp_path / "nobody"), variable: str(script)}
    with contextlib.suppress(Failure):  # what it prints is no SSH key
        SopsFile.parse(text, name="secret.yaml", format=Format.YAML, keys=AgeKeys.find(environ, progress))
    assert said == [f"Waiting for the command of {variable}: 1 s of at most 60 s"]


def test_a_command_that_takes_too_long_is_ended_and_named(text: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(age_sources, "COMMAND_TIMEOUT", 0.2)
    environ = {
        "PATH": os.environ["PATH"],
        "HOME": str(tmp_path),
        "SOPS_AGE_KEY_CMD": f"sh -c 'echo $$ > {tmp_path}/pid; exec sleep 600'",
    }
    with pytest.raises(Failure, match=r"SOPS_AGE_KEY_CMD: the command took longer than 0.2 seconds"):
        SopsFile.parse(text, name="secret.yaml", format=Format.YAML, keys=AgeKeys.find(environ))
    assert subprocess.run(["kill", "-0", (tmp_path / "pid").read_text().strip()], check=False, capture_output=True).returncode


def test_in_the_users_configuration(lab: SopsLab, opens: Opens, tmp_path: Path) -> None:
    for variables in ({"HOME": str(tmp_path)}, {"XDG_CONFIG_HOME": str(tmp_path / "xdg")}):
        root = Path(variables.get("XDG_CONFIG_HOME", tmp_path / ".config"))
        (root / "sops" / "age").mkdir(parents=True)
        (root / "sops" / "age" / "keys.txt").write_text(str(lab.identity))
        assert opens(**variables)


@pytest.mark.parametrize("kind", ["ed25519", "rsa"])
def test_an_ssh_key(kind: str, lab: SopsLab, tmp_path: Path) -> None:
    home = tmp_path / "home"
    (home / ".ssh").mkdir(parents=True)
    key = home / ".ssh" / f"id_{kind}"
    make_ssh_key(key, kind, "")
    lab.recipient = key.with_suffix(".pub").read_text().strip()
    text = lab.encrypt("password: hunter2\n")
    elsewhere = key.rename(tmp_path / "moved")
    for environ in ({"SOPS_AGE_SSH_PRIVATE_KEY_FILE": str(elsewhere)}, {"HOME": str(home)}):
        if "HOME" in environ:
            elsewhere.rename(key)
        file = SopsFile.parse(text, name="s.yaml", format=Format.YAML, keys=AgeKeys.find(environ))
        assert file.entries()[0].value == "hunter2"


def test_an_ssh_key_with_a_passphrase_is_told_as_a_reason(text: str, tmp_path: Path) -> None:
    make_ssh_key(tmp_path / "key", "ed25519", "a passphrase")
    keys = AgeKeys.find({"SOPS_AGE_SSH_PRIVATE_KEY_FILE": str(tmp_path / "key"), "PATH": ""})
    with pytest.raises(Failure, match="has a passphrase") as caught:
        SopsFile.parse(text, name="s.yaml", format=Format.YAML, keys=keys)
    assert "no usable age key" in caught.value.what


def test_what_only_the_program_can_use_does_not_hide_the_other_keys(lab: SopsLab, opens: Opens) -> None:
    assert opens(SOPS_AGE_KEY=f"AGE-PLUGIN-YUBIKEY-1QQQQQQ\nnonsense\nAGE-SECRET-KEY-PQ-1XYZ\n{lab.identity}")
    assert not opens(SOPS_AGE_KEY="AGE-PLUGIN-YUBIKEY-1QQQQQQ", PATH="")


def test_a_missing_key_file_is_told_and_the_next_place_serves(lab: SopsLab, opens: Opens) -> None:
    assert opens(SOPS_AGE_KEY_FILE="/nowhere/keys.txt", SOPS_AGE_KEY=str(lab.identity))
    keys = AgeKeys.find({"SOPS_AGE_KEY_FILE": "/nowhere/keys.txt"})
    with pytest.raises(Failure, match=r"/nowhere/keys.txt.*does not exist"):
        SopsFile.parse(lab.encrypt("a: b\n"), name="s.yaml", format=Format.YAML, keys=keys)


def test_nothing_is_read_before_it_is_needed_and_a_data_key_is_opened_once(lab: SopsLab, text: str) -> None:
    keys = AgeKeys.find({"SOPS_AGE_KEY_FILE": "/nowhere/keys.txt"})
    assert keys.unusable() == []
    keys = lab.keys
    SopsFile.parse(text, name="s.yaml", format=Format.YAML, keys=keys)
    lab.key_file.unlink()
    again = SopsFile.parse(text, name="s.yaml", format=Format.YAML, keys=keys)
    assert again.entries()[0].value == "hunter2"


def test_keys_and_values_are_not_in_any_repr(lab: SopsLab, text: str) -> None:
    file = lab.read(text)
    shown = repr([file, file.entries(), file._contents.opened, lab.keys, lab.keys._sources])
    assert "hunter2" not in shown
    assert "AGE-SECRET-KEY" not in shown


def make_ssh_key(path: Path, kind: str, passphrase: str) -> None:
    subprocess.run(["ssh-keygen", "-q", "-t", kind, "-N", passphrase, "-f", str(path)], check=True)
