# SPDX-License-Identifier: GPL-3.0-or-later
"""See RULE."""

from __future__ import annotations

from ..finding import Severity
from ..proven import of_refused
from ..rule import Rule

RULE = Rule(
    id="access-old-key",
    severity=Severity.ERROR,
    title="An earlier credential that still signs in",
    why="It was rotated away, maybe since somebody had seen it, and whoever has it can go on.",
    mend="ansible-playbook rotate.yml delivers the master again. SeaweedFS may have to be restarted.",
    look=of_refused(),
)
