#!/usr/bin/python
# SPDX-License-Identifier: GPL-3.0-or-later
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""See DOCUMENTATION."""

from __future__ import annotations

DOCUMENTATION = r"""
module: credential
short_description: Take a step of the rotation of S3 credentials
version_added: "0.1.0"
author: The lotus_lake.secrets authors (@lotus-lake)
description:
  - Takes one step for a list of identities, in the workspaces. The master is edited once for all of them.
  - A step does nothing to an identity that isn't in the state for it, so a step taken twice is taken once.
  - Nothing is committed or pushed, see M(lotus_lake.secrets.git_publish).
  - New secret keys come from the operating system's generator, letters and digits, as long as the estate's policy says.
    They go from this process into the SOPS files, and nowhere else.
  - What is written was decrypted again and compared before it replaces a file. An identities document that SeaweedFS would not
    start with is not written.
extends_documentation_fragment:
  - lotus_lake.secrets.estate
  - lotus_lake.secrets.estate.steps
options:
  identities:
    description: The identities to take the step for.
    type: list
    elements: str
    required: true
  step:
    description:
      - V(stage) adds a new credential to the master, beside the one that is used.
      - V(switch) points the copies to the new credential.
      - V(retire) removes the old credential from the master, once its grace is over.
      - V(replace) gives a credential another secret key under the same access key id, in the master and in the copies.
      - V(sync) gives drifted copies the newest credential that the master accepts.
      - V(rollback) points the copies back to the credential before. After that was retired, it comes back from the Git history
        into the master.
    type: str
    required: true
    choices: [stage, switch, retire, replace, sync, rollback]
  retire:
    description: Whether O(step=retire) waits for the grace.
    type: str
    choices: [when_due, force]
    default: when_due
  revoke:
    description:
      - Whether what is rotated away may never come back by a rollback, not even while it is alive.
      - O(step=stage), O(step=switch), O(step=retire) and O(step=replace) note it in the commit, so that it holds for later runs
        too.
    type: bool
    default: false
  seen:
    description:
      - The access key id that the plan saw, by identity, as M(lotus_lake.secrets.estate_info) returns them.
      - O(step=stage) and O(step=replace) leave an identity alone whose credential is another one by now, since somebody else has
        rotated it meanwhile.
    type: dict
    default: {}
attributes:
  check_mode:
    description: Can run in check mode and predict changes.
    support: full
  diff_mode:
    description: Returns details on what has changed in diff mode.
    support: full
    details:
      - Secret keys are shown by fingerprint.
  idempotent:
    description: A second run with the same arguments changes nothing.
    support: partial
    details:
      - O(step=replace) makes another secret key each time. All other steps do nothing the second time.
seealso:
  - module: lotus_lake.secrets.git_workspace
  - module: lotus_lake.secrets.estate_info
"""

EXAMPLES = r"""
- name: Make workspaces
  lotus_lake.secrets.git_workspace:
    estate: "{{ estate }}"
  register: made

- name: Add a new credential for two identities
  lotus_lake.secrets.credential:
    estate: "{{ estate }}"
    workspaces: "{{ made.workspaces }}"
    identities: [daggy, rubberducky]
    step: stage
  register: staged

- name: Commit and push it
  lotus_lake.secrets.git_publish:
    commits: "{{ staged.commits }}"

- name: Clear up
  lotus_lake.secrets.git_workspace:
    state: absent
    workspaces: "{{ made.workspaces }}"
"""

RETURN = r"""
identities:
  description: What was done for each identity.
  returned: success
  type: list
  elements: dict
  contains:
    name:
      description: The identity.
      type: str
      returned: success
    access_key_id:
      description: What its copies shall hold now.
      type: str
      returned: success
    done:
      description: What was done, in words. Empty where there was nothing to do.
      type: str
      returned: success
commits:
  description:
    - The changed files, one entry for each repository in push order.
    - For O(lotus_lake.secrets.git_publish#module:commits).
  returned: success
  type: list
  elements: dict
unchanged:
  description:
    - The paths of the workspaces whose files must still be on the remotes as the step saw them.
    - For O(lotus_lake.secrets.git_publish#module:unchanged).
  returned: success
  type: list
  elements: str
deliveries:
  description: How the step reaches the running system, for the role P(lotus_lake.secrets.deliver#role).
  returned: success
  type: list
  elements: dict
"""

from ansible.module_utils.basic import AnsibleModule

from ..module_utils.operations.credential import OPERATION
from ..module_utils.operations.shipped import answer, module_arguments


def main() -> None:
    answer(OPERATION, AnsibleModule(**module_arguments(OPERATION)))


if __name__ == "__main__":
    main()
