#!/usr/bin/python
# SPDX-License-Identifier: GPL-3.0-or-later
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""See DOCUMENTATION."""

from __future__ import annotations

DOCUMENTATION = r"""
module: git_publish
short_description: Commit named paths of a run's worktrees and push them, in order
version_added: "0.1.0"
author: The lotus_lake.secrets authors (@lotus-lake)
description:
  - Commits exactly the paths named, in worktrees that M(lotus_lake.secrets.git_workspace) made, and pushes the commits in the
    order in which they are given. All commits are made before the first is pushed, so a commit hook that refuses one stops all.
  - It uses the user's identity, hooks, signing and credential helpers. It never forces, and pushes nothing else.
  - Where the remote has moved meanwhile, and none of the commit's paths has changed there, the commit is put on top and pushed
    again. Where one of them has changed, nothing is pushed to that repository and those after it, and RV(raced) is V(true).
    Then make a new plan, on worktrees that M(lotus_lake.secrets.git_workspace) has renewed.
  - After the pushes, the user's checkout is fast-forwarded where that touches none of their work. Where it can't be, a sentence
    says why.
  - Where the network fails during a push, the remote is looked at before the push counts as failed.
requirements:
  - git >= 2.34
options:
  commits:
    description: The commits, in the order in which they are to be pushed.
    type: list
    elements: dict
    required: true
    suboptions:
      workspace:
        description: The path of the worktree.
        type: path
        required: true
      paths:
        description: The files to commit, by their paths from the repository's root. Those without a change are left out.
        type: list
        elements: str
        required: true
      text:
        description: The commit's message.
        type: str
        required: true
      trailers:
        description: Trailer lines to put under the message. A value may be a list, for several lines.
        type: dict
        default: {}
  unchanged:
    description:
      - Paths of worktrees, of O(commits) or others. Where somebody else has changed any of their files on the remote meanwhile,
        and not just one that is committed, nothing more is pushed and RV(raced) is true.
    type: list
    elements: path
    default: []
  patience:
    description:
      - For how many seconds a push is tried again where the remote keeps moving in other files, or is busy with the pushes of
        others. It is tried five times at least.
    type: int
    default: 120
  timeout:
    description: How many seconds one Git command may take, its hooks included.
    type: int
    default: 300
attributes:
  check_mode:
    description: Can run in check mode and predict changes.
    support: full
    details:
      - It tells what would be committed in RV(published[].would_commit). It commits and fetches nothing.
  diff_mode:
    description: Returns details on what has changed in diff mode.
    support: full
    details:
      - Shows the changed files by name, with counts of lines. Their texts are encrypted.
  idempotent:
    description: A second run with the same arguments changes nothing.
    support: full
seealso:
  - module: lotus_lake.secrets.git_workspace
"""

EXAMPLES = r"""
- name: Publish the new credential
  lotus_lake.secrets.git_publish:
    commits:
      - workspace: "{{ made.workspaces['h-kube'].path }}"
        paths: [infrastructure/seaweedfs/s3-config.yaml]
        text: Stage a new S3 credential of daggy
        trailers:
          Rotation-Identity: [daggy]
  register: published

- name: Somebody else changed the same file meanwhile
  ansible.builtin.fail:
    msg: "Plan again: {{ published.raced_in }} has moved."
  when: published.raced
"""

RETURN = r"""
published:
  description: What came of each of the commits, in their order.
  returned: success
  type: list
  elements: dict
  contains:
    name:
      description: The repository's name.
      type: str
      returned: success
    commit:
      description: The commit on the remote, or null where there was nothing to commit or nothing was pushed.
      type: str
      returned: success
    pushed:
      description: Whether the remote has the commit.
      type: bool
      returned: success
    rebased:
      description: How many times it was put on top of a remote that had moved.
      type: int
      returned: success
    checkout:
      description: A sentence on the user's checkout. Empty where there is none, or nothing was pushed.
      type: str
      returned: success
    would_commit:
      description: The paths that would be committed.
      type: list
      elements: str
      returned: in check mode
  sample:
    - name: h-kube
      commit: 1f0c3f6a8f0d3b5d4b1c6f2f4d9c1a7b8e6d5c4a
      pushed: true
      rebased: 0
      checkout: /home/operator/src/h-kube was fast-forwarded to 1f0c3f6a8f.
raced:
  description: Whether somebody else changed one of the paths meanwhile.
  returned: success
  type: bool
raced_in:
  description: The repository in which that happened, or null.
  returned: success
  type: str
"""

from ansible.module_utils.basic import AnsibleModule

from ..module_utils.operations.git_publish import OPERATION
from ..module_utils.operations.shipped import answer, module_arguments


def main() -> None:
    answer(OPERATION, AnsibleModule(**module_arguments(OPERATION)))


if __name__ == "__main__":
    main()
