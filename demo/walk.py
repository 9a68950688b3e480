# SPDX-License-Identifier: GPL-3.0-or-later
"""The demo, step by step."""

from __future__ import annotations

import datetime
import os
import sys
from pathlib import Path

from . import showing
from .background import Ledger, counts_of
from .estate import EmbeddedEstate
from .narration import Narration
from .playbook import run_playbook
from .programs import git
from .stage import prepare

COPY = "deploy/dagster/backup-secret.yaml"


class DemoFailed(RuntimeError):
    """The demo does not show what it is to show; the message says what."""


def walk(folder: Path) -> int:
    """Run the whole demo in a folder and leave the estate there.

    Returns:
        The number of requests of the services that failed.

    Raises:
        DemoFailed: A run failed, or an old key is still accepted.
    """
    narration = Narration()
    narration.title(
        "lotus_lake.secrets: rotate S3 keys that live in SOPS files in Git, without a failed request",
        f"Everything is real and on this machine: sops, git, SeaweedFS, ansible-playbook. All of it is in {_short(folder)}.",
        "",
    )
    estate, server = prepare(folder, narration)
    begun = estate.tips()
    with narration.chapter("The keys at the start: daggy's is 41 days old, the oldest 260"):
        narration.table(*showing.keys(estate))
        narration.say("", "A secret key is shown nowhere: fp:… is a fingerprint, which is the same where the secret is the same.")

    _rotate(
        narration, estate, "Rotate daggy: a new key beside the old one, its copy switched, the old one retired", "identity=daggy"
    )
    with narration.chapter("What that committed and pushed: three small commits, only the values that had to change"):
        narration.say(*showing.commits(estate, begun))
        narration.say(
            "", "Your checkout of h-kube has the commits too. What you were working on there is as it was, and not committed:"
        )
        narration.say(*git(estate.checkout("h-kube"), "status", "--short", "--branch").splitlines())

    now = datetime.datetime.now(datetime.UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
    asked = f"issued_before={now}"
    _rotate(narration, estate, "A key may have leaked: rotate all that were issued before now", asked)
    before = estate.tips()
    _rotate(narration, estate, "The same command again changes nothing", asked)
    after = estate.tips()
    narration.say(*(f"{name} was at {tip[:9]} before and is at {after[name][:9]} now" for name, tip in before.items()))
    if after != before:
        raise DemoFailed("The second run committed something.")

    with narration.chapter("The keys now: each copy holds what the master holds"):
        narration.table(*showing.keys(estate))
    with narration.chapter("Who still gets in? A signed request with each old key, and with the new ones"):
        _ask_with_keys(narration, estate, begun[estate.model.master.repository], server.endpoint)
    with narration.chapter("The three services wrote all along. How many of their requests failed?"):
        services = showing.counts(counts_of(estate))
        narration.table(*showing.counted(services))
    failed = sum(sum(service["failures"].values()) for service in services)
    requests = sum(service["requests"] for service in services)
    narration.title(f"{requests} requests, failed: {failed or 'none'}. The demo took {narration.seconds:.0f} s.")
    if not failed:
        _what_next(narration, estate, server.endpoint)
    return failed


def _rotate(narration: Narration, estate: EmbeddedEstate, what: str, asked: str) -> None:
    with narration.chapter(what, ("ansible-playbook", "rotate.yml", "-e", asked)):
        run = run_playbook(estate, "rotate.yml", "-e", asked, show=True)
    if run.code:
        raise DemoFailed(f"The playbook ended with {run.code}, see above.")


def _ask_with_keys(narration: Narration, estate: EmbeddedEstate, since: str, endpoint: str) -> None:
    rows: list[showing.Row] = [("IDENTITY", "OLD ACCESS KEY ID", "ANSWER")]
    old = showing.old_keys(estate, since)
    rows += [(name, pair[0], showing.answer(endpoint, pair)) for name, pair in old]
    new = [(name, pairs[0]) for name, pairs in estate.master().items()]
    rows += [(name, f"{pair[0]} (the new one)", showing.answer(endpoint, pair)) for name, pair in new]
    narration.table(*rows)
    if any(answer == "accepted" for _, _, answer in rows[1 : len(old) + 1]):
        raise DemoFailed("An old key is still accepted.")


def next_commands(folder: Path) -> list[tuple[str, str]]:
    """What to try in the estate that is left, in this order: a command for a shell in the clone, and what it shows."""
    demo = _short(folder)
    checkout = f"{demo}/checkouts/lotus-lake"
    break_it = f"""sops set {checkout}/{COPY} '["stringData"]["SECRET_ACCESS_KEY"]' '"wrong"'"""
    page = f"{demo}/audit.html"
    report = f"""'{{"reports": [{{"format": "html", "path": "{page}"}}]}}'"""
    return [
        (f". {demo}/environment", "once per shell: the age key, the inventory and the programs"),
        ("ansible-playbook rotate.yml", "as a nightly job: what is older than max_age, which is nothing now"),
        ("ansible-playbook rotate.yml -e identity=daggy -e min_age=0 --check --diff", "what a run would change"),
        ("ansible-playbook rotate.yml -e identity=daggy -e min_age=0", "once more, although it is younger than min_age"),
        ("ansible-playbook rollback.yml -e identity=daggy", "back to the key before, out of the Git history"),
        ("ansible-playbook verify.yml", "each key may do what is declared and nothing else, old ones nothing"),
        (break_it, "break a copy as a slip of the hand would,"),
        (f"git -C {checkout} commit -qm 'Break a copy' {COPY}", "commit it,"),
        (f"git -C {checkout} push -q", "push it: the services begin to fail,"),
        (f"ansible-playbook audit.yml -e fail_on=never -e {report}", f"see what is wrong, here and in a browser: {page},"),
        ("ansible-playbook sync.yml", "and mend it"),
        (f"cat {demo}/client/counts.json", "the services' counts; now with failures, while the copy was broken"),
        (f"git -C {demo}/remotes/h-kube.git log --stat -3", "what the runs wrote into the Git log"),
        (f"git -C {checkout} log -p -1", "the least that can change in a file"),
        (f"cat {demo}/follower/log", "which commits were applied"),
    ]


def _what_next(narration: Narration, estate: EmbeddedEstate, endpoint: str) -> None:
    running = Ledger(estate.folder).running()
    listed = ", ".join(f"{name} (process {pid})" for name, pid in running.items())
    narration.title(
        "The estate is yours now. Try next, here in the clone:",
        "",
        *(f"  {command}\n      {why}" for command, why in next_commands(estate.folder)),
        "",
        f"The declaration that all of this follows is {_short(estate.inventory)}/host_vars/{estate.name}/estate.yml.",
        f"Still running: {listed}. S3 answers at {endpoint}.",
        f"End them and remove {_short(estate.folder)} with:  {remove_command(estate.folder)}",
    )


def remove_command(folder: Path) -> str:
    """What ends and removes the estate in a folder."""
    return "make demo-down" if _is_makes(folder) else f"{_demo_command(folder)} down"


def again_command(folder: Path) -> str:
    """What shows the demo again, in place of the estate in a folder."""
    return "make demo ARGS=--again" if _is_makes(folder) else f"{_demo_command(folder)} --again"


def _is_makes(folder: Path) -> bool:
    return folder == Path.cwd() / ".demo"


def _demo_command(folder: Path) -> str:
    return f"{_short(Path(sys.executable))} -m demo --folder {_short(folder)}"


def _short(path: Path) -> str:
    return os.path.relpath(path) if path.is_relative_to(Path.cwd()) else str(path)
