#!/usr/bin/python
# SPDX-License-Identifier: GPL-3.0-or-later
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""See DOCUMENTATION."""

from __future__ import annotations

DOCUMENTATION = r"""
module: estate_info
short_description: States, ages and plan of an estate's S3 credentials
version_added: "0.1.0"
author: The lotus_lake.secrets authors (@lotus-lake)
description:
  - Reads the master and the copies of every identity and tells each one's state, age and what a run would do with it.
  - All is read from the repositories. There is no state file.
  - Secret keys are shown by fingerprint only. Equal fingerprints mean equal secrets, in the whole estate.
extends_documentation_fragment:
  - lotus_lake.secrets.estate
  - lotus_lake.secrets.estate.steps
  - lotus_lake.secrets.estate.request
options:
  identities:
    description: Only these. With names, the plan rotates them now; without, it rotates those that are due.
    type: list
    elements: str
    default: []
  steps:
    description: The steps that the plan may have.
    type: list
    elements: str
    choices: [rollback, sync, replace, stage, switch, retire]
    default: [rollback, sync, replace, stage, switch, retire]
  begin:
    description: Whether new rotations may begin. Without it the plan only finishes what is pending.
    type: bool
    default: true
  rollback:
    description: Plan to go back to the credential before, instead of rotating.
    type: bool
    default: false
  before:
    description: RV(identities) from the start of the run. With it, a table of what has changed is shown and returned.
    type: list
    elements: dict
  holders:
    description: C(holders) as M(lotus_lake.secrets.key_holders) returns them. The table says who keeps an old key alive.
    type: list
    elements: dict
    default: []
attributes:
  check_mode:
    description: Can run in check mode and predict changes.
    support: full
    details:
      - It changes nothing.
  diff_mode:
    description: Returns details on what has changed in diff mode.
    support: none
  idempotent:
    description: A second run with the same arguments changes nothing.
    support: full
seealso:
  - module: lotus_lake.secrets.git_workspace
  - module: lotus_lake.secrets.credential
"""

EXAMPLES = r"""
- name: Make workspaces
  lotus_lake.secrets.git_workspace:
    estate: "{{ estate }}"
  register: made

- name: Look at the estate
  lotus_lake.secrets.estate_info:
    estate: "{{ estate }}"
    workspaces: "{{ made.workspaces }}"
  register: looked

- name: Say which keys are due
  ansible.builtin.debug:
    msg: "{{ looked.identities | selectattr('steps') | map(attribute='name') }}"

- name: Clear up
  lotus_lake.secrets.git_workspace:
    state: absent
    workspaces: "{{ made.workspaces }}"
"""

RETURN = r"""
identities:
  description: The identities asked for, in the estate's order.
  returned: success
  type: list
  elements: dict
  contains:
    name:
      description: The identity.
      type: str
      returned: success
    state:
      description: One of V(current), V(staged), V(switched), V(drifted), V(invalid).
      type: str
      returned: success
    reasons:
      description: Why it is drifted or invalid, and what else is worth knowing.
      type: list
      elements: str
      returned: success
    access_key_id:
      description: What the copies shall hold.
      type: str
      returned: success
    fingerprint:
      description: The fingerprint of its secret key.
      type: str
      returned: success
      sample: fp:1a2b3c4d5e
    outgoing:
      description: The access key id that will be retired.
      type: str
      returned: success
    revoked:
      description: Whether the outgoing credential may not come back by a rollback.
      type: bool
      returned: success
    born:
      description: >-
        When the credential was made. From its access key id, or from the commit in which its value last changed, where the id
        doesn't say it or a rotation in place gave it another secret.
      type: str
      returned: success
    age:
      description: Its age for people.
      type: str
      returned: success
      sample: 89d 3h
    age_seconds:
      description: Its age in seconds.
      type: int
      returned: success
    copies:
      description: Each copy's C(place), and what it C(holds), one of V(current), V(old), V(drifted).
      type: list
      elements: dict
      returned: success
    consumers:
      description: What has to notice a changed copy.
      type: list
      elements: str
      returned: success
    steps:
      description: The steps that a run would take.
      type: list
      elements: str
      returned: success
    why:
      description: Why it would take them, or why not.
      type: str
      returned: success
    due:
      description: When its next step is due.
      type: str
      returned: success
plan:
  description:
    - C(steps), each with C(step) and C(identities), in order, and C(needs_person), the identities that are invalid.
    - C(outdated), the identities whose copies shall hold a credential from before O(issued_before). They are rotated by this plan
      or, where another rotation of theirs has to be finished first, by the next one.
  returned: success
  type: dict
findings:
  description: What the master and the declaration say differently.
  returned: success
  type: list
  elements: str
table:
  description: The lines of the table.
  returned: when O(before) is given
  type: list
  elements: str
"""

from ansible.module_utils.basic import AnsibleModule

from ..module_utils.operations.estate_info import OPERATION
from ..module_utils.operations.shipped import answer, module_arguments


def main() -> None:
    answer(OPERATION, AnsibleModule(**module_arguments(OPERATION)))


if __name__ == "__main__":
    main()
