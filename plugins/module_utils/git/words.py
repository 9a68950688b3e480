# SPDX-License-Identifier: GPL-3.0-or-later
"""What git says, made fit to show, and what it calls for."""

from __future__ import annotations

import re

_NOT_SAID = re.compile(r"^(hint:|remote:\s*$|\s*$|To \S+$|error: failed to push some refs)")
_CREDENTIALS = re.compile(r"(?P<scheme>[a-z][a-z0-9+.-]*://)(?P<who>[^/\s'\"]*)@", re.IGNORECASE)
_TOKENS = re.compile(r"(?P<name>\b(?:access_|private_|auth_)?(?:token|password|passwd|secret)=)[^\s&'\"]+", re.IGNORECASE)
_AUTHORIZATION = re.compile(r"(?P<name>authorization:\s*(?:\w+\s+)?)\S+", re.IGNORECASE)

_REMEDIES = (
    (
        r"bad object worktrees/",
        "Unless somebody is just making that worktree, remove it (git worktree remove --force --force FOLDER), and run again.",
    ),
    (
        r"dubious ownership",
        "The repository belongs to another user: run as that user, or add the folder to safe.directory in Git's configuration.",
    ),
    (
        r"unable to auto-detect|tell me who you are|auto-detection is disabled|empty ident name",
        "Set user.name and user.email in Git's configuration, or give the repository an author ('Name <address>').",
    ),
    (
        r"gpg failed|failed to sign|failed to write commit object|couldn't load public key|no private key",
        "Signing was asked for (commit.gpgsign) and didn't work with nobody to ask: unlock the key in its agent, and run again.",
    ),
    (
        r"protected branch|GH006|GH013|not allowed to push|refusing to update checked out branch",
        "The remote doesn't let this user push to this branch: change its rules, or push as a user who may.",
    ),
    (
        r"pre-receive hook declined|hook declined|pre-receive|update hook",
        "A rule of the remote refused it: read what it said, mend that, and run again.",
    ),
    (
        r"Host key verification failed",
        "The host's key isn't known here: connect once by hand to check and keep it, or add it to known_hosts.",
    ),
    (
        r"Authentication failed|could not read Username|could not read Password|Permission denied \(|terminal prompts disabled"
        r"|HTTP Basic: Access denied|returned error: 40[13]|access denied",
        "Git could not log in without asking: set up a credential helper or an SSH key that needs no typing, and run again.",
    ),
    (
        r"couldn't find remote ref|Remote branch .* not found",
        "The branch isn't on the remote: check the repository's branch in the inventory.",
    ),
    (
        r"does not appear to be a git repository|Repository not found|repository .* not found|does not exist",
        "Check the repository's address, and that this user may read it.",
    ),
    (
        r"Could not resolve host|Connection refused|timed out|unreachable|Could not read from remote repository|unable to access"
        r"|Connection reset|hung up|early EOF|Operation too slow",
        "The remote could not be reached: check the network and the remote, and run again.",
    ),
    (
        r"No space left on device|Disk quota exceeded",
        "Free some space on that disk, and run again.",
    ),
    (
        r"unable to (write|create|append to) (\S* )?file|could not reset index file|unable to write new.index|write error",
        "See that there is space on that disk and that this user may write there, and run again.",
    ),
    (
        r"Permission denied|Read-only file system|unable to create|could not create|insufficient permission",
        "Make the repository's .git folder writable for this user, or give the repository a url instead of a checkout.",
    ),
    (
        r"not a git repository",
        "Check the repository's checkout in the inventory, or give it a url instead.",
    ),
    (
        r"unknown option|unknown switch",
        "Git 2.34 or newer is needed: see git --version.",
    ),
)

OF_A_HOOK = (
    "Mend what git or its hook complains of, and run again. A hook runs in a worktree that has only the estate's files and the "
    "dot files at its top: have it look for other files in the checkout."
)
"""What to do about a refusal that may be a hook's, and is none that is known."""


def redacted(text: str) -> str:
    """The text without credentials: those in addresses, tokens and headers."""
    text = _CREDENTIALS.sub(_without_credentials, text)
    text = _TOKENS.sub(r"\g<name>***", text)
    return _AUTHORIZATION.sub(r"\g<name>***", text)


def _without_credentials(match: re.Match[str]) -> str:
    scheme, who = match["scheme"], match["who"]
    harmless = "ssh" in scheme.lower() and ":" not in who
    return f"{scheme}{who if harmless else '***'}@"


def last_words(text: str, lines: int = 8) -> str:
    """The last lines that say something, in one line."""
    said = [line.strip() for line in text.splitlines() if not _NOT_SAID.match(line)]
    return " | ".join(said[-lines:])


def remedy_for(text: str, otherwise: str = "Mend what git complains of, and run again.") -> str:
    """What to do about git's complaint; ``otherwise`` where it is none that is known."""
    for pattern, remedy in _REMEDIES:
        if re.search(pattern, text, re.IGNORECASE):
            return remedy
    return otherwise
