# SPDX-License-Identifier: GPL-3.0-or-later
"""What the demo says: numbered steps with their times, and text in between."""

from __future__ import annotations

import contextlib
import os
import sys
import time
from collections.abc import Iterator, Sequence


class Narration:
    """Writes to standard output; bold where that is a terminal."""

    def __init__(self) -> None:
        self._number = 0
        self._bold = sys.stdout.isatty() and not os.environ.get("NO_COLOR")
        self._started = time.monotonic()

    @contextlib.contextmanager
    def step(self, what: str) -> Iterator[None]:
        """Say what is going on, and after it how long it took, on one line where nothing else was said meanwhile."""
        self._number += 1
        print(self._strong(f"[{self._number}] {what}"), end=" ... ", flush=True)
        started = time.monotonic()
        yield
        print(f"{time.monotonic() - started:.1f} s", flush=True)

    @contextlib.contextmanager
    def chapter(self, what: str, command: Sequence[str] = ()) -> Iterator[None]:
        """A step with output of its own, below a headline and the command that makes it."""
        self._number += 1
        print(f"\n{self._strong(f'[{self._number}] {what}')}", flush=True)
        if command:
            print(f"$ {self._strong(' '.join(command))}", flush=True)
        started = time.monotonic()
        yield
        print(f"    [{self._number}] took {time.monotonic() - started:.1f} s", flush=True)

    def say(self, *lines: str) -> None:
        """Lines below a chapter's headline."""
        for line in lines:
            print(f"    {line}".rstrip(), flush=True)

    def title(self, *lines: str) -> None:
        """A paragraph of its own."""
        print(flush=True)
        for number, line in enumerate(lines):
            print(self._strong(line) if number == 0 else line, flush=True)

    def table(self, *rows: Sequence[str]) -> None:
        """Rows in columns; the first is their headings."""
        widths = [max(len(row[column]) for row in rows) for column in range(len(rows[0]))]
        for row in rows:
            self.say("  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)))

    @property
    def seconds(self) -> float:
        """Since the beginning."""
        return time.monotonic() - self._started

    def _strong(self, text: str) -> str:
        return f"\x1b[1m{text}\x1b[0m" if self._bold else text
