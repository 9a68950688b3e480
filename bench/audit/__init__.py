# SPDX-License-Identifier: GPL-3.0-or-later
"""The audit's reading of files and history and its questions to S3, each beside what one would do without it."""

from __future__ import annotations


def measure() -> str:
    """The tables."""
    # the programs that are measured are in this package too, and need none of these
    from . import files, history, probes

    return "\n\n".join(part.measure() for part in (files, history, probes))
