#!/usr/bin/python
# SPDX-License-Identifier: GPL-3.0-or-later
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""See DOCUMENTATION."""

from __future__ import annotations

DOCUMENTATION = r"""
module: secret_apply
short_description: Apply the Secrets of SOPS files to a cluster
version_added: "0.1.0"
author: The lotus_lake.secrets authors (@lotus-lake)
description:
  - Decrypts the manifests of Secrets in a repository's files, as a commit has them, and applies them to the cluster that the
    C(delivery) of the estate names. Both happen inside this module, so that no value is an argument or a result.
  - It is a server-side apply with the field manager C(lotus-lake-secrets). Fields that others wrote by hand are taken over.
  - A Secret that Flux or Argo CD applies is left alone, with a failure.
extends_documentation_fragment:
  - lotus_lake.secrets.estate
  - lotus_lake.secrets.delivery
attributes:
  check_mode:
    description: Can run in check mode and predict changes.
    support: full
    details:
      - The API server makes a dry run, and refuses what it would refuse.
  diff_mode:
    description: Returns details on what has changed in diff mode.
    support: full
    details:
      - Shows each changed Secret by key and fingerprint.
  idempotent:
    description: A second run with the same arguments changes nothing.
    support: full
notes:
  - It needs the rights to C(get), C(patch) and C(create) the Secrets.
  - While the API server does not answer, it is asked again for as long as the C(wait) of the C(delivery) says.
seealso:
  - module: lotus_lake.secrets.flux_delivery
"""

EXAMPLES = r"""
- name: Apply the Secrets that the workspace holds of h-kube
  lotus_lake.secrets.secret_apply:
    estate: "{{ estate }}"
    workspaces: "{{ made.workspaces }}"
    repository: h-kube
"""

RETURN = r"""
secrets:
  description: The Secrets, in the order of their files.
  returned: success
  type: list
  elements: dict
  contains:
    name:
      description: Namespace and name.
      type: str
    file:
      description: The file that it is made from.
      type: str
    changed:
      description: Whether the cluster had another one, or none.
      type: bool
    fingerprints:
      description: The fingerprint of each value, by key.
      type: dict
field_manager:
  description: The field manager that they are applied with.
  returned: success
  type: str
  sample: lotus-lake-secrets
"""

from ansible.module_utils.basic import AnsibleModule

from ..module_utils.operations.secret_apply import OPERATION
from ..module_utils.operations.shipped import answer, module_arguments


def main() -> None:
    answer(OPERATION, AnsibleModule(**module_arguments(OPERATION)))


if __name__ == "__main__":
    main()
