# SPDX-License-Identifier: GPL-3.0-or-later
"""See RULE."""

from __future__ import annotations

from ...s3.verdict import Verdict
from ..finding import Severity
from ..proven import of_accepted
from ..rule import Rule

RULE = Rule(
    id="access-missing-bucket",
    severity=Severity.ERROR,
    title="A declared bucket that does not exist",
    why="Backups that go there go nowhere.",
    mend="Make the bucket, or correct its name in the estate.",
    look=of_accepted({Verdict.missing_bucket}),
)
