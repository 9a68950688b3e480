# SPDX-License-Identifier: GPL-3.0-or-later
"""A secret that was replaced under its access key id is rolled back once, also after the master's data key has changed."""

from __future__ import annotations

import os
import subprocess

import pytest
from ansible_collections.lotus_lake.secrets.demo.programs import git
from ansible_collections.lotus_lake.secrets.tests.fixtures.quick_estate import WHO, QuickEstate

BACK = ("rollback.yml", "-e", f"identity={WHO}")


def _sops_rotate(quick: QuickEstate) -> None:
    """Somebody gives the master another data key."""
    place = quick.estate.model.master
    checkout = quick.estate.checkout(place.repository)
    git(checkout, "pull", "-q", "--ff-only")
    environ = {"PATH": os.environ["PATH"], "HOME": str(quick.estate.folder), "SOPS_AGE_KEY_FILE": str(quick.estate.age_key)}
    subprocess.run(["sops", "rotate", "--in-place", place.file], cwd=checkout, env=environ, check=True)
    quick.estate.commit(place.repository, "sops rotate", place.file)


@pytest.mark.parametrize("revoke", [True, False])
def test_a_secret_that_was_replaced_is_rolled_back_once_or_never(quick_estate: QuickEstate, revoke: bool) -> None:
    [old] = quick_estate.credentials()
    in_place = ("-e", f"identity={WHO}", "-e", "strategy=in_place", "-e", f"revoke={str(revoke).lower()}")
    assert quick_estate.run("rotate.yml", *in_place).code == 0
    [new] = quick_estate.credentials()
    assert new[0] == old[0]
    _sops_rotate(quick_estate)

    done = quick_estate.run(*BACK)

    if revoke:
        assert done.code == 2, done.output
        assert f"{WHO} can't be rolled back: its earlier credential {WHO} was revoked." in " ".join(done.output.split())
        assert quick_estate.copies() == [new, new]
        return
    assert done.code == 0, done.output
    assert quick_estate.copies() == [old, old]
    assert quick_estate.accepts(old)
    _sops_rotate(quick_estate)
    tips = quick_estate.estate.tips()
    again = quick_estate.run(*BACK)
    assert again.code == 0, again.output
    assert quick_estate.estate.tips() == tips
    assert quick_estate.accepts(old)
    assert not quick_estate.accepts(new)
