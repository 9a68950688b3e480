# SPDX-License-Identifier: GPL-3.0-or-later
"""What git says, as it is shown."""

from __future__ import annotations

import pytest
from ansible_collections.lotus_lake.secrets.plugins.module_utils.failure import Failure
from ansible_collections.lotus_lake.secrets.plugins.module_utils.git.commit import with_trailers
from ansible_collections.lotus_lake.secrets.plugins.module_utils.git.repository import checked_paths, identity
from ansible_collections.lotus_lake.secrets.plugins.module_utils.git.words import last_words, redacted, remedy_for


@pytest.mark.parametrize(
    ("said", "shown"),
    [
        ("https://me:tok3n@host/x.git", "https://***@host/x.git"),
        ("https://tok3n@host/x.git", "https://***@host/x.git"),
        ("HTTPS://me:p%40ss@host:8443/x", "HTTPS://***@host:8443/x"),
        ("https://me:a@b@host/x", "https://***@host/x"),
        ("ssh://git@host/x.git", "ssh://git@host/x.git"),
        ("ssh://git:pass@host/x.git", "ssh://***@host/x.git"),
        ("git@host:x.git", "git@host:x.git"),
        ("https://host/x.git and mail me@host", "https://host/x.git and mail me@host"),
        ("https://host/x?private_token=abc&y=1", "https://host/x?private_token=***&y=1"),
        ("Authorization: Basic Zm9v", "Authorization: Basic ***"),
    ],
)
def test_credentials_are_not_shown(said: str, shown: str) -> None:
    assert redacted(said) == shown


def test_the_last_lines_that_say_something_are_shown() -> None:
    text = "To file:///x\nhint: do this\nremote: \nremote: no\n\nerror: failed to push some refs to 'file:///x'\n"

    assert last_words(text) == "remote: no"
    assert last_words("\n".join("abcdefghij"), lines=3) == "h | i | j"
    assert last_words("") == ""


@pytest.mark.parametrize(
    ("said", "remedy"),
    [
        ("fatal: could not read Username for 'https://h': terminal prompts disabled", "credential helper"),
        ("git@h: Permission denied (publickey).", "credential helper"),
        ("fatal: unable to access 'https://h/': The requested URL returned error: 403", "credential helper"),
        ("Host key verification failed.", "known_hosts"),
        ("ssh: connect to host h port 22: Connection timed out", "check the network"),
        ("remote: error: GH006: Protected branch update failed", "its rules"),
        ("! [remote rejected] main -> main (pre-receive hook declined)", "rule of the remote"),
        ("error: gpg failed to sign the data", "Signing"),
        ("fatal: no email was given and auto-detection is disabled", r"user.name"),
        ("fatal: could not create directory of '.git/worktrees/x': Permission denied", ".git folder writable"),
        ("error: unable to write file: No space left on device", "Free some space"),
        ("fatal: detected dubious ownership in repository at '/x'", "safe.directory"),
        ("something new", "Mend what git complains of"),
    ],
)
def test_what_is_said_calls_for_a_remedy(said: str, remedy: str) -> None:
    assert remedy in remedy_for(said)


def test_trailers_follow_the_message_after_an_empty_line() -> None:
    assert with_trailers(" Rotate\n\nBody \n", {}) == "Rotate\n\nBody\n"
    assert with_trailers("Rotate", {"A-b": "1\n2", "C": ["x", "y"]}) == "Rotate\n\nA-b: 1 2\nC: x\nC: y\n"


@pytest.mark.parametrize(("message", "trailers"), [("", {}), (" \n", {}), ("x", {"a b": "1"}), ("x", {"a:": "1"})])
def test_messages_that_git_would_not_take_are_refused(message: str, trailers: dict[str, str]) -> None:
    with pytest.raises(Failure):
        with_trailers(message, trailers)


def test_an_author_is_a_name_and_an_address() -> None:
    assert identity("Rotation Bot <r@example.com>") == ("Rotation Bot", "r@example.com")
    for wrong in ("me", "<a@b>", "me <>", "me <a b>", "me\n<a@b>"):
        with pytest.raises(ValueError, match="is no author"):
            identity(wrong)


def test_paths_are_made_plain() -> None:
    assert checked_paths(["a//b.yaml", "./a/b.yaml", "c"], "estate") == ("a/b.yaml", "c")
