# SPDX-License-Identifier: GPL-3.0-or-later
"""The examples of the documentation, run as they stand there: only folders and the address of S3 are an estate's own."""

from __future__ import annotations

import json
import re
import shutil
from pathlib import Path
from typing import Any

import pytest
import yaml
from ansible_collections.lotus_lake.secrets.demo.declarations import ROOT
from ansible_collections.lotus_lake.secrets.demo.estate import DELIVER, EmbeddedEstate
from ansible_collections.lotus_lake.secrets.demo.playbook import run_playbook
from ansible_collections.lotus_lake.secrets.demo.sealing import seal
from ansible_collections.lotus_lake.secrets.demo.seaweedfs import SeaweedFS
from ansible_collections.lotus_lake.secrets.tests.fixtures.examples import IN_A_CLUSTER, MODULES, examples_of

PAGES = [ROOT / "README.md", *sorted((ROOT / "docs").glob("*.md"))]
TASK = "ansible.builtin.|lotus_lake.secrets."


def _blocks() -> list[tuple[str, Any]]:
    """The YAML of all pages that is a play or tasks, by page and line."""
    found = []
    for page in PAGES:
        text = page.read_text()
        for block in re.finditer(r"^```ya?ml\n(.*?)^```", text, re.MULTILINE | re.DOTALL):
            document = yaml.safe_load(block[1])
            listed = isinstance(document, list) and isinstance(document[0], dict)
            if listed and ("hosts" in document[0] or any(re.match(TASK, key) for key in document[0])):
                found.append((f"{page.name}:{text.count(chr(10), 0, block.start()) + 1}", document))
    return found


BLOCKS = _blocks()


@pytest.fixture
def documented(embedded_estate: EmbeddedEstate, home: Path) -> EmbeddedEstate:
    """The estate as the pages know it: with Secrets of databases beside the credentials, encrypted by the operator."""
    checkout = embedded_estate.checkout("lotus-lake")
    manifest = {"apiVersion": "v1", "kind": "Secret", "metadata": {"name": "database"}}
    plain = {
        "deploy/dagster/database-secret.yaml": {**manifest, "stringData": {"USER": "dagster"}},
        "deploy/airbyte/database-secret.yaml": {
            **manifest,
            "data": {"PASSWORD": "b2xk"},
            "stringData": {"OLD_USER": "nobody"},
        },
    }
    texts = {name: yaml.safe_dump(document) for name, document in plain.items()}
    users = [{"name": name, "credentials": [{"accessKey": f"{name}-{n}", "secretKey": "s"} for n in "12"]} for name in "abcd"]
    texts["deploy/s3/identities.json"] = json.dumps({"identities": users})
    rules = yaml.safe_load((checkout / ".sops.yaml").read_text())
    rules["creation_rules"].append({"age": rules["creation_rules"][0]["age"]})
    (checkout / ".sops.yaml").write_text(yaml.safe_dump(rules))
    for file, text in seal(checkout, texts).items():
        (checkout / file).parent.mkdir(parents=True, exist_ok=True)
        (checkout / file).write_text(text)
    embedded_estate.commit("lotus-lake", "Databases")
    (home / "src").symlink_to(embedded_estate.folder / "checkouts")
    return embedded_estate


def _run(estate: EmbeddedEstate, plays: list[dict[str, Any]], server: SeaweedFS, folder: Path) -> str:
    """Run plays with the folders that the examples name in the estate's checkouts."""
    text = yaml.safe_dump(plays, sort_keys=False, width=1000)
    text = text.replace("http://127.0.0.1:8333", server.endpoint)
    text = text.replace("https://git.example.com", f"file://{estate.folder}/remotes")
    # files are named from the operator's source folder, or from the root of the repository that they are working in
    text = re.sub(r"(?<![\w/])(h-kube|lotus-lake)/(?=cluster|deploy)", rf"{estate.folder}/checkouts/\1/", text)
    text = re.sub(r"(path: )(deploy/)", rf"\1{estate.checkout('lotus-lake')}/\2", text)
    (folder / "tasks").mkdir(exist_ok=True)
    shutil.copy(DELIVER, folder / "tasks" / "delivery.yml")
    playbook = folder / "example.yml"
    playbook.write_text(text)
    done = run_playbook(estate, str(playbook))
    assert done.code == 0, text + done.output
    assert done.stats["lotus-lake"]["ok"] > 0
    return done.output


def _play(tasks: list[dict[str, Any]]) -> list[dict[str, Any]]:
    return [{"name": "Examples", "hosts": "estates", "gather_facts": False, "tasks": tasks}]


@pytest.mark.parametrize("module", [name for name in MODULES if name not in ("git_publish", "s3_verify", *IN_A_CLUSTER)])
def test_the_examples_of_a_module_work(documented: EmbeddedEstate, seaweedfs: SeaweedFS, tmp_path: Path, module: str) -> None:
    _run(documented, _play(_before(module) + examples_of(module)), seaweedfs, tmp_path)


def _before(module: str) -> list[dict[str, Any]]:
    """What an example takes for granted."""
    made = {"lotus_lake.secrets.git_workspace": {"estate": "{{ estate }}"}, "register": "made"}
    needs = "made.workspaces" in json.dumps(examples_of(module)) and not any(
        task.get("register") == "made" for task in examples_of(module)
    )
    return [made] if needs else []


def test_the_examples_of_git_publish_work(documented: EmbeddedEstate, seaweedfs: SeaweedFS, tmp_path: Path) -> None:
    """The file that they name is one of the estate's, changed in the workspace."""
    examples = yaml.safe_load(
        yaml.safe_dump(examples_of("git_publish")).replace(
            "infrastructure/seaweedfs/s3-config.yaml", "cluster/infrastructure/services/seaweedfs/s3-auth-secret.yaml"
        )
    )
    before = documented.tip("h-kube")
    staged = {
        "lotus_lake.secrets.credential": {
            "estate": "{{ estate }}",
            "workspaces": "{{ made.workspaces }}",
            "identities": ["daggy"],
            "step": "stage",
        }
    }
    _run(documented, _play([*_before("git_publish"), staged, *examples]), seaweedfs, tmp_path)
    assert documented.tip("h-kube") != before
    assert len(documented.master()["daggy"]) == 2


def test_the_examples_of_s3_verify_work(documented: EmbeddedEstate, seaweedfs: SeaweedFS, tmp_path: Path) -> None:
    """The last one is about a key that was retired in the commit before."""
    examples = examples_of("s3_verify")
    _run(documented, _play(examples[:-1]), seaweedfs, tmp_path)
    rotated = run_playbook(documented, "rotate.yml", "-e", "identity=daggy")
    assert rotated.code == 0, rotated.output
    _run(documented, _play(examples[-1:]), seaweedfs, tmp_path)


@pytest.mark.parametrize(("place", "document"), BLOCKS, ids=[place for place, _document in BLOCKS])
def test_an_example_of_the_pages_works(
    documented: EmbeddedEstate, seaweedfs: SeaweedFS, tmp_path: Path, place: str, document: Any
) -> None:
    _run(documented, document if "hosts" in document[0] else _play(document), seaweedfs, tmp_path)


def test_the_commands_of_the_pages_are_ones_that_ansible_takes(unserved_estate: EmbeddedEstate) -> None:
    """Each ansible-playbook of the pages, and each playbook of the list, with its variables, up to the list of its tasks."""
    commands = set()
    for page in PAGES:
        for line in page.read_text().splitlines():
            for command in re.findall(r"ansible-playbook ((?:[\w.]+\.yml|lotus_lake\.secrets\.\w+)(?: -e \S+| --[\w-]+)*)", line):
                commands.add(command.rstrip("`,.;:|)"))
    assert len(commands) >= 8
    for playbook in sorted({command.split()[0] for command in commands}):
        done = run_playbook(unserved_estate, playbook, "--list-tasks")
        assert done.code == 0, done.output
    variables = {word.partition("=")[0] for command in commands for word in command.split() if "=" in word}
    known = "".join(file.read_text() for file in (ROOT / "playbooks").glob("*.yml"))
    assert all(re.search(rf"\b{name}\b", known) for name in variables), variables
