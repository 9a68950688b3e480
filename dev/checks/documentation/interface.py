# SPDX-License-Identifier: GPL-3.0-or-later
"""What the collection offers, as Ansible and make know it."""

from __future__ import annotations

import dataclasses
import functools
import json
import re
import subprocess
from collections.abc import Mapping
from typing import Any

import yaml

from ..places import ROOT

NAME = re.compile(r"(?<!ansible_collections\.)lotus_lake\.secrets\.([a-z]\w*)")


@dataclasses.dataclass(frozen=True)
class Interface:
    """What there is to document.

    Attributes:
        modules: With their documentation: ``options``, ``examples`` and more.
        roles: With their options, as their argument specs declare them.
        playbooks: Those of the collection.
        targets: Every make target, with what ``make help`` says of it, empty for those that it leaves to themselves.
    """

    modules: Mapping[str, Mapping[str, Any]]
    roles: Mapping[str, Mapping[str, Any]]
    playbooks: frozenset[str]
    targets: Mapping[str, str]

    @property
    def names(self) -> frozenset[str]:
        """Everything that may stand after ``lotus_lake.secrets.``."""
        return frozenset({*self.modules, *self.roles, *self.playbooks})


@functools.cache
def interface() -> Interface:
    """Read from the working tree."""
    return Interface(
        modules=_modules(),
        roles={
            path.parent.parent.name: _argument_specs(path.read_text()) for path in ROOT.glob("roles/*/meta/argument_specs.yml")
        },
        playbooks=frozenset(path.stem for path in ROOT.glob("playbooks/*.yml")),
        targets=_targets(),
    )


def _modules() -> dict[str, Mapping[str, Any]]:
    names = [f"lotus_lake.secrets.{path.stem}" for path in sorted(ROOT.glob("plugins/modules/*.py")) if path.stem != "__init__"]
    if not names:
        return {}
    asked = subprocess.run(["ansible-doc", "-t", "module", "--json", *names], cwd=ROOT, check=True, stdout=subprocess.PIPE)
    return {
        name.rpartition(".")[2]: {**plugin["doc"], "examples": plugin["examples"]}
        for name, plugin in json.loads(asked.stdout).items()
    }


def _argument_specs(text: str) -> dict[str, Any]:
    """The options of all of a role's entry points."""
    specs = yaml.safe_load(text)["argument_specs"]
    return {name: option for spec in specs.values() for name, option in (spec.get("options") or {}).items()}


def _targets() -> dict[str, str]:
    makefile = (ROOT / "Makefile").read_text().replace("\\\n", "")
    checks = re.search(r"^CHECKS := (.*)$", makefile, re.MULTILINE)
    targets = dict.fromkeys(checks.group(1).split() if checks else (), "")
    for name, says in re.findall(r"^([a-z][a-z-]*):(?!=)[^#\n]*(?:## (.*))?$", makefile, re.MULTILINE):
        targets[name] = says
    return targets
