# SPDX-License-Identifier: GPL-3.0-or-later
"""Work that is spread over processes gives what it gives in one."""

from __future__ import annotations

import os
import threading
from pathlib import Path

import pytest
from ansible_collections.lotus_lake.secrets.plugins.module_utils.audit import spreading
from ansible_collections.lotus_lake.secrets.plugins.module_utils.audit.spreading import AT_LEAST, spread

pytestmark = pytest.mark.filterwarnings("ignore:.*multi-threaded:DeprecationWarning")
MANY = list(range(AT_LEAST + 2))


@pytest.fixture(autouse=True)
def _alone(monkeypatch: pytest.MonkeyPatch) -> None:
    """Whatever threads pytest has, and however few cores there are."""
    monkeypatch.setattr(threading, "active_count", lambda: 1)
    monkeypatch.setattr(spreading, "_cores", lambda: 3)


def by_whom(count: int) -> set[int]:
    return set(spread(lambda _number: os.getpid(), range(count)))


def test_the_results_are_in_the_order_of_the_items() -> None:
    assert spread(lambda number: f"{number}" * 100, MANY) == [f"{number}" * 100 for number in MANY]


def test_many_are_done_by_a_process_for_each_core_this_one_among_them() -> None:
    assert len(by_whom(AT_LEAST)) == 3
    assert os.getpid() in by_whom(AT_LEAST)


@pytest.mark.parametrize("count", [0, 1, AT_LEAST - 1])
def test_few_are_done_here(count: int) -> None:
    assert by_whom(count) <= {os.getpid()}


def test_beside_a_thread_all_are_done_here(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(threading, "active_count", lambda: 2)
    assert by_whom(AT_LEAST) == {os.getpid()}


def test_what_a_process_does_not_do_is_done_here() -> None:
    here = os.getpid()

    def work(number: int) -> int:
        if os.getpid() != here:
            os._exit(1) if number % 2 else _fail(number)
        return number

    assert spread(work, MANY) == MANY


def test_an_error_is_raised_here_and_no_process_stays() -> None:
    before = children()
    with pytest.raises(ArithmeticError):
        spread(_fail, MANY)
    assert children() == before


def children() -> str:
    return Path(f"/proc/self/task/{os.getpid()}/children").read_text()


def _fail(number: int) -> int:
    raise ArithmeticError(number)
