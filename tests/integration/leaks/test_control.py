# SPDX-License-Identifier: GPL-3.0-or-later
"""The watch finds a secret that is planted, in each place that it watches."""

from __future__ import annotations

import base64
import json
import urllib.parse
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from ansible_collections.lotus_lake.secrets.demo.estate import EmbeddedEstate

ELSEWHERE = Path(__file__).resolve().parents[2] / "fixtures" / "elsewhere"
CONVICTED = """\
- hosts: estates
  gather_facts: false
  vars:
    secret: "{{ lookup('ansible.builtin.file', planted) }}"
  tasks:
    - name: Say it
      ansible.builtin.debug:
        msg: "{{ secret }}"
    - name: Start a program with it, and leave another with it in its environment
      ansible.builtin.shell: "sops --version {{ secret }}; sleep 0.3; true"
      environment:
        PLANTED: "{{ secret }}"
      no_log: true
      failed_when: false
    - name: Start git with it
      ansible.builtin.command:
        cmd: git -C {{ checkout }} commit --allow-empty -qm "{{ secret }}"
      no_log: true
    - name: Write it into a temporary file
      ansible.builtin.copy:
        content: "{{ secret }}"
        dest: "{{ tmp }}/planted"
        mode: "0600"
      no_log: true
    - name: And remove that
      ansible.builtin.file:
        path: "{{ tmp }}/planted"
        state: absent
    - name: Leave it
      ansible.builtin.copy:
        content: "{{ secret }}"
        dest: "{{ tmp }}/left"
        mode: "0600"
      no_log: true
    - name: Remember it
      ansible.builtin.set_fact:
        planted_fact: "{{ secret }}"
        cacheable: true
      no_log: true
    - name: Fail with it
      ansible.builtin.fail:
        msg: "{{ secret }}"
"""


def test_a_planted_secret_is_found_in_every_channel(unserved_estate: EmbeddedEstate, watch: Any, tmp_path: Path) -> None:
    planted = tmp_path / "planted"
    planted.write_text("Planted0Secret1ForTheControl")
    playbook = tmp_path / "convicted.yml"
    playbook.write_text(CONVICTED)
    done = watch.run(
        str(playbook),
        *("-e", f"planted={planted}", "-e", f"tmp={watch.tmp}", "-e", f"checkout={unserved_estate.checkout('h-kube')}"),
        environ={"ANSIBLE_DISPLAY_FAILED_STDERR": "true"},
    )
    assert done.code == 2, done.seen["stdout"].decode()
    needle = {"it": b"Planted0Secret1ForTheControl"}
    for channel in (
        *("stdout", "stderr", "ansible.log", "facts", "commits", "gone", "left"),
        *("argv", "argv_of_programs", "argv_sampled", "environ_of_programs", "environ_sampled"),
    ):
        assert done.leaks(needle, channel), f"not seen in {channel}"


TELLING = """\
- hosts: estates
  gather_facts: false
  tasks:
    - name: Make a secret
      lotus_lake.secrets.sops_value:
        path: "{{ file }}"
        values:
          - {key: stringData.PASSWORD, create: true, generate: {length: 20}}
    - name: Tell it
      ansible.builtin.command: sops decrypt --extract '["stringData"]["PASSWORD"]' {{ file }}
      changed_when: false
"""


@pytest.mark.parametrize("way", ["in process", "shipped"])
def test_a_secret_is_found_that_was_made_in_the_run(
    unserved_estate: EmbeddedEstate, watch: Any, needles: Callable[..., dict[str, bytes]], tmp_path: Path, way: str
) -> None:
    playbook = tmp_path / "telling.yml"
    playbook.write_text(TELLING)
    copy = unserved_estate.model.identity("daggy").copies[0]
    extra = ["-e", f"file={unserved_estate.checkout(copy.repository) / copy.file}"]
    if way == "shipped":
        extra += ["-e", "ansible_connection=elsewhere"]
    done = watch.run(str(playbook), *extra, environ={"ANSIBLE_CONNECTION_PLUGINS": str(ELSEWHERE)})
    assert done.code == 0, done.seen["stdout"].decode()
    [made] = done.generated
    assert len(made) == 20
    assert "made (itself) in stdout" in done.leaks(needles({"made": made}))


@pytest.mark.parametrize("way", ["itself", "hex", "base64 at 0", "base64 at 1", "base64 at 2", "URL", "JSON", "JSON in JSON"])
def test_a_secret_is_known_however_it_is_written(way: str, needles: Callable[..., dict[str, bytes]]) -> None:
    secret = 'a/b+c="d\\é0123456789'
    written = {
        "itself": secret.encode(),
        "hex": secret.encode().hex().encode(),
        "base64 at 0": base64.b64encode(secret.encode() + b"xyz"),
        "base64 at 1": base64.b64encode(b"x" + secret.encode() + b"z"),
        "base64 at 2": base64.b64encode(b"xy" + secret.encode() + b"zz"),
        "URL": urllib.parse.quote(secret, safe="").encode(),
        "JSON": json.dumps({"k": secret}).encode(),
        "JSON in JSON": json.dumps(json.dumps({"k": secret})).encode(),
    }
    assert needles({"it": secret})[f"it ({way})"] in written[way]
