# SPDX-License-Identifier: GPL-3.0-or-later
"""The program that is measured: applies rules of the audit to an estate, and prints what came of it as JSON.

Usage: python -m ...bench.audit.looking FOLDER-OF-THE-ESTATE RULE...
"""

from __future__ import annotations

import contextlib
import datetime
import json
import sys
import time
from collections.abc import Sequence
from pathlib import Path
from typing import NoReturn

from ...demo.estate import EmbeddedEstate
from ...demo.playbook import environment
from ...plugins.module_utils.audit.evidence import Asking, Evidence
from ...plugins.module_utils.audit.finding import NotChecked
from ...plugins.module_utils.audit.results import as_data, audit
from ...plugins.module_utils.audit.rules import RULES
from ...plugins.module_utils.git.history import History
from ...plugins.module_utils.git.program import Git
from ...plugins.module_utils.sops.age_keys import AgeKeys


def look(folder: Path, names: Sequence[str]) -> dict[str, object]:
    """The results of the rules whose ids begin with one of the names, and how many seconds they took."""
    estate = EmbeddedEstate(folder)
    environ = environment(estate)
    git = Git(environ)
    folders = {name: estate.checkout(name) for name in estate.repositories}
    rules = [rule for rule in RULES if rule.id.startswith(tuple(names))]
    model = estate.model
    started = time.perf_counter()
    with contextlib.ExitStack() as stack:
        histories = {name: stack.enter_context(History(folder, git)) for name, folder in folders.items()}
        now = datetime.datetime.now(datetime.UTC)
        evidence = Evidence(
            model, folders, histories, AgeKeys.find(environ), git, now, Asking(_nobody, _nobody, _nobody, _nobody)
        )
        data = as_data(audit(rules, evidence, (), now.date()))
    return {**data, "seconds": time.perf_counter() - started}


def _nobody(_about: object) -> NoReturn:
    raise NotChecked("nobody is asked")


if __name__ == "__main__":
    print(json.dumps(look(Path(sys.argv[1]), sys.argv[2:])))
