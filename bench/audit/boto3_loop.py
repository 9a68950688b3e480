# SPDX-License-Identifier: GPL-3.0-or-later
"""The baseline: boto3, one identity after another, with the audit's questions. Prints JSON.

Usage: python -m ...bench.audit.boto3_loop IDENTITIES-DOCUMENT ENDPOINT
"""

from __future__ import annotations

import json
import sys
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import boto3
from botocore.config import Config
from botocore.exceptions import ClientError

from ...demo.declarations import BUCKETS

QUESTIONS: Mapping[str, Callable[[Any, str], Any]] = {
    "Read": lambda s3, bucket: s3.get_object(Bucket=bucket, Key="not-there"),
    "Write": lambda s3, bucket: s3.abort_multipart_upload(Bucket=bucket, Key="not-there", UploadId="0" * 32),
    "List": lambda s3, bucket: s3.list_objects_v2(Bucket=bucket, MaxKeys=1),
    "Tagging": lambda s3, bucket: s3.delete_object_tagging(Bucket=bucket, Key="not-there"),
    "Admin": lambda s3, bucket: s3.get_bucket_encryption(Bucket=bucket),
}


def main() -> None:
    listed = json.loads(Path(sys.argv[1]).read_text())["identities"]
    started = time.perf_counter()
    accepted = sum(_allowed(one, sys.argv[2]) == set(one["actions"]) for one in listed)
    print(json.dumps({"seconds": time.perf_counter() - started, "accepted": accepted}))


def _allowed(one: dict[str, Any], endpoint: str) -> set[str]:
    """The actions that work, as ``Read:bucket``."""
    s3 = boto3.client(
        "s3",
        endpoint_url=endpoint,
        region_name="us-east-1",
        aws_access_key_id=one["credentials"][0]["accessKey"],
        aws_secret_access_key=one["credentials"][0]["secretKey"],
        config=Config(retries={"total_max_attempts": 1}, s3={"addressing_style": "path"}),
    )
    s3.list_buckets()
    return {f"{action}:{bucket}" for bucket in BUCKETS for action, ask in QUESTIONS.items() if _works(ask, s3, bucket)}


def _works(ask: Callable[[Any, str], Any], s3: Any, bucket: str) -> bool:
    try:
        ask(s3, bucket)
    except ClientError as error:
        return error.response["Error"]["Code"] != "AccessDenied"
    return True


if __name__ == "__main__":
    main()
