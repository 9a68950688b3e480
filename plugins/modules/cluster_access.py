#!/usr/bin/python
# SPDX-License-Identifier: GPL-3.0-or-later
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""See DOCUMENTATION."""

from __future__ import annotations

DOCUMENTATION = r"""
module: cluster_access
short_description: Write a ServiceAccount that may do what an estate needs
version_added: "0.1.0"
author: The lotus_lake.secrets authors (@lotus-lake)
description:
  - Writes manifests of a ServiceAccount with a Role for each namespace, and a ClusterRole where Flux's objects have to be found,
    which hold exactly what the playbooks use for this estate.
  - Reading Secrets is limited to those that hold the master and the copies, by name.
  - No cluster is asked. Where repositories are delivered to several clusters, apply it to each of them.
extends_documentation_fragment:
  - lotus_lake.secrets.estate
options:
  namespace:
    description: The namespace of the ServiceAccount. It has to be there.
    type: str
    default: lotus-lake-secrets
  name:
    description: The name of the ServiceAccount and of all roles.
    type: str
    default: lotus-lake-secrets
  path:
    description: The file to write. Without it the manifests are shown.
    type: path
attributes:
  check_mode:
    description: Can run in check mode and predict changes.
    support: full
  diff_mode:
    description: Returns details on what has changed in diff mode.
    support: full
  idempotent:
    description: A second run with the same arguments changes nothing.
    support: full
notes:
  - A token for a kubeconfig is made by C(kubectl create token).
"""

EXAMPLES = r"""
- name: Show what this estate needs to be allowed to do
  lotus_lake.secrets.cluster_access:
    estate: "{{ estate }}"
    workspaces: "{{ made.workspaces }}"
"""

RETURN = r"""
manifests:
  description: The manifests.
  returned: success
  type: list
  elements: dict
"""

from ansible.module_utils.basic import AnsibleModule

from ..module_utils.operations.cluster_access import OPERATION
from ..module_utils.operations.shipped import answer, module_arguments


def main() -> None:
    answer(OPERATION, AnsibleModule(**module_arguments(OPERATION)))


if __name__ == "__main__":
    main()
