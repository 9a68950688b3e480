# SPDX-License-Identifier: GPL-3.0-or-later
"""Which file reloads a gateway which way."""

from __future__ import annotations

from collections.abc import Mapping

from .by_rollout import ByRollout
from .by_signal import BySignal
from .reload import Reload

WAYS: Mapping[str, type[Reload]] = {"rollout": ByRollout, "signal": BySignal}
"""By what the estate says under ``reload``; ``none`` is in nobody's hands."""
