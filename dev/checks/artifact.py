# SPDX-License-Identifier: GPL-3.0-or-later
"""Builds the collection, installs it as a user would, and asks Ansible about what it finds there."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tarfile
from pathlib import Path

from .places import BUILD, COLLECTION, ROOT

# What users get. Anything else at the top of the artifact is there by mistake.
_CONTENTS = {
    "CHANGELOG.rst",
    "FILES.json",
    "LICENSE",
    "LICENSES",
    "MANIFEST.json",
    "README.md",
    "REUSE.toml",
    "bindep.txt",
    "changelogs",
    "docs",
    "inventory",
    "meta",
    "playbooks",
    "plugins",
    "requirements.txt",
    "roles",
}
_DOCUMENTED = ("callback", "filter", "lookup", "module", "test", "vars")


def main() -> int:
    artifact = _build()
    installed = _install(artifact)
    problems = _strangers(artifact)
    environment = {**os.environ, "ANSIBLE_COLLECTIONS_PATH": str(installed)}
    collection = installed / COLLECTION
    playbooks = [f"lotus_lake.secrets.{path.stem}" for path in sorted((collection / "playbooks").glob("*.yml"))]
    commands = [["ansible-playbook", "--syntax-check", "-i", "localhost,", name] for name in playbooks]
    for kind in _DOCUMENTED:
        folder = collection / "plugins" / ("modules" if kind == "module" else kind)
        names = [f"lotus_lake.secrets.{path.stem}" for path in sorted(folder.glob("*.py")) if path.stem != "__init__"]
        commands += [["ansible-doc", "-t", kind, "--json", name] for name in names]
    roles = [f"lotus_lake.secrets.{path.name}" for path in sorted((collection / "roles").glob("*")) if path.is_dir()]
    commands += [["ansible-doc", "-t", "role", "--json", name] for name in roles]
    for command in commands:
        # Away from the clone, whose ansible.cfg would show the collection in the working tree.
        asked = subprocess.run(command, cwd=BUILD, env=environment, check=False, capture_output=True, text=True)
        if asked.returncode or asked.stdout.strip() == "{}":
            problems.append(f"{' '.join(command)}: {asked.stderr.strip() or 'no documentation'}")
    print(f"{artifact.name}: asked for {len(commands)} playbooks, plugins and roles")
    print("\n".join(problems))
    return 1 if problems else 0


def _build() -> Path:
    folder = BUILD / "artifact"
    shutil.rmtree(folder, ignore_errors=True)
    subprocess.run(["ansible-galaxy", "collection", "build", "--output-path", str(folder), str(ROOT)], check=True)
    [artifact] = folder.glob("*.tar.gz")
    return artifact


def _install(artifact: Path) -> Path:
    folder = BUILD / "installed"
    shutil.rmtree(folder, ignore_errors=True)
    install = ["ansible-galaxy", "collection", "install", "--offline", "--no-deps", "-p", str(folder), str(artifact)]
    subprocess.run(install, cwd=BUILD, check=True)
    return folder


def _strangers(artifact: Path) -> list[str]:
    with tarfile.open(artifact) as archive:
        names = {name.split("/")[0] for name in archive.getnames()}
    return [f"{name} is in the artifact: add it to build_ignore in galaxy.yml" for name in sorted(names - _CONTENTS)]


if __name__ == "__main__":
    sys.exit(main())
