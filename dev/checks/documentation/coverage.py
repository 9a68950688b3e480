# SPDX-License-Identifier: GPL-3.0-or-later
"""Everything that there is is written about, and everything that is written about is there."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from pathlib import Path

import yaml

from ..declared import CHECKS
from ..places import ROOT
from .interface import NAME, Interface
from .pages import Page


def unknown_names(pages: Sequence[Page], has: Interface) -> Iterator[str]:
    """Modules, roles, playbooks and make targets that a page speaks of and that don't exist."""
    for page in pages:
        for name in sorted(set(NAME.findall(page.text)) - has.names):
            yield f"{page.name}: there is no lotus_lake.secrets.{name}"
        made = {name for code in page.code() for name in re.findall(r"(?:^|[;&|$] ?)make ([a-z][a-z-]*)", code, re.MULTILINE)}
        for name in sorted(made - set(has.targets)):
            yield f"{page.name}: there is no make target {name}"


def unmentioned(pages: Sequence[Page], has: Interface) -> Iterator[str]:
    """Modules, roles, playbooks and make targets that no page speaks of."""
    text = "\n".join(page.text for page in pages)
    for name in sorted(has.names):
        if not re.search(rf"(?:lotus_lake\.secrets\.|`){name}\b", text):
            yield f"No page mentions lotus_lake.secrets.{name}"
    for name, says in has.targets.items():
        if says and not re.search(rf"\bmake {name}\b", text):
            yield f"No page mentions make {name}"


def undocumented_roles(pages: Sequence[Page], has: Interface) -> Iterator[str]:
    """Roles whose options are not declared, not described or not used."""
    # A role may hand an option on to a role that it includes, or to a task file of the user's, which a page tells of.
    used = "\n".join([path.read_text() for path in sorted(ROOT.glob("roles/*/*/**/*")) if _uses_options(path)])
    used += "\n".join(page.text for page in pages)
    for folder in sorted(path for path in ROOT.glob("roles/*") if path.is_dir()):
        if folder.name not in has.roles:
            yield f"roles/{folder.name} has no meta/argument_specs.yml"
            continue
        options = has.roles[folder.name]
        for name, option in options.items():
            if not option.get("description"):
                yield f"roles/{folder.name}: the option {name} has no description"
            if not re.search(rf"\b{name}\b", used):
                yield f"roles/{folder.name}: the option {name} is used by no role, and no page tells of it"
        defaults = folder / "defaults" / "main.yml"
        for name in sorted(set(yaml.safe_load(defaults.read_text()) or {}) - set(options)) if defaults.exists() else ():
            yield f"roles/{folder.name}: the default {name} is not an option"


def _uses_options(path: Path) -> bool:
    return path.is_file() and path.parent.name not in ("meta", "defaults") and path.suffix in (".yml", ".j2", ".py")


def makefile_and_checks(has: Interface) -> Iterator[str]:
    """Checks that can't be run alone by ``make``."""
    for name in sorted({name for check in CHECKS for name in (check.name, check.group) if name} - set(has.targets)):
        yield f"Makefile: CHECKS lacks {name}"
