# SPDX-License-Identifier: GPL-3.0-or-later
"""Documentation of the options that the modules on an estate share."""

from __future__ import annotations


class ModuleDocFragment:
    """Options, requirements and attributes."""

    DOCUMENTATION = r"""
requirements:
  - cryptography
  - jsonschema
  - pyrage
  - PyYAML
  - git
options:
  estate:
    description:
      - The declared estate, see the collection's C(docs/estate.md).
      - It holds no secret.
    type: dict
    required: true
  workspaces:
    description: The workspaces of the estate's repositories, as M(lotus_lake.secrets.git_workspace) returned them.
    type: dict
    required: true
seealso:
  - module: lotus_lake.secrets.git_workspace
  - module: lotus_lake.secrets.estate_info
  - module: lotus_lake.secrets.credential
"""

    STEPS = r"""
options:
  withdrawn:
    description:
      - Access key ids that count as withdrawn by a rollback, though no commit says so.
      - In check mode, where none is made, the steps after a rollback are predicted with it.
    type: list
    elements: str
    default: []
"""

    REQUEST = r"""
options:
  issued_before:
    description:
      - Rotate all identities whose credential is older than this time, written as C(2026-11-24T12:00:00Z).
      - A time without a zone is UTC.
    type: str
  strategy:
    description: The strategy of this run, instead of the declared one.
    type: str
    choices: [overlap, in_place]
  min_age:
    description: The C(min_age) of this run, instead of the declared one. V(0) rotates again what was just made.
    type: str
  retire:
    description: Whether old keys are retired when their grace is over, or now.
    type: str
    choices: [when_due, force]
    default: when_due
"""
