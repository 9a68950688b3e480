# SPDX-License-Identifier: GPL-3.0-or-later
"""Generated tests are not timed: a busy machine is no defect. They try the same examples each time, so that a red run is about
the change at hand; to look for new ones, take derandomize out of the profile here."""

from __future__ import annotations

import hypothesis

hypothesis.settings.register_profile("untimed", deadline=None, derandomize=True)
hypothesis.settings.load_profile("untimed")
