# SPDX-License-Identifier: GPL-3.0-or-later
"""No secret is seen anywhere while a rotation goes through a cluster, as talkative as it can be."""

from __future__ import annotations

import json
from pathlib import Path

from ansible_collections.lotus_lake.secrets.tests.fixtures.watch import Watch, needles_of, secrets_held
from ansible_collections.lotus_lake.secrets.tests.lab.rotations import Rotations


def test_no_playbook_shows_a_secret_or_the_key_to_the_cluster(rotations: Rotations, tmp_path: Path) -> None:
    estate, lab = rotations.made.estate, rotations.made.lab
    user = json.loads(lab.kubeconfig.read_text())["users"][0]["user"]["client-key-data"]
    (tmp_path / "watch").mkdir()
    watch = Watch(estate, tmp_path / "watch")
    environ = {"KUBECONFIG": str(lab.kubeconfig)}
    runs = []
    for arguments in (
        ("rotate.yml", "-e", "identity=daggy", "-e", "min_age=0", "--check"),
        ("rotate.yml", "-e", "identity=daggy", "-e", "min_age=0"),
        ("verify.yml",),
        ("access.yml",),
    ):
        done = watch.run(*arguments, environ=environ)
        assert done.code == 0, done.seen["stdout"].decode()[-5000:]
        runs.append((arguments, done))
    made = {secret for _arguments, done in runs for secret in done.generated}
    assert len(made) == 2
    hidden = {
        **secrets_held(estate),
        **needles_of({"the key to the cluster": user, **{f"made {number}": secret for number, secret in enumerate(made)}}),
    }
    for arguments, done in runs:
        assert done.leaks(hidden) == [], arguments
    assert any(b"fp:" in done.seen["stdout"] for _arguments, done in runs)
