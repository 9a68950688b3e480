#!/usr/bin/python
# SPDX-License-Identifier: GPL-3.0-or-later
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""See DOCUMENTATION."""

from __future__ import annotations

DOCUMENTATION = r"""
module: audit_report
short_description: Write the results of an audit for other programs and people
version_added: "0.1.0"
author: The lotus_lake.secrets authors (@lotus-lake)
description:
  - Writes what M(lotus_lake.secrets.estate_audit) returned to files, in the formats that others read.
  - Each file is written in one step, so that no reader sees half of it, and with the rights that a new file has. Where one of the
    paths can't be used, none is written.
  - File names, keys and messages may hold anything. What would control a terminal or is no character is written as an escape such
    as C(\x1b); JSON alone has every name as it is.
  - No secret is in a report, but the places of secrets and the identities' names and access key ids are.
requirements:
  - Jinja2
  - jsonschema
  - junitparser
  - prometheus-client
options:
  name:
    description: What the estate is called in the reports, and in the label C(estate) of metrics.
    type: str
    required: true
  results:
    description: What M(lotus_lake.secrets.estate_audit) returned.
    type: dict
    required: true
  reports:
    description: What to write where.
    type: list
    elements: dict
    required: true
    suboptions:
      format:
        description:
          - V(json) has everything, as the collection's C(docs/audit.schema.json) describes it.
          - V(markdown) is for a comment on a pull request.
          - V(sarif) is SARIF 2.1.0 for code scanning. A repository's name is the C(uriBaseId) of its files. Rules that were not
            checked are notifications of the run, and what is suppressed is there with its suppression.
          - V(junit) has a test case for each rule. One that found something failed, whatever the severity, which is the failure's
            type; one that was not checked is skipped; what is suppressed is in the output.
          - V(openmetrics) is for the textfile collector of node_exporter, which reads files whose names end in C(.prom). It has
            the age and the state of every credential, the findings by rule and severity, how often each rule was not checked,
            and the time of the audit. Alert on an old time too, since a job that doesn't run writes nothing.
          - V(html) is one page that needs nothing else and loads nothing. It has the estate drawn with what is wrong at its
            place, the findings to filter and sort, the ages against the policy, and the rules. It can be read without JavaScript
            and printed.
        type: str
        choices: [json, markdown, sarif, junit, openmetrics, html]
        required: true
      path:
        description:
          - The file. Its folder must be there. What was in the file is replaced.
          - A relative path starts where C(ansible-playbook) runs.
          - Where several estates are audited, have each one's name in the path.
        type: path
        required: true
attributes:
  check_mode:
    description: Can run in check mode and predict changes.
    support: full
    details:
      - The reports are written in check mode too. An audit changes nothing, so that its check mode is the same as its run, and
        the reports are its answer, as the lines in the terminal are.
  diff_mode:
    description: Returns details on what has changed in diff mode.
    support: none
    details:
      - RV(ignore:changed) is always V(false). The reports belong to the run and no system is configured by them; as the time of
        the audit is in them, every run would be a change otherwise.
  idempotent:
    description: A second run with the same arguments changes nothing.
    support: full
seealso:
  - module: lotus_lake.secrets.estate_audit
"""

EXAMPLES = r"""
- name: Look for what is wrong
  lotus_lake.secrets.estate_audit:
    estate: "{{ estate }}"
    workspaces: "{{ made.workspaces }}"
  register: audited

- name: Tell code scanning and the dashboard
  lotus_lake.secrets.audit_report:
    name: "{{ inventory_hostname }}"
    results: "{{ audited }}"
    reports:
      - format: sarif
        path: "{{ playbook_dir }}/{{ inventory_hostname }}.sarif"
      - format: openmetrics
        path: "{{ playbook_dir }}/{{ inventory_hostname }}.prom"
"""

RETURN = r"""
reports:
  description: What was written where.
  returned: success
  type: list
  elements: dict
  contains:
    format:
      description: The format.
      type: str
      returned: success
    path:
      description: The file.
      type: str
      returned: success
  sample:
    - format: sarif
      path: /home/operator/audit/lotus-lake.sarif
"""

from ansible.module_utils.basic import AnsibleModule

from ..module_utils.operations.audit_report import OPERATION
from ..module_utils.operations.shipped import answer, module_arguments


def main() -> None:
    answer(OPERATION, AnsibleModule(**module_arguments(OPERATION)))


if __name__ == "__main__":
    main()
