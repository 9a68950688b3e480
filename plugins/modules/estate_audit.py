#!/usr/bin/python
# SPDX-License-Identifier: GPL-3.0-or-later
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""See DOCUMENTATION."""

from __future__ import annotations

DOCUMENTATION = r"""
module: estate_audit
short_description: Find what is wrong with an estate's S3 credentials and encrypted files
version_added: "0.1.0"
author: The lotus_lake.secrets authors (@lotus-lake)
description:
  - Applies rules to the estate as it is at the tips of the remotes, to all files of its repositories and not only to those that
    the estate names. The rules are listed in the collection's C(docs/audit.md).
  - Each finding says where, how bad it is, and what to do. Secrets are shown by fingerprint only.
  - A rule that can't be evaluated is listed with the reason, and never counts as passed.
  - Findings can be suppressed in the estate, with a reason and an end.
  - It changes nothing, with or without check mode.
extends_documentation_fragment:
  - lotus_lake.secrets.estate
options:
  rules:
    description: A folder with rules of your own, see C(docs/audit.md).
    type: path
  fail_on:
    description: RV(ok) is false where there is a finding as bad as this or worse.
    type: str
    choices: [error, warning, note, never]
    default: error
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
"""

EXAMPLES = r"""
- name: Make workspaces
  lotus_lake.secrets.git_workspace:
    estate: "{{ estate }}"
  register: made

- name: Look for what is wrong
  lotus_lake.secrets.estate_audit:
    estate: "{{ estate }}"
    workspaces: "{{ made.workspaces }}"
  register: audited

- name: Clear up
  lotus_lake.secrets.git_workspace:
    state: absent
    workspaces: "{{ made.workspaces }}"

- name: Say which files are concerned
  ansible.builtin.debug:
    msg: "{{ audited.findings | map(attribute='where.file') | unique }}"
"""

RETURN = r"""
ok:
  description: Whether nothing was found that is as bad as O(fail_on).
  returned: success
  type: bool
time:
  description: When the audit began, UTC.
  returned: success
  type: str
  sample: "2026-11-24T23:34:38Z"
identities:
  description: The identities of the estate.
  returned: success
  type: list
  elements: dict
  contains:
    name:
      description: The identity's name.
      type: str
      returned: success
    state:
      description: Where its rotation stands, or V(unknown) where the master can't be read.
      type: str
      returned: success
    access_key_id:
      description: The credential that its copies shall hold, or null.
      type: str
      returned: success
    age_seconds:
      description: The age of that credential, or null where nobody knows.
      type: int
      returned: success
    max_age_seconds:
      description: How old it may become, or null where the estate sets no limit.
      type: int
      returned: success
    copies:
      description: Where services keep the credential, each with C(access_key) and C(secret_key), which have C(repository),
        C(file) and C(key).
      type: list
      elements: dict
      returned: success
    consumers:
      description: What has to notice a changed copy, each with C(kind), C(namespace) and C(name).
      type: list
      elements: dict
      returned: success
master:
  description: Where the identities document is, with C(repository), C(file) and C(key).
  returned: success
  type: dict
findings:
  description: What is wrong, the worst first, what is suppressed last.
  returned: success
  type: list
  elements: dict
  contains:
    rule:
      description: The rule that found it.
      type: str
      returned: success
    severity:
      description: One of V(error), V(warning), V(note).
      type: str
      returned: success
    where:
      description: RV(findings[].where) has C(repository), C(file), C(line) (0 for the whole file), C(key), C(identity),
        C(commit) and C(resource), an object in the cluster.
      type: dict
      returned: success
    what:
      description: What is wrong there.
      type: str
      returned: success
    mend:
      description: What to do about it.
      type: str
      returned: success
    suppressed:
      description: C(reason) and C(until) where the estate excuses it, or null.
      type: dict
      returned: success
not_checked:
  description: Rules that could not be evaluated, or not for all, each with C(rule) and C(reason).
  returned: success
  type: list
  elements: dict
rules:
  description: The rules that were applied, each with C(id), C(severity), C(title), C(why) and C(mend).
  returned: success
  type: list
  elements: dict
count:
  description: How many findings there are that are not suppressed, by severity.
  returned: success
  type: dict
  sample: {error: 0, warning: 1, note: 0}
"""

from ansible.module_utils.basic import AnsibleModule

from ..module_utils.operations.estate_audit import OPERATION
from ..module_utils.operations.shipped import answer, module_arguments


def main() -> None:
    answer(OPERATION, AnsibleModule(**module_arguments(OPERATION)))


if __name__ == "__main__":
    main()
