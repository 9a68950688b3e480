#!/usr/bin/python
# SPDX-License-Identifier: GPL-3.0-or-later
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""See DOCUMENTATION."""

from __future__ import annotations

DOCUMENTATION = r"""
module: key_holders
short_description: Ask the cluster who may still hold an old key
version_added: "0.1.0"
author: The lotus_lake.secrets authors (@lotus-lake)
description:
  - Names the pods which refer to a Secret of an identity and took their environment before the Secret got its present values,
    so that they may hold the key from before. While there is one, the old key should not be retired.
  - Pods that have ended don't count, nor those of a declared Cluster of CloudNativePG, which reads its Secret again.
  - Both times are those of the API server. A pod whose template says that it was restarted for the present credential counts as
    new within the same second.
extends_documentation_fragment:
  - lotus_lake.secrets.estate
requirements:
  - kubernetes
options:
  identities:
    description: The identities that are asked for. Default is all of the estate.
    type: list
    elements: str
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
notes:
  - It needs the rights to C(get) the Secrets and to C(list) pods in their namespaces.
seealso:
  - module: lotus_lake.secrets.consumer_restart
"""

EXAMPLES = r"""
- name: Ask who may still hold daggy's old key
  lotus_lake.secrets.key_holders:
    estate: "{{ estate }}"
    workspaces: "{{ made.workspaces }}"
    identities: [daggy]
"""

RETURN = r"""
holders:
  description: The pods, the one that has it longest first.
  returned: success
  type: list
  elements: dict
  contains:
    identity:
      description: Whose old key it may hold.
      type: str
    pod:
      description: Its name.
      type: str
    namespace:
      description: Its namespace.
      type: str
    owner:
      description: What made it, such as C(Job/dagster-run-1).
      type: str
    secret:
      description: The Secret that it refers to.
      type: str
    since:
      description: When it took its environment, in UTC.
      type: str
held:
  description: The identities with holders.
  returned: success
  type: list
  elements: str
free:
  description: Those without.
  returned: success
  type: list
  elements: str
"""

from ansible.module_utils.basic import AnsibleModule

from ..module_utils.operations.key_holders import OPERATION
from ..module_utils.operations.shipped import answer, module_arguments


def main() -> None:
    answer(OPERATION, AnsibleModule(**module_arguments(OPERATION)))


if __name__ == "__main__":
    main()
