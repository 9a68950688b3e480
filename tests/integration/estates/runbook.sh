#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-3.0-or-later
# The operator's runbook as it stands, with "sops set" in the place of an editor: one new secret under the same access key id, in
# the master and in the copy, committed and pushed one repository after the other. What restarts the service is the demo's
# client, which reads its key again as soon as the follower has mounted it: sooner than any rollout.
# Usage: CHECKOUTS=FOLDER runbook.sh IDENTITY REPOSITORY:MASTER-FILE REPOSITORY:COPY-FILE
set -euo pipefail

identity=$1 master_repository=${2%%:*} master_file=${2#*:} copy_repository=${3%%:*} copy_file=${3#*:}
master_key='["stringData"]["seaweedfs_s3_config"]'

# 1. Generate new credentials
secret=$(head -c 18 /dev/urandom | base64 | tr -d '/+=' | head -c 14)

# 2. Update the SeaweedFS config
cd "$CHECKOUTS/$master_repository"
sops decrypt --extract "$master_key" "$master_file" |
    SECRET=$secret python3 -I -c '
import json, os, sys
document = json.load(sys.stdin)
identity = next(one for one in document["identities"] if one["name"] == sys.argv[1])
identity["credentials"][0]["secretKey"] = os.environ["SECRET"]
json.dump(json.dumps(document, indent=2), sys.stdout)' "$identity" |
    sops set --value-stdin "$master_file" "$master_key"

# 3. Update dependent secrets
cd "$CHECKOUTS/$copy_repository"
printf '"%s"' "$secret" | sops set --value-stdin "$copy_file" '["stringData"]["SECRET_ACCESS_KEY"]'

# 4. Commit and push, h-kube first
for repository in "$master_repository" "$copy_repository"; do
    cd "$CHECKOUTS/$repository"
    git add -A && git commit -q -m "chore: rotate S3 credentials" && git push -q
done
