# SPDX-License-Identifier: GPL-3.0-or-later
"""A Python library that isn't there is named, with the Python that lacks it, whichever way a module runs."""

from __future__ import annotations

from pathlib import Path

import pytest
from ansible_collections.lotus_lake.secrets.demo.estate import EmbeddedEstate
from ansible_collections.lotus_lake.secrets.demo.playbook import run_playbook

PLAYBOOK = """\
- hosts: estates
  gather_facts: false
  vars:
    ansible_remote_tmp: "{{ scratch }}/remote"
    ansible_async_dir: "{{ scratch }}/async"
  tasks:
    - name: Change a value
      lotus_lake.secrets.sops_value:
        path: a.yaml
        values:
          - {key: a, text: b}
      async: "{{ shipped }}"
      poll: 1
"""
HIDDEN = """\
import sys


class Hidden:
    def find_spec(self, name, path=None, target=None):
        if name.partition(".")[0] in ("pyrage", "yaml_hidden"):
            raise ModuleNotFoundError(f"No module named {name!r}", name=name)


sys.meta_path.insert(0, Hidden())
"""


@pytest.mark.parametrize("shipped", [0, 60], ids=["in process", "shipped"])
def test_a_missing_library_is_named(unserved_estate: EmbeddedEstate, tmp_path: Path, shipped: int) -> None:
    hiding = tmp_path / "hiding"
    hiding.mkdir()
    (hiding / "sitecustomize.py").write_text(HIDDEN)
    (tmp_path / "playbook.yml").write_text(PLAYBOOK)
    done = run_playbook(
        unserved_estate,
        str(tmp_path / "playbook.yml"),
        *("-e", f"shipped={shipped}", "-e", f"scratch={tmp_path / 'scratch'}"),
        environ={"PYTHONPATH": str(hiding)},
    )
    said = " ".join(done.output.split())
    assert done.code == 2, done.output
    assert "This needs Python libraries that" in said
    assert "does not have: pyrage. Nothing was changed." in said
    assert "Install the collection's requirements.txt into that Python." in said
    assert "Traceback" not in said
