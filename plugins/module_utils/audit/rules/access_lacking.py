# SPDX-License-Identifier: GPL-3.0-or-later
"""See RULE."""

from __future__ import annotations

from ...s3.verdict import Verdict
from ..finding import Severity
from ..proven import of_accepted
from ..rule import Rule

RULE = Rule(
    id="access-lacking",
    severity=Severity.ERROR,
    title="A right that is declared and does not work",
    why="The service fails at what it is there for.",
    mend="Add it to the identity's actions in the master and have the gateways load it, or correct the buckets in the estate.",
    look=of_accepted({Verdict.missing_right}),
)
