# SPDX-License-Identifier: GPL-3.0-or-later
"""An estate for a molecule scenario: started, looked at from outside, and removed.

    python -m ansible_collections.lotus_lake.secrets.demo.scenario start|mark|look|stop FOLDER [--grace 1h]

``look`` prints JSON without a secret. It asks sops, SeaweedFS and the logs of the remotes, not the modules that a scenario tests:

    {
      "identities": {
        "daggy": {
          "master": ["daggy-20261124T233438Z accepted"],
          "copies": ["daggy-20261124T233438Z accepted"],
          "withdrawn": ["daggy InvalidAccessKeyId"]
        }
      },
      "commits": {"h-kube": ["chore: rotate S3 credentials, stage daggy"], "lotus-lake": []},
      "failed_requests": 0,
      "left_behind": [],
      "work_in_progress": {"h-kube": ["M README.md", "?? notes-of-mine.txt"], "lotus-lake": []}
    }

A key is shown by its access key id and the answer to a request that was signed with it. Withdrawn are the keys that the master
had, and commits are those that were pushed, since the start or the last ``mark``. Failed requests are those of the services that
write all along; left behind are the objects in the buckets that they did not write.
"""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from ..plugins.module_utils.estate.model import Identity
from . import showing
from .background import counts_of
from .estate import EmbeddedEstate
from .manifests import Pair
from .narration import Narration
from .programs import git
from .stage import prepare, remove


def start(folder: Path, grace: str) -> None:
    """Make an estate with everything that runs around it. The rotations' grace is 0 where none is said."""
    estate, _server = prepare(folder, Narration())
    estate.change(policy={"grace": grace})
    mark(estate)


def mark(estate: EmbeddedEstate) -> None:
    """Let ``look`` tell of what comes from now on."""
    (estate.folder / "marked.json").write_text(json.dumps(estate.tips()))


def look(estate: EmbeddedEstate) -> dict[str, Any]:
    """What can be seen from outside, as it is shown at the top of this file."""
    marked: dict[str, str] = json.loads((estate.folder / "marked.json").read_text())
    withdrawn = showing.old_keys(estate, marked[estate.model.master.repository])
    services = showing.counts(counts_of(estate))
    master = estate.master()
    return {
        "identities": {
            identity.name: {
                "master": [_asked(estate, pair) for pair in master[identity.name]],
                "copies": [_asked(estate, pair) for pair in estate.copies(identity.name)],
                "withdrawn": [_asked(estate, pair) for name, pair in withdrawn if name == identity.name],
            }
            for identity in estate.model.identities
        },
        "commits": {
            repository: git(estate.remote(repository), "log", "--reverse", "--format=%s", f"{commit}..main").splitlines()
            for repository, commit in marked.items()
        },
        "failed_requests": sum(sum(service["failures"].values()) for service in services),
        "left_behind": sorted({name for one in estate.model.identities for name in _strangers(estate, one, master)}),
        "work_in_progress": {
            repository: [line.strip() for line in git(estate.checkout(repository), "status", "--short").splitlines()]
            for repository in marked
        },
    }


def _asked(estate: EmbeddedEstate, pair: Pair) -> str:
    return f"{pair[0]} {showing.answer(_endpoint(estate), pair)}"


def _strangers(estate: EmbeddedEstate, identity: Identity, master: Mapping[str, list[Pair]]) -> Iterator[str]:
    """The objects in an identity's buckets that no service writes: theirs lie below the names of identities."""
    asking = showing.client(_endpoint(estate), master[identity.name][-1])
    for bucket in identity.buckets:
        for held in asking.list_objects_v2(Bucket=bucket).get("Contents", []):
            if held["Key"].partition("/")[0] not in master:
                yield f"{bucket}/{held['Key']}"


def _endpoint(estate: EmbeddedEstate) -> str:
    return estate.model.endpoints[0].url


def main() -> int:
    parser = argparse.ArgumentParser(description="An estate for a molecule scenario.")
    parser.add_argument("action", choices=["start", "mark", "look", "stop"])
    parser.add_argument("folder", type=Path)
    parser.add_argument("--grace", default="0", help="how long a rotation leaves the old key alive")
    options = parser.parse_args()
    folder = options.folder.resolve()
    if options.action == "start":
        start(folder, options.grace)
    elif options.action == "mark":
        mark(EmbeddedEstate(folder))
    elif options.action == "look":
        print(json.dumps(look(EmbeddedEstate(folder)), indent=2))
    elif folder.exists():
        remove(folder)
    return 0


if __name__ == "__main__":
    sys.exit(main())
