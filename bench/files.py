# SPDX-License-Identifier: GPL-3.0-or-later
"""Reading and editing one encrypted file, in process and by starting sops."""

from __future__ import annotations

import datetime
import json
import shutil
import subprocess
import tempfile
from pathlib import Path

from ..demo.building import build
from ..demo.playbook import environment, programs
from ..plugins.module_utils.sops.age_keys import AgeKeys
from ..plugins.module_utils.sops.replace import replace_file
from ..plugins.module_utils.sops.sops_file import Set, SopsFile
from .measured import median, show_seconds, table

KEY = ("stringData", "SECRET_ACCESS_KEY")


def measure() -> str:
    """A table: what is done, sops, the library, how many times faster."""
    with tempfile.TemporaryDirectory() as folder:
        estate = build(Path(folder) / "estate")
        file = estate.checkout("lotus-lake") / "deploy/dagster/backup-secret.yaml"
        master = estate.checkout("h-kube") / estate.declaration["master"]["file"]
        environ = environment(estate)
        sops = shutil.which("sops", path=str(programs())) or "sops"

        def decrypt(path: Path) -> None:
            subprocess.run([sops, "decrypt", str(path)], env=environ, check=True, stdout=subprocess.DEVNULL)

        def set_by_sops() -> None:
            value = json.dumps(datetime.datetime.now(datetime.UTC).isoformat()).encode()
            key = "".join(f'["{part}"]' for part in KEY)
            subprocess.run([sops, "set", "--value-stdin", str(file), key], env=environ, check=True, input=value)

        def read(path: Path) -> None:
            # with new keys each time, as a new process would
            SopsFile.load(path, AgeKeys.find(environ)).entries()

        def edit() -> None:
            now = datetime.datetime.now(datetime.UTC)
            SopsFile.load(file, AgeKeys.find(environ)).edit([Set(KEY, now.isoformat())], now=now)

        def set_here() -> None:
            now = datetime.datetime.now(datetime.UTC)
            keys = AgeKeys.find(environ)
            loaded = SopsFile.load(file, keys)
            replace_file(file, loaded.edit([Set(KEY, now.isoformat())], now=now), keys)

        by_sops = median(set_by_sops, times=15)
        rows = [
            _row("read a Secret", median(lambda: decrypt(file), times=15), median(lambda: read(file), times=200)),
            _row("read the master", median(lambda: decrypt(master), times=15), median(lambda: read(master), times=200)),
            _row("read a Secret and edit it", by_sops, median(edit, times=200)),
            _row("the same, verified, and on the disk for certain", by_sops, median(set_here, times=200)),
        ]
    return table(["one file", "sops", "here", "times faster"], rows)


def _row(what: str, sops: float, here: float) -> list[str]:
    return [what, show_seconds(sops), show_seconds(here), f"{sops / here:.0f}"]
