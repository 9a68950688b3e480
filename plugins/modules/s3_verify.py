# SPDX-License-Identifier: GPL-3.0-or-later
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

from __future__ import annotations

DOCUMENTATION = r"""
module: s3_verify
short_description: Prove at S3 what the credentials in SOPS files may do
version_added: "0.1.0"
author: The lotus_lake.secrets authors (@lotus-lake)
description:
  - Proves by real requests that a credential in a SOPS file is accepted, that it may do exactly what is declared for it, or
    that it is refused. Many credentials are proven at once, each at every endpoint.
  - The credential is read from the file, or from an earlier commit of it, and never an argument or a result.
  - Accepted means that every declared action works in every declared bucket, and no other action, and nothing in
    O(credentials[].elsewhere) or in other buckets that S3 shows to the credential. C(Write) is proven by putting one small
    object, whose name begins with C(.lotus-lake-probe-), and deleting it; all else by requests that change nothing.
  - Refused means that S3 doesn't know the access key id or the secret key. Any other answer is no proof.
  - What isn't as it must be is asked again until O(wait) is over, with a line about what is waited for. A certificate that
    isn't trusted ends the waiting at once, a bucket that isn't there after 3 seconds.
options:
  endpoints:
    description:
      - Where S3 answers. Where several gateways serve one store, name each, since they can differ after a change.
      - Goes with O(credentials). An estate names its own.
    type: list
    elements: dict
    suboptions:
      url:
        description: The address, such as V(https://s3.example.com:8333). Buckets are addressed by path.
        type: str
        required: true
      region:
        description: The region that requests are signed for. SeaweedFS takes any.
        type: str
        default: us-east-1
      ca_bundle:
        description:
          - A file with the certificates of the authorities to trust.
          - Without it, the file that the environment variable C(REQUESTS_CA_BUNDLE) names, or those that botocore ships.
        type: path
      validate_certs:
        description: Whether the certificate must be trusted.
        type: bool
        default: true
      timeout:
        description: Seconds for a connection, and seconds of silence in an answer.
        type: float
        default: 10.0
  credentials:
    description:
      - What to prove. Each lies at two key paths of a file, or in a document of SeaweedFS identities.
      - Either this or O(estate) is needed.
    type: list
    elements: dict
    suboptions:
      name:
        description: What the result and messages call it, such as the identity's name.
        type: str
        required: true
      file:
        description: The SOPS file. The C(data) of a Secret is decoded.
        type: path
        required: true
      commit:
        description: Take the file as it is in this commit of the Git repository that it lies in.
        type: str
      access_key:
        description: The key path of the access key id, such as V(stringData.ACCESS_KEY_ID), or a list of keys.
        type: raw
      secret_key:
        description: The key path of the secret key.
        type: raw
      master:
        description: The key path of the identities document. Leave it out where the file is the document itself.
        type: raw
      identity:
        description: The identity in the document.
        type: str
      access_key_id:
        description: Which of the identity's credentials.
        type: str
      expect:
        description: Whether S3 must accept or refuse it.
        type: str
        choices: [accepted, refused]
        default: accepted
      buckets:
        description: Where it may do what. Without any, only acceptance is proven.
        type: list
        elements: dict
        default: []
        suboptions:
          name:
            description: A bucket, or a part of one such as V(bucket/path/*).
            type: str
            required: true
          actions:
            description: What must work there. C(Admin) brings all.
            type: list
            elements: str
            choices: [Read, Write, List, Tagging, Admin]
            required: true
      elsewhere:
        description: Buckets in which nothing may be allowed.
        type: list
        elements: str
        default: []
  estate:
    description: A declared estate. Its identities are proven at its endpoints, for its buckets.
    type: dict
  workspaces:
    description: The workspaces of the estate's repositories, as M(lotus_lake.secrets.git_workspace) returned them.
    type: dict
  identities:
    description: Only these identities of the O(estate). Those that are invalid are passed over.
    type: list
    elements: str
    default: []
  expect:
    description:
      - What to prove of the O(estate).
      - With V(target), what the copies shall hold is accepted. With V(outgoing), what is on its way out still is.
        With V(copies), what the copies hold is accepted. With V(retired), what the master does not hold any more is refused,
        back to the version before its last change, to O(since), and over the last 30 days.
    type: list
    elements: str
    choices: [target, outgoing, copies, retired]
    default: [copies]
  since:
    description: The workspaces as they were at the start of the run, for V(retired) in O(expect).
    type: dict
    default: {}
  wait:
    description:
      - For how many seconds S3 may take to be as it must be, for example after a delivery.
      - Default is what the estate says, and 0 without an estate.
    type: float
  pods:
    description:
      - Whether the pods of the gateways that the C(cluster) of the O(estate) declares are asked too, each by itself, for
        acceptance and refusal. From inside the cluster they are reached directly, from elsewhere through the API server.
      - That needs the Python library kubernetes, and the rights to C(get) the workloads, to C(list) pods and to C(create)
        C(pods/portforward).
    type: bool
    default: true
  prove:
    description: V(authentication) proves only that credentials are accepted or refused, with one request each.
    type: str
    choices: [all, authentication]
    default: all
attributes:
  check_mode:
    description: Asks the same, and puts no object.
    support: full
  diff_mode:
    description: Nothing is changed.
    support: none
  idempotent:
    description: Leaves nothing behind.
    support: full
notes:
  - AWS variables of the environment, files under C(~/.aws) and instance metadata have no influence. The proxy variables have,
    but for endpoints on loopback.
  - A run that is killed between putting and deleting leaves one object of 5 bytes. The next proof that may C(List) and C(Write)
    there deletes those that are older than an hour.
requirements:
  - boto3
  - cryptography
  - pyrage
  - PyYAML
"""

EXAMPLES = r"""
- name: Make workspaces
  lotus_lake.secrets.git_workspace:
    estate: "{{ estate }}"
  register: made

- name: Prove that every copy works
  lotus_lake.secrets.s3_verify:
    estate: "{{ estate }}"
    workspaces: "{{ made.workspaces }}"

- name: Prove that the service's copy works, for its bucket only
  lotus_lake.secrets.s3_verify:
    endpoints:
      - url: http://127.0.0.1:8333
    credentials:
      - name: daggy
        file: lotus-lake/deploy/dagster/backup-secret.yaml
        access_key: stringData.ACCESS_KEY_ID
        secret_key: stringData.SECRET_ACCESS_KEY
        buckets:
          - name: cnpg-backups
            actions: [Read, Write, List, Tagging]
        elsewhere: [airbyte-landing]
    wait: 60

- name: Prove that a retired key is refused
  lotus_lake.secrets.s3_verify:
    endpoints:
      - url: http://127.0.0.1:8333
    credentials:
      - name: daggy
        file: h-kube/cluster/infrastructure/services/seaweedfs/s3-auth-secret.yaml
        commit: HEAD~1
        master: stringData.seaweedfs_s3_config
        identity: daggy
        access_key_id: daggy
        expect: refused
    wait: 60
"""

RETURN = r"""
ok:
  description: Whether all is as it must be.
  returned: always
  type: bool
verified:
  description: One entry for each credential at each endpoint.
  returned: always
  type: list
  elements: dict
  contains:
    name:
      description: The credential's name.
      type: str
    access_key_id:
      description: Its access key id.
      type: str
    endpoint:
      description: The endpoint's URL.
      type: str
    expect:
      description: C(accepted) or C(refused).
      type: str
    ok:
      description: Whether it is as it must be.
      type: bool
    verdict:
      description:
        - What was found. One of C(accepted), C(wrong_secret), C(unknown_key), C(missing_right), C(missing_bucket), C(too_much),
          C(wrong_clock), C(unavailable), C(unreachable), C(bad_tls), C(other).
      type: str
    buckets:
      description: The actions that work, by bucket.
      type: dict
    waited:
      description: Seconds until it was as it must be.
      type: float
  sample:
    - access_key_id: daggy-20261124T231500Z
      buckets: {airbyte-landing: [], cnpg-backups: [Read, Write, List]}
      endpoint: http://127.0.0.1:8333
      expect: accepted
      name: daggy
      ok: true
      verdict: accepted
      waited: 0.3
"""

from ansible.module_utils.basic import AnsibleModule

from ..module_utils.operations.s3_verify import OPERATION
from ..module_utils.operations.shipped import answer, module_arguments


def main() -> None:
    answer(OPERATION, AnsibleModule(**module_arguments(OPERATION)))


if __name__ == "__main__":
    main()
