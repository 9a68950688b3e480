# SPDX-License-Identifier: GPL-3.0-or-later
"""Where actions are declared: a bucket, or the part of a bucket below a prefix."""

from __future__ import annotations

import dataclasses
import re

_BUCKET = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{1,254}")


@dataclasses.dataclass(frozen=True)
class BucketPlace:
    """A bucket, or the objects whose keys begin with ``prefix`` in it."""

    bucket: str
    prefix: str = ""

    @classmethod
    def parse(cls, text: str) -> BucketPlace:
        """``bucket``, ``bucket/*`` (the same) or ``bucket/path/*``, as SeaweedFS' actions have it after the colon.

        Raises:
            ValueError: It names no single bucket, or has a ``*`` elsewhere than at its end.
        """
        bucket, _slash, prefix = text.partition("/")
        prefix = prefix.removesuffix("*")
        if not _BUCKET.fullmatch(bucket) or "*" in prefix:
            raise ValueError(f"{text!r} is no bucket, and no bucket with a path such as bucket/path/*")
        return cls(bucket, prefix)

    def covers(self, other: BucketPlace) -> bool:
        """Whether what is allowed here is allowed there."""
        return self.bucket == other.bucket and other.prefix.startswith(self.prefix)

    def __str__(self) -> str:
        return f"{self.bucket}/{self.prefix}*" if self.prefix else self.bucket
