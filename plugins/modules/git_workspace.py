#!/usr/bin/python
# SPDX-License-Identifier: GPL-3.0-or-later
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""See DOCUMENTATION."""

from __future__ import annotations

DOCUMENTATION = r"""
module: git_workspace
short_description: The run's own Git worktrees, at the tips of the remotes
version_added: "0.1.0"
author: The lotus_lake.secrets authors (@lotus-lake)
description:
  - Makes, renews and removes worktrees that hold just the files named, as they are at the tip of the remote's branch, and the dot
    files at its top, where the tools that hooks call look for their configuration (C(.pre-commit-config.yaml)).
  - From a checkout that is there, it makes a detached, sparse worktree. The user's branch, index, uncommitted and unpushed work
    are neither used nor touched; their remotes, identity, hooks, signing and credential helpers are used. A relative
    C(core.hooksPath) stands for the hooks in the checkout.
  - From a URL, it makes a clone of its own, without any other file, and keeps that for later runs. A relative
    C(core.hooksPath) of the user stands for the folder at the tip there.
  - What a run that was killed has left is removed by the next one that makes a worktree. Worktrees of runs that are still at
    work are left alone. Where the run's own process can't be watched (the module was shipped to another host), a worktree counts
    as in use for six hours after its last use.
  - It asks nobody anything. Commands on the network end after O(timeout), and say that they are waiting.
requirements:
  - git >= 2.34
options:
  state:
    description:
      - V(present) makes a new worktree of each of O(repositories).
      - V(renewed) fetches and resets each of O(workspaces) to the remote's tip. Changes in it that were not pushed are gone.
      - V(absent) removes each of O(workspaces). One that is gone already is fine.
    type: str
    choices: [present, renewed, absent]
    default: present
  repositories:
    description: The repositories to make worktrees of. Needed for O(state=present), unless O(estate) is given.
    type: list
    elements: dict
    suboptions:
      name:
        description: What it is called in results and messages.
        type: str
        required: true
      checkout:
        description: A checkout that is there. It is preferred to O(repositories[].url).
        type: path
      url:
        description:
          - Where to clone from, where there is no checkout.
          - Keep credentials out of it. Use a credential helper or an SSH key.
        type: str
      remote:
        description: The remote's name.
        type: str
        default: origin
      branch:
        description: The branch on the remote that is read, and later pushed to.
        type: str
        default: main
      author:
        description:
          - Author and committer of commits, as C(Name <address>).
          - Without it, the identity of Git's configuration is used.
        type: str
      files:
        description: Paths from the repository's root. One that isn't on the remote is just not there.
        type: list
        elements: str
        required: true
  estate:
    description:
      - A declared estate, instead of O(repositories). Its repositories and files are taken from it.
      - A declaration with mistakes fails, with all of them in one message.
      - A shallow checkout fails too, since ages and rollbacks are read from the history.
    type: dict
  workspaces:
    description: Worktrees made before, as RV(workspaces) returned them. Needed for O(state=renewed) and O(state=absent).
    type: dict
  folder:
    description:
      - Where worktrees and clones are kept.
      - The default is C(lotus_lake.secrets) in E(XDG_CACHE_HOME) or else in C(~/.cache).
    type: path
  timeout:
    description: How many seconds one Git command may take.
    type: int
    default: 300
attributes:
  check_mode:
    description: Can run in check mode and predict changes.
    support: full
    details:
      - The worktrees are made, renewed and removed in check mode too. They are the run's own area, and without them nothing could
        be predicted.
  diff_mode:
    description: Returns details on what has changed in diff mode.
    support: none
    details:
      - Nothing is changed but the run's own area, so there is nothing to show, and RV(ignore:changed) is always V(false).
  idempotent:
    description: A second run with the same arguments changes nothing.
    support: partial
    details:
      - O(state=present) makes new worktrees each time.
seealso:
  - module: lotus_lake.secrets.git_publish
"""

EXAMPLES = r"""
- name: Get the files as they are on the remote
  lotus_lake.secrets.git_workspace:
    repositories:
      - name: h-kube
        checkout: ~/src/h-kube
        files: [infrastructure/seaweedfs/s3-config.yaml]
      - name: lotus-lake
        url: https://git.example.com/lotus-lake.git
        author: Rotation <rotation@example.com>
        files: [k8s/dagster/secrets.yaml]
  register: made

- name: Get the files of an estate
  lotus_lake.secrets.git_workspace:
    estate: "{{ estate }}"
  register: made

- name: Get them again, after somebody else has changed them
  lotus_lake.secrets.git_workspace:
    state: renewed
    workspaces: "{{ made.workspaces }}"
  register: made

- name: Clear up
  lotus_lake.secrets.git_workspace:
    state: absent
    workspaces: "{{ made.workspaces }}"
"""

RETURN = r"""
workspaces:
  description: The worktrees by the names of their repositories. Empty with O(state=absent).
  returned: success
  type: dict
  contains:
    path:
      description: The folder with the files.
      type: str
      returned: success
    base:
      description: The commit of the remote's tip that the files are from.
      type: str
      returned: success
    remote:
      description: The remote's name.
      type: str
      returned: success
    branch:
      description: The branch on the remote.
      type: str
      returned: success
    checkout:
      description: The user's checkout that it was made from, or null.
      type: str
      returned: success
    files:
      description: The files in it.
      type: list
      elements: str
      returned: success
  sample:
    h-kube:
      path: /home/operator/.cache/lotus_lake.secrets/worktrees/lotus_lake.secrets-h-kube-5d0c6a1f
      base: 1f0c3f6a8f0d3b5d4b1c6f2f4d9c1a7b8e6d5c4a
      remote: origin
      branch: main
      checkout: /home/operator/src/h-kube
      files: [infrastructure/seaweedfs/s3-config.yaml]
"""

from ansible.module_utils.basic import AnsibleModule

from ..module_utils.operations.git_workspace import OPERATION
from ..module_utils.operations.shipped import answer, module_arguments


def main() -> None:
    answer(OPERATION, AnsibleModule(**module_arguments(OPERATION)))


if __name__ == "__main__":
    main()
