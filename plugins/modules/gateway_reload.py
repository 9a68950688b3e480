#!/usr/bin/python
# SPDX-License-Identifier: GPL-3.0-or-later
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""See DOCUMENTATION."""

from __future__ import annotations

DOCUMENTATION = r"""
module: gateway_reload
short_description: Have SeaweedFS load the delivered master
version_added: "0.1.0"
author: The lotus_lake.secrets authors (@lotus-lake)
description:
  - Has the pods of the gateways that the C(cluster) of the estate declares load the master, once it is in the cluster as in
    its file, by a rollout or by SIGHUP, and waits until all of them have.
  - The fingerprint of the master is written on the pods' template, or on each pod that was signalled, as the annotation
    C(lotus-lake.secrets/master). Pods that say that they have this master, and were made since it was delivered, are left alone.
  - Gateways are changed one after the other.
extends_documentation_fragment:
  - lotus_lake.secrets.estate
requirements:
  - kubernetes
attributes:
  check_mode:
    description: Can run in check mode and predict changes.
    support: full
  diff_mode:
    description: Returns details on what has changed in diff mode.
    support: full
    details:
      - Says which gateway would be changed and how.
  idempotent:
    description: A second run with the same arguments changes nothing.
    support: full
notes:
  - It needs the rights to C(get) the master's Secret, to C(get) and C(patch) the workloads, and to C(list) pods. For the signal
    also to C(patch) pods, and to C(create) C(pods/exec).
seealso:
  - module: lotus_lake.secrets.s3_verify
"""

EXAMPLES = r"""
- name: Have the gateways load the master
  lotus_lake.secrets.gateway_reload:
    estate: "{{ estate }}"
    workspaces: "{{ made.workspaces }}"
"""

RETURN = r"""
gateways:
  description: The gateways, but for those that reload by themselves.
  returned: success
  type: list
  elements: dict
  contains:
    name:
      description: Kind, name and namespace.
      type: str
    reload:
      description: The way, V(rollout) or V(signal).
      type: str
    changed:
      description: Whether it had another master, or pods from before.
      type: bool
"""

from ansible.module_utils.basic import AnsibleModule

from ..module_utils.operations.gateway_reload import OPERATION
from ..module_utils.operations.shipped import answer, module_arguments


def main() -> None:
    answer(OPERATION, AnsibleModule(**module_arguments(OPERATION)))


if __name__ == "__main__":
    main()
