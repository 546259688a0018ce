"""Processes of a bench: each says one JSON line when it is ready, answers each line with a line, and ends at the end
of its input. So none outlives the bench, however that ends.
"""

from __future__ import annotations

import asyncio
import json
import os
import subprocess
import sys
from collections.abc import Awaitable, Callable, Collection
from pathlib import Path
from types import TracebackType
from typing import Any, Self

STOP_WITHIN = 15.0


class Child:
    """A Python module in a process of its own; what it logs goes to `log`."""

    def __init__(self, module: str, *arguments: str, log: Path, cores: Collection[int] = ()) -> None:
        """`cores` are those that it may run on; all that we may if there are none."""
        with log.open("ab") as sink:
            self.process = subprocess.Popen(
                [sys.executable, "-m", module, *arguments],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=sink,
                # Ctrl-C reaches the bench alone, which then closes the children's input.
                start_new_session=True,
            )
        if cores:
            os.sched_setaffinity(self.process.pid, cores)
        self._log = log
        self.ready: dict[str, Any] = {}

    def __enter__(self) -> Self:
        try:
            self.ready = self._answer()
        except BaseException:
            self._end()
            raise
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self._end()

    def ask(self, **question: Any) -> dict[str, Any]:
        """The child's answer to one question. Raises RuntimeError if it has died."""
        assert self.process.stdin is not None
        self.process.stdin.write(json.dumps(question).encode() + b"\n")
        self.process.stdin.flush()
        return self._answer()

    def _answer(self) -> dict[str, Any]:
        assert self.process.stdout is not None
        line = self.process.stdout.readline()
        if not line:
            raise RuntimeError(f"{self.process.args!r} ended:\n{self._log.read_text('utf-8', 'replace')[-3000:]}")
        return dict(json.loads(line))

    def _end(self) -> None:
        assert self.process.stdin is not None
        assert self.process.stdout is not None
        self.process.stdin.close()
        try:
            self.process.wait(STOP_WITHIN)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()
        self.process.stdout.close()


async def converse(ready: dict[str, Any], answer: Callable[[dict[str, Any]], Awaitable[dict[str, Any]]]) -> None:
    """The child's side: says `ready`, answers each line, returns at the end of the input."""
    print(json.dumps(ready), flush=True)
    while line := await asyncio.to_thread(sys.stdin.readline):
        print(json.dumps(await answer(json.loads(line))), flush=True)
