# SPDX-License-Identifier: GPL-3.0-or-later
"""``python -m dev.checks [NAME …] [-- ARGUMENT …]``: all checks, or those named; arguments go to a check that is run alone."""

from __future__ import annotations

import sys
import time

from .declared import chosen
from .places import HOME, LOGS, ROOT
from .running import Outcome, run_all, run_one


def main(words: list[str]) -> int:
    names, arguments = words, []
    if "--" in words:
        names, arguments = words[: words.index("--")], words[words.index("--") + 1 :]
    try:
        checks = chosen(names)
    except KeyError as unknown:
        print(f"There is no check named {unknown}; `make help` lists them.", file=sys.stderr)
        return 2
    LOGS.mkdir(parents=True, exist_ok=True)
    HOME.mkdir(parents=True, exist_ok=True)
    began = time.monotonic()
    if len(checks) == 1:
        outcomes = [run_one(checks[0], arguments)]
    else:
        print(f"{len(checks)} checks, their output in {LOGS.relative_to(ROOT)}/", flush=True)
        outcomes = run_all(checks)
    return _sum_up(outcomes, time.monotonic() - began)


def _sum_up(outcomes: list[Outcome], seconds: float) -> int:
    failed = [outcome.check.name for outcome in outcomes if outcome.failed]
    print(f"\nDone in {seconds:.0f} s." + (f" Failed: {', '.join(failed)}." if failed else ""))
    total = Outcome(
        outcomes[0].check,
        seconds,
        passed=sum(outcome.passed for outcome in outcomes),
        failed=sum(outcome.failed for outcome in outcomes),
        skipped=sum(outcome.skipped for outcome in outcomes),
    )
    print(total.counts)
    return 1 if failed else 0


if __name__ == "__main__":
    try:
        sys.exit(main(sys.argv[1:]))
    except KeyboardInterrupt:
        sys.exit("Interrupted.")
