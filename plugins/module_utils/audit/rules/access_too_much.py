# SPDX-License-Identifier: GPL-3.0-or-later
"""See RULE."""

from __future__ import annotations

from ...s3.verdict import Verdict
from ..finding import Severity
from ..proven import of_accepted
from ..rule import Rule

RULE = Rule(
    id="access-too-much",
    severity=Severity.WARNING,
    title="More rights than are declared",
    why="Who gets hold of the key can do more than anybody thinks.",
    mend="Take it out of the identity's actions in the master and have the gateways load it, or declare it.",
    look=of_accepted({Verdict.too_much}),
)
