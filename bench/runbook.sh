#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-3.0-or-later
# The baseline: one identity rotated with overlap by sops, git and curl, as a careful person would script it.
# Usage: runbook.sh IDENTITY REPOSITORY:MASTER-FILE REPOSITORY:COPY-FILE ...
# The checkouts of the repositories are in $CHECKOUTS; $ENDPOINT is where S3 answers.
set -euo pipefail

identity=$1 master_repository=${2%%:*} master_file=${2#*:}
shift 2
copies=("$@")
master_key='["stringData"]["seaweedfs_s3_config"]'
new_id="$identity-$(date -u +%Y%m%dT%H%M%SZ)"
new_secret=$(head -c 120 /dev/urandom | base64 -w 0 | tr -d '/+=' | head -c 40)

# Changes the JSON document on standard input, which goes back as a JSON string, for sops set.
edit='import json, sys
document = json.loads(sys.stdin.read())
identity = next(i for i in document["identities"] if i["name"] == sys.argv[2])
if sys.argv[1] == "add":
    identity["credentials"].append({"accessKey": sys.argv[3], "secretKey": open(3).read()})
else:
    identity["credentials"] = [c for c in identity["credentials"] if c["accessKey"] == sys.argv[3]]
json.dump(json.dumps(document, indent=2), sys.stdout)'

edit_master() { # add|keep
    cd "$CHECKOUTS/$master_repository"
    sops decrypt --extract "$master_key" "$master_file" |
        python3 -I -S -c "$edit" "$1" "$identity" "$new_id" 3< <(printf %s "$new_secret") |
        sops set --value-stdin "$master_file" "$master_key"
    publish "$master_repository" "$1 $identity" "$master_file"
}

publish() { # repository message files...
    cd "$CHECKOUTS/$1"
    git add -- "${@:3}"
    git commit -q -m "chore: rotate S3 credentials, $2"
    git push -q origin HEAD:main
}

accepted() { # a signed request, the key not in the arguments
    printf 'user = "%s:%s"\n' "$new_id" "$new_secret" |
        curl -sf -o /dev/null --retry 20 --retry-delay 1 --retry-all-errors --config - --aws-sigv4 "aws:amz:us-east-1:s3" "$ENDPOINT/"
}

edit_master add
accepted
for copy in "${copies[@]}"; do
    cd "$CHECKOUTS/${copy%%:*}"
    printf '"%s"' "$new_id" | sops set --value-stdin "${copy#*:}" '["stringData"]["ACCESS_KEY_ID"]'
    printf '"%s"' "$new_secret" | sops set --value-stdin "${copy#*:}" '["stringData"]["SECRET_ACCESS_KEY"]'
done
for repository in $(printf '%s\n' "${copies[@]%%:*}" | sort -u); do
    files=()
    for copy in "${copies[@]}"; do
        [ "${copy%%:*}" = "$repository" ] && files+=("${copy#*:}")
    done
    publish "$repository" "switch $identity" "${files[@]}"
done
edit_master keep
