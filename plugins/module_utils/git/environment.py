# SPDX-License-Identifier: GPL-3.0-or-later
"""What a ``git`` that nobody watches is started with."""

from __future__ import annotations

import re
import shlex
from collections.abc import Mapping
from pathlib import PurePath

_SECRETS = frozenset(
    (
        "SOPS_AGE_KEY",
        "SOPS_AGE_KEY_CMD",
        "AWS_ACCESS_KEY_ID",
        "AWS_SECRET_ACCESS_KEY",
        "AWS_SESSION_TOKEN",
        "AWS_SECURITY_TOKEN",
    )
)
# Set when the caller is itself a Git hook or alias; they would point our commands at the caller's repository.
_OF_THE_CALLER = frozenset(
    (
        "GIT_ALTERNATE_OBJECT_DIRECTORIES",
        "GIT_COMMON_DIR",
        "GIT_CONFIG",
        "GIT_CONFIG_PARAMETERS",
        "GIT_DIR",
        "GIT_GLOB_PATHSPECS",
        "GIT_GRAFT_FILE",
        "GIT_ICASE_PATHSPECS",
        "GIT_IMPLICIT_WORK_TREE",
        "GIT_INDEX_FILE",
        "GIT_INDEX_VERSION",
        "GIT_INTERNAL_SUPER_PREFIX",
        "GIT_LITERAL_PATHSPECS",
        "GIT_NAMESPACE",
        "GIT_NOGLOB_PATHSPECS",
        "GIT_NO_REPLACE_OBJECTS",
        "GIT_OBJECT_DIRECTORY",
        "GIT_PREFIX",
        "GIT_QUARANTINE_PATH",
        "GIT_REFLOG_ACTION",
        "GIT_REPLACE_REF_BASE",
        "GIT_SHALLOW_FILE",
        "GIT_WORK_TREE",
        "GPG_TTY",
    )
)
_ASK_NOBODY = {
    "GIT_TERMINAL_PROMPT": "0",
    "GIT_ASKPASS": "",
    "SSH_ASKPASS": "",
    "SSH_ASKPASS_REQUIRE": "never",
    "GCM_INTERACTIVE": "never",
    "GIT_EDITOR": ":",
    "GIT_SEQUENCE_EDITOR": ":",
    "GIT_MERGE_AUTOEDIT": "no",
    "GIT_PAGER": "cat",
    "LC_ALL": "C",
    "LANGUAGE": "C",
}
# Nothing of git's goes on in the background, and no command of ours reaches into submodules or says anything in colour.
CONFIGURATION = tuple(
    word
    for setting in (
        "core.fsmonitor=false",
        "gc.auto=0",
        "maintenance.auto=false",
        "fetch.writeCommitGraph=false",
        "submodule.recurse=false",
        "color.ui=false",
        "advice.detachedHead=false",
        "user.useConfigOnly=true",
    )
    for word in ("-c", setting)
)
_PATIENCE_OF_SSH = "-o BatchMode=yes -o ConnectTimeout=15 -o ServerAliveInterval=15 -o ServerAliveCountMax=4"
_SLOW = {"http.lowspeedlimit": "1000", "http.lowspeedtime": "30"}


def child_environ(environ: Mapping[str, str]) -> dict[str, str]:
    """The environment of a git command: without secrets, the caller's repository, traces, or anybody to ask."""
    kept = {
        name: value
        for name, value in environ.items()
        if name not in _SECRETS and name not in _OF_THE_CALLER and not name.startswith("GIT_TRACE")
    }
    return {**kept, **_ASK_NOBODY}


def with_unattended_ssh(environ: Mapping[str, str], configuration: Mapping[str, str]) -> tuple[tuple[str, ...], dict[str, str]]:
    """Options and environment that bound the waits of network commands.

    Args:
        environ: The user's environment.
        configuration: Their ``core.sshcommand``, ``http.lowspeedlimit`` and ``http.lowspeedtime``, where set.
    """
    options = [
        word
        for name, value in _SLOW.items()
        if name not in configuration and name.replace("http.lowspeed", "GIT_HTTP_LOW_SPEED_").upper() not in environ
        for word in ("-c", f"{name}={value}")
    ]
    command = environ.get("GIT_SSH_COMMAND") or configuration.get("core.sshcommand")
    if command is None and environ.get("GIT_SSH"):
        return tuple(options), {}
    command = command or "ssh"
    if _is_openssh(command):
        # for ssh the first of two equal options counts: what the user said stays
        command = f"{command} {_PATIENCE_OF_SSH}"
    return tuple(options), {"GIT_SSH_COMMAND": command}


def _is_openssh(command: str) -> bool:
    try:
        words = shlex.split(command)
    except ValueError:
        return False
    program = next((word for word in words if not re.match(r"\w+=", word)), "")
    shell = re.search(r"[;&|<>`\n]|\$\(", command)
    return PurePath(program).name == "ssh" and not shell
