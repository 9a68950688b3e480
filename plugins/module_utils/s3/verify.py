# SPDX-License-Identifier: GPL-3.0-or-later
"""Runs many checks at every endpoint, and waits until all is as it must be."""

from __future__ import annotations

import concurrent.futures
import dataclasses
import itertools
import time
from collections.abc import Callable, Mapping, Sequence

from .check import Check, Finding
from .endpoint import Endpoint
from .judge import judge
from .observe import Seen, observe
from .probe import Probe
from .progress import SILENT_FOR, Progress
from .verdict import Answer, Verdict

THREADS = 8
# A gateway that has just started, or a bucket that has just been made, is given a little time
_SURE_OF_A_MISSING_BUCKET = 3.0
_PAUSES = (0.1, 0.2, 0.4, 0.8, 1.5, 2.5)


def verify(
    checks: Sequence[Check],
    endpoints: Sequence[Endpoint],
    *,
    wait: float,
    environ: Mapping[str, str],
    progress: Callable[[str], None] = lambda line: None,
    read_only: bool = False,
    only_authentication: bool = False,
    is_gone: Callable[[Endpoint], bool] = lambda endpoint: False,
    clock: Callable[[], float] = time.monotonic,
    sleep: Callable[[float], None] = time.sleep,
) -> list[Finding]:
    """Prove each check at each endpoint.

    Args:
        checks: What to prove.
        endpoints: Where.
        wait: Seconds after which what isn't as it must be is final. What was proven once isn't asked again.
        environ: The environment, for proxies.
        progress: Says one line to the operator, called from this thread only.
        read_only: Put no object, not even a small one that goes again.
        only_authentication: Prove only that the credentials are accepted, not for what.
        is_gone: Whether an endpoint that does not answer is no more, and nobody's business. Nothing is proven there then.
        clock: Seconds, going on evenly.
        sleep: Waits for some seconds.

    Returns:
        A finding for each check at each endpoint, in that order. A ``bad_tls`` is not waited for, a missing bucket only 3 s.
    """
    probes = [Probe(endpoint, environ, THREADS) for endpoint in endpoints]
    jobs = [_Job(check, probe, read_only, only_authentication) for check in checks for probe in probes]
    lines = Progress(progress, clock, wait)
    pending = jobs
    started = clock()
    with concurrent.futures.ThreadPoolExecutor(max(1, min(THREADS, len(jobs)))) as pool:
        for attempt in itertools.count():
            _attempt_all(pending, pool, lines)
            waited = clock() - started
            for job in pending:
                job.waited = waited if attempt else 0.0
            gone = [job for job in pending if job.does_not_answer and is_gone(job.probe.endpoint)]
            jobs = [job for job in jobs if job not in gone]
            pending = [job for job in pending if job not in gone and not job.is_over(waited)]
            if not pending or waited >= wait:
                break
            pause = min(_PAUSES[min(attempt, len(_PAUSES) - 1)], wait - waited)
            lines.waiting([job.finding for job in pending], waited + pause)
            sleep(pause)
    return [dataclasses.replace(job.finding, waited=round(job.waited, 1)) for job in jobs]


@dataclasses.dataclass(eq=False)
class _Job:
    """One check at one endpoint, with the newest finding."""

    check: Check
    probe: Probe
    read_only: bool
    only_authentication: bool
    waited: float = 0.0
    _finding: Finding | None = None
    _lacks_a_bucket_since: float | None = None

    @property
    def finding(self) -> Finding:
        if self._finding is None:
            raise ValueError("there is no finding before the first attempt")
        return self._finding

    @property
    def does_not_answer(self) -> bool:
        return self.finding.verdict in (Verdict.unreachable, Verdict.unavailable)

    def is_over(self, waited: float) -> bool:
        """Whether waiting longer than ``waited`` seconds changes nothing."""
        if not self.finding.lacks_a_bucket:
            self._lacks_a_bucket_since = None
        elif self._lacks_a_bucket_since is None:
            self._lacks_a_bucket_since = waited
        since = self._lacks_a_bucket_since
        return self.finding.is_final or (since is not None and waited - since >= _SURE_OF_A_MISSING_BUCKET)

    def attempt(self, down: dict[str, Answer]) -> None:
        """Probe once.

        Args:
            down: What others found in this round of endpoints that don't answer, by URL: nobody waits for those again.
        """
        endpoint = self.probe.endpoint
        seen = Seen(down[endpoint.url]) if endpoint.url in down else self._observe()
        if seen.authentication.verdict in (Verdict.unreachable, Verdict.bad_tls):
            down[endpoint.url] = seen.authentication
        self._finding = judge(self.check, endpoint, seen)

    def _observe(self) -> Seen:
        return observe(self.probe, self.check, only_authentication=self.only_authentication, read_only=self.read_only)


def _attempt_all(jobs: Sequence[_Job], pool: concurrent.futures.Executor, lines: Progress) -> None:
    down: dict[str, Answer] = {}
    futures = {pool.submit(job.attempt, down): job for job in jobs}
    left = set(futures)
    try:
        while left:
            done, left = concurrent.futures.wait(left, timeout=SILENT_FOR)
            for future in done:
                future.result()
            if left:
                slow = [futures[future] for future in left]
                lines.asking([(job.check, job.probe.endpoint.shown) for job in slow])
    except BaseException:
        for future in futures:
            future.cancel()
        raise
