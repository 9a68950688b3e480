# SPDX-License-Identifier: GPL-3.0-or-later
"""Documentation of the options that the modules share which bring commits of an estate into a cluster."""

from __future__ import annotations


class ModuleDocFragment:
    """Options and requirements."""

    DOCUMENTATION = r"""
requirements:
  - kubernetes
options:
  repository:
    description: The repository whose files are delivered. Its C(delivery) in the estate names the cluster.
    type: str
    required: true
  commit:
    description: The commit to deliver. Default is the one that the workspace stands at.
    type: str
  files:
    description: The files to deliver, by their paths from the repository's root. Default is all of the estate's.
    type: list
    elements: str
"""
