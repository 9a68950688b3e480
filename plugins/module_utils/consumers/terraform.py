# SPDX-License-Identifier: GPL-3.0-or-later
"""A Terraform of tofu-controller: it does not watch the Secrets of its ``varsFrom``, so that it has to be asked."""

from __future__ import annotations

from typing import ClassVar

from ..cluster.api import Document, Kind
from .asked import Asked


class Terraform(Asked):
    """A plan that waits for its approval is no failure: the note says which one it is."""

    KIND: ClassVar[Kind] = ("infra.contrib.fluxcd.io", "v1alpha2", "terraforms", "Terraform")
    RESUME: ClassVar[str] = "tfctl resume"

    def needs_person(self, document: Document) -> bool:
        pending = ((document.get("status") or {}).get("plan") or {}).get("pending")
        if not pending or document["spec"].get("approvePlan") == "auto":
            return False
        self.note = f"its plan {pending} waits for an approval (spec.approvePlan), and it has the old key until then"
        return True
