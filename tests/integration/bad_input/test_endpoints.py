# SPDX-License-Identifier: GPL-3.0-or-later
"""S3 that nobody can reach, that can't be trusted, and that stays on the old key."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from ansible_collections.lotus_lake.secrets.demo.seaweedfs import Certificate, SeaweedFS, free_ports
from ansible_collections.lotus_lake.secrets.tests.fixtures.quick_estate import WHO

Operator = Any


def _endpoint(operator: Operator, url: str, wait: str = "1s") -> None:
    operator.quick.estate.change(s3={"endpoints": [{"url": url}], "wait": wait})


def _is_staged(operator: Operator) -> None:
    """The new key is in the master beside the old one, and no copy has it: every service works."""
    old, new = operator.quick.credentials()
    assert old[0] == WHO
    assert operator.quick.copies() == [old, old]
    assert operator.quick.accepts(old)
    assert operator.quick.accepts(new)


def test_an_unreachable_endpoint_leaves_the_copies_on_the_key_that_works(operator: Operator) -> None:
    url = f"http://127.0.0.1:{free_ports(1)[0]}"
    _endpoint(operator, url)
    operator.fails(url, "nobody answers", "See that", "can be reached from this machine")
    _is_staged(operator)
    _endpoint(operator, operator.quick.server.endpoint, "20s")
    operator.finishes()


@pytest.mark.parametrize(
    ("certificate", "saying"),
    [
        ({}, "ca_bundle"),
        ({"hosts": ("localhost",)}, "Use a name or an address in the endpoint"),
        ({"days": -1}, "Renew the certificate"),
    ],
    ids=["nobody knows who signed", "another host", "expired"],
)
def test_an_endpoint_with_a_wrong_certificate_is_not_trusted(
    operator: Operator, new_seaweedfs: Callable[..., SeaweedFS], certificate: dict[str, Any], saying: str, unique: Any
) -> None:
    made = Certificate(operator.quick.estate.folder / "tls", **certificate)
    server = new_seaweedfs(tls=made)
    _endpoint(operator, server.endpoint)
    if certificate:
        operator.quick.estate.change(
            s3={"endpoints": [{"url": server.endpoint, "ca_bundle": str(made.certificate)}], "wait": "1s"}
        )
    operator.fails(server.endpoint, "no trusted connection", saying)
    _is_staged(operator)
    _endpoint(operator, operator.quick.server.endpoint, "20s")
    operator.finishes()


def test_an_endpoint_that_stays_on_the_old_key_is_waited_for_within_the_bound_and_the_copies_keep_the_old_one(
    operator: Operator,
) -> None:
    estate = operator.quick.estate
    estate.change(delivery={"method": "none"})
    estate.change(s3={"endpoints": [{"url": operator.quick.server.endpoint}], "wait": "2s"})
    said = operator.fails("S3 does not know the access key id", "Deliver the master", "proofs at S3 failed after 2 s")
    assert "waiting" in said.lower()
    old, new = operator.quick.credentials()
    assert operator.quick.copies() == [old, old]
    assert operator.quick.accepts(old)
    assert not operator.quick.accepts(new)
    operator.quick.serve()
    operator.finishes()


def test_a_delivery_task_that_fails_ends_the_run_and_the_next_one_delivers(operator: Operator) -> None:
    estate = operator.quick.estate
    broken = estate.folder / "deliver.yml"
    broken.write_text("- name: Deliver\n  ansible.builtin.fail:\n    msg: the cluster says no\n")
    estate.change(delivery={"method": "tasks", "tasks": str(broken)})
    operator.fails("the cluster says no", "switches")
    old, _new = operator.quick.credentials()
    assert operator.quick.copies() == [old, old]
    operator.quick.serve()
    operator.finishes()
