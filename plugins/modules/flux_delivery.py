#!/usr/bin/python
# SPDX-License-Identifier: GPL-3.0-or-later
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""See DOCUMENTATION."""

from __future__ import annotations

DOCUMENTATION = r"""
module: flux_delivery
short_description: Have Flux apply a pushed commit, and prove that the cluster's Secrets are those of its files
version_added: "0.1.0"
author: The lotus_lake.secrets authors (@lotus-lake)
description:
  - Asks the GitRepository and the Kustomizations that apply the files to reconcile, and waits until each has applied the
    commit or one that contains it. Then each Secret in the cluster is compared with its file, by value and inside this module.
  - The objects are those that the C(delivery) of the estate names, or are found in the cluster. The GitRepository is the one that
    follows the repository's branch by its address. A Kustomization applies a file where it has applied a Secret in it, or
    where the file is in its folder.
  - What Flux has applied already it is not asked for.
  - A suspended, failing or missing object, a Secret that was not decrypted and one that differs are each said with the
    object's own message, in which secret values are hidden, and with what to do. Flux must fail three times before it counts.
extends_documentation_fragment:
  - lotus_lake.secrets.estate
  - lotus_lake.secrets.delivery
options:
  wait:
    description: For how many seconds Flux may take. Default is what the C(delivery) of the estate says.
    type: float
attributes:
  check_mode:
    description: Can run in check mode and predict changes.
    support: full
    details:
      - It asks Flux for nothing, and compares where Flux has the commit already.
  diff_mode:
    description: Nothing but the request to reconcile is changed.
    support: none
  idempotent:
    description: A second run with the same arguments changes nothing.
    support: full
notes:
  - In files that are no manifests of Secrets nothing is compared, nor for a Kustomization that applies to another cluster.
  - It needs the rights to C(get), C(list) and C(patch) GitRepositories and Kustomizations, and to C(get) the Secrets. Where the
    estate names the Kustomizations it lists nothing.
seealso:
  - module: lotus_lake.secrets.git_publish
"""

EXAMPLES = r"""
- name: Have Flux apply what the workspace holds of h-kube
  lotus_lake.secrets.flux_delivery:
    estate: "{{ estate }}"
    workspaces: "{{ made.workspaces }}"
    repository: h-kube
"""

RETURN = r"""
asked:
  description: The objects that were asked to reconcile, or would be.
  returned: success
  type: list
  elements: str
  sample: [GitRepository flux-system/h-kube, Kustomization flux-system/lake]
git_repository:
  description: The GitRepository that fetches the repository.
  returned: success
  type: str
  sample: GitRepository flux-system/h-kube
kustomizations:
  description: What applies the files.
  returned: success
  type: list
  elements: dict
  contains:
    name:
      description: The object.
      type: str
    commit:
      description: The commit that it applied last.
      type: str
    applied:
      description: Whether that is the commit that was to be delivered, or contains it.
      type: bool
secrets:
  description: The Secrets that were compared.
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
    applied_by:
      description: The Kustomization.
      type: str
    fingerprints:
      description: The fingerprint of each value, by key.
      type: dict
waited:
  description: How many seconds it took.
  returned: success
  type: float
"""

from ansible.module_utils.basic import AnsibleModule

from ..module_utils.operations.flux_delivery import OPERATION
from ..module_utils.operations.shipped import answer, module_arguments


def main() -> None:
    answer(OPERATION, AnsibleModule(**module_arguments(OPERATION)))


if __name__ == "__main__":
    main()
