#!/usr/bin/python
# SPDX-License-Identifier: GPL-3.0-or-later
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""See DOCUMENTATION."""

from __future__ import annotations

DOCUMENTATION = r"""
module: sops_value
short_description: Set, generate, copy or remove values in a SOPS file
version_added: "0.1.0"
author: The lotus_lake.secrets authors (@lotus-lake)
description:
  - Changes values of a SOPS-encrypted YAML, JSON, dotenv or INI file, all of them in one edit.
  - Only the changed values, C(mac) and C(lastmodified) change in the file, whatever its formatting.
  - The file is replaced atomically, after the new text was decrypted again and compared. A failure leaves the old file.
  - The file is decrypted with age keys from everywhere that C(sops) looks for them. What an age library can't open goes to the
    program C(sops).
  - It refuses a file without SOPS metadata, a key that the file's rules would leave in plain text, a missing key without
    O(values[].create), and a key that several documents of a file have where O(values[].document) doesn't say which.
requirements:
  - cryptography
  - pyrage
  - PyYAML
options:
  path:
    description: The SOPS file.
    type: path
    required: true
  values:
    description:
      - The values.
      - Each has one of O(values[].text), O(values[].text_file), O(values[].copy_from) and O(values[].generate).
    type: list
    elements: dict
    required: true
    suboptions:
      key:
        description: A key path, such as V(stringData.TOKEN). A list where a key has a dot in it, such as V([data, config.json]).
        type: raw
        required: true
      document:
        description: Which document of a YAML file of several, from 0. Default is the only one that has the key.
        type: int
      json:
        description: A path inside the JSON text that the value is. Only that part is changed.
        type: raw
      encoding:
        description: Default is V(base64) for the C(data) of a Kubernetes Secret, and else V(none).
        type: str
        choices: [none, base64]
      state:
        description:
          - Whether the key shall be there.
          - V(absent) removes it with all that it holds, be that a value, a mapping or a list. A mapping or list that loses all
            stays as an empty one.
          - An item of a list is named by its place, from 0, as it is before the task, whatever else the task removes. The items
            after it move up, so another run removes the next one.
        type: str
        choices: [present, absent]
        default: present
      create:
        description: Make the key where it is missing.
        type: bool
        default: false
      text:
        description:
          - The value, as text.
          - Not for a secret, since the arguments of a task are logged. Take O(values[].text_file), O(values[].copy_from) or
            O(values[].generate).
        type: str
      text_file:
        description: A file whose text, less a line break at its end, is the value. It is read where the module runs.
        type: path
      copy_from:
        description: A value of another SOPS file, or of this one as it was.
        type: dict
        suboptions:
          path:
            description: The SOPS file.
            type: path
            required: true
          key:
            description: As O(values[].key).
            type: raw
            required: true
          document:
            description: As O(values[].document).
            type: int
          json:
            description: As O(values[].json).
            type: raw
          encoding:
            description: As O(values[].encoding).
            type: str
            choices: [none, base64]
      generate:
        description:
          - A new secret of letters and digits from the operating system's generator, equal to no other value in the file.
        type: dict
        suboptions:
          length:
            description: How many characters. At least 14.
            type: int
            default: 40
          when:
            description: V(missing) generates only where there is no value or an empty one. V(always) generates each time.
            type: str
            choices: [missing, always]
            default: missing
attributes:
  check_mode:
    description: Can run in check mode and predict changes.
    support: full
  diff_mode:
    description: Returns details on what has changed in diff mode.
    support: full
    details:
      - Values are shown by fingerprint. The same value has the same fingerprint for all who can decrypt the file.
  idempotent:
    description: A second run with the same arguments changes nothing.
    support: partial
    details:
      - O(values[].generate.when=always) makes another secret each time.
      - O(values[].state=absent) for an item of a list removes the one that is there then.
"""

EXAMPLES = r"""
- name: Give a service a password, once
  lotus_lake.secrets.sops_value:
    path: deploy/dagster/database-secret.yaml
    values:
      - key: stringData.password
        create: true
        generate:
          length: 32

- name: Let another service have the same one
  lotus_lake.secrets.sops_value:
    path: deploy/airbyte/database-secret.yaml
    values:
      - key: data.PASSWORD
        copy_from:
          path: deploy/dagster/database-secret.yaml
          key: stringData.password

- name: Set what is no secret, and remove what nobody reads any more
  lotus_lake.secrets.sops_value:
    path: deploy/airbyte/database-secret.yaml
    values:
      - key: stringData.USER
        create: true
        text: airbyte
      - key: stringData.OLD_USER
        state: absent

- name: Remove the first of a user's credentials, and a user with all that belongs to it
  lotus_lake.secrets.sops_value:
    path: deploy/s3/identities.json
    values:
      - key: identities.0.credentials.0
        state: absent
      - key: identities.3
        state: absent
"""

RETURN = r"""
file:
  description: The file.
  returned: success
  type: str
outcomes:
  description: What became of each value, in the order of O(values).
  returned: success
  type: list
  elements: dict
  contains:
    key:
      description: Its key path.
      type: str
      returned: success
    changed:
      description: Whether it changed.
      type: bool
      returned: success
    fingerprint:
      description: The fingerprint of what it is now, or null where it is gone.
      type: str
      returned: success
      sample: fp:1a2b3c4d5e
"""

from ansible.module_utils.basic import AnsibleModule

from ..module_utils.operations.shipped import answer, module_arguments
from ..module_utils.operations.sops_value import OPERATION


def main() -> None:
    answer(OPERATION, AnsibleModule(**module_arguments(OPERATION)))


if __name__ == "__main__":
    main()
