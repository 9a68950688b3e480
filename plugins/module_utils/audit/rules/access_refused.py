# SPDX-License-Identifier: GPL-3.0-or-later
"""See RULE."""

from __future__ import annotations

from ...s3.verdict import Verdict
from ..finding import Severity
from ..proven import of_accepted
from ..rule import Rule

RULE = Rule(
    id="access-refused",
    severity=Severity.ERROR,
    title="A credential that S3 refuses",
    why="The service that has it fails. The master says one thing, and the gateway runs with another.",
    mend="Have the gateway load the master anew, then ansible-playbook verify.yml",
    look=of_accepted({Verdict.wrong_secret, Verdict.unknown_key}),
)
