# SPDX-License-Identifier: GPL-3.0-or-later
"""The program that is measured: the audit's questions to S3. Prints JSON.

Usage: python -m ...bench.audit.probing IDENTITIES-DOCUMENT ENDPOINT
"""

from __future__ import annotations

import json
import sys
import time
from pathlib import Path

from ...demo.declarations import BUCKETS
from ...plugins.module_utils.s3.check import Check
from ...plugins.module_utils.s3.credential import S3Credential
from ...plugins.module_utils.s3.endpoint import Endpoint
from ...plugins.module_utils.s3.verify import verify


def main() -> None:
    listed = json.loads(Path(sys.argv[1]).read_text())["identities"]
    started = time.perf_counter()
    checks = []
    for one in listed:
        bucket = one["actions"][0].partition(":")[2]
        actions = frozenset(action.partition(":")[0] for action in one["actions"])
        credential = S3Credential(one["credentials"][0]["accessKey"], one["credentials"][0]["secretKey"])
        checks.append(
            Check(one["name"], credential, True, {bucket: actions}, tuple(other for other in BUCKETS if other != bucket))
        )
    found = verify(checks, [Endpoint(sys.argv[2])], wait=0, environ={}, read_only=True)
    print(json.dumps({"seconds": time.perf_counter() - started, "accepted": sum(one.ok for one in found)}))


if __name__ == "__main__":
    main()
