"""A loop on which hours pass at once: when nothing is left to do, its clock jumps to the next timer.

It has no sockets of others to wait for, so what runs on it is the same on every machine.
"""

from __future__ import annotations

import asyncio
import selectors
from collections.abc import Coroutine
from typing import Any, TypeVar

T = TypeVar("T")


class _Jumping(selectors.DefaultSelector):
    """Waits for nothing: the clock is moved on by as much instead."""

    seconds = 0.0

    def select(self, timeout: float | None = None) -> list[tuple[selectors.SelectorKey, int]]:
        if timeout is None:
            raise RuntimeError("everything waits for something that will not come")
        # Each pass takes a nanosecond at least: who waits for the last fraction of one would otherwise wait for ever.
        self.seconds += max(timeout, 0.0) + 1e-9
        return super().select(0)


class SimulatedLoop(asyncio.SelectorEventLoop):
    """Its time begins at 0."""

    def __init__(self) -> None:
        self._jumping = _Jumping()
        super().__init__(self._jumping)

    def time(self) -> float:
        return self._jumping.seconds


def simulate(work: Coroutine[Any, Any, T]) -> T:
    """The outcome of `work` on a loop of its own. Fails if a task is left behind."""

    async def run() -> T:
        outcome = await work
        await settle()
        left = asyncio.all_tasks() - {asyncio.current_task()}
        assert not left, f"left behind: {left}"
        return outcome

    with asyncio.Runner(loop_factory=SimulatedLoop) as runner:
        return runner.run(run())


async def settle() -> None:
    """Returns when everything has been done that can be done without waiting."""
    await asyncio.sleep(1e-6)


def now() -> float:
    """Seconds on the running loop's clock: the monotonic clock of what is simulated."""
    return asyncio.get_running_loop().time()
