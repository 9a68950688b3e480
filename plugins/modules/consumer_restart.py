#!/usr/bin/python
# SPDX-License-Identifier: GPL-3.0-or-later
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""See DOCUMENTATION."""

from __future__ import annotations

DOCUMENTATION = r"""
module: consumer_restart
short_description: Have consumers take a changed credential
version_added: "0.1.0"
author: The lotus_lake.secrets authors (@lotus-lake)
description:
  - Restarts the consumers that the estate declares for some identities, each once however many identities changed, a few at a
    time, and waits until each of them has the new key and is available.
  - A Deployment, StatefulSet or DaemonSet is rolled. A HelmRelease of Flux and a Terraform of tofu-controller are reconciled.
    Of a Cluster of CloudNativePG a WAL must be archived with the new key.
  - What a consumer was restarted for is written on it, by fingerprint, as the annotation C(lotus-lake.secrets/credentials).
    One that says that it has the present credentials, and whose pods were made since the Secrets have them, is left alone.
  - Workloads that use the Secrets of these identities and aren't declared are told, and restarted where the estate says so.
extends_documentation_fragment:
  - lotus_lake.secrets.estate
requirements:
  - kubernetes
options:
  identities:
    description: The identities whose consumers are meant. Default is all of the estate.
    type: list
    elements: str
    default: []
  keep_going:
    description:
      - What comes of a consumer that can't be restarted, or does not come up. By default no more consumers are restarted, and the
        module fails, so that no key is retired.
      - With V(true) it is named in RV(not_restarted), and the others are restarted. That is for an incident, in which the old key
        has to go anyway.
    type: bool
    default: false
attributes:
  check_mode:
    description: Can run in check mode and predict changes.
    support: full
    details:
      - In check mode only the declared consumers are looked at.
  diff_mode:
    description: Returns details on what has changed in diff mode.
    support: full
    details:
      - Says who would be restarted.
  idempotent:
    description: A second run with the same arguments changes nothing.
    support: full
notes:
  - It needs the rights to C(get) the Secrets, to C(get) and C(patch) the consumers, and to C(list) pods and workloads in the
    namespaces of the Secrets. For a Cluster also to C(get) C(pods/proxy), and to C(create) backups where they are asked for.
seealso:
  - module: lotus_lake.secrets.key_holders
"""

EXAMPLES = r"""
- name: Restart those who use daggy's credential
  lotus_lake.secrets.consumer_restart:
    estate: "{{ estate }}"
    workspaces: "{{ made.workspaces }}"
    identities: [daggy]
"""

RETURN = r"""
restarted:
  description: The consumers that were restarted, as kind, name and namespace.
  returned: success
  type: list
  elements: str
unchanged:
  description: Those that had the present credentials already.
  returned: success
  type: list
  elements: str
not_restarted:
  description: Those that could not be restarted, or did not come up, and why. There are none but with O(keep_going=true).
  returned: success
  type: list
  elements: str
undeclared:
  description: Workloads that use one of the Secrets and are no consumers of the estate.
  returned: success
  type: list
  elements: str
notes:
  description: What a person has to do, an approval for example.
  returned: success
  type: list
  elements: str
"""

from ansible.module_utils.basic import AnsibleModule

from ..module_utils.operations.consumer_restart import OPERATION
from ..module_utils.operations.shipped import answer, module_arguments


def main() -> None:
    answer(OPERATION, AnsibleModule(**module_arguments(OPERATION)))


if __name__ == "__main__":
    main()
