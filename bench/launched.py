# SPDX-License-Identifier: GPL-3.0-or-later
"""Starts a program for ``measured.run`` and writes what it used: python -I -S launched.py REPORT COMMAND...

It is a small process of its own: Linux counts as a program's peak memory what the process that started it had at that time.
"""

from __future__ import annotations

import json
import os
import sys
import time

if __name__ == "__main__":
    started = time.perf_counter()
    pid = os.fork()
    if not pid:
        try:
            os.execvp(sys.argv[2], sys.argv[2:])
        finally:
            os._exit(127)
    _pid, status, used = os.wait4(pid, 0)
    seconds = time.perf_counter() - started
    report = {
        "code": os.waitstatus_to_exitcode(status),
        "seconds": seconds,
        "computed": used.ru_utime + used.ru_stime,
        "megabytes": used.ru_maxrss / 1024,
    }
    with open(sys.argv[1], "w") as file:  # noqa: PTH123 (pathlib costs memory)
        json.dump(report, file)
