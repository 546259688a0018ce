"""How long a batch waits for company: not at all when idle, and the longer the busier this thread is.

A thread that is busy all the time saves by each commit that it does not make, so waiting pays for itself; one
that is mostly idle has nothing to save, and a wait is only latency.

How many to wait for is found by trying: as many as last time; after they came in time, twice as many; after they
did not, as many as there were, and no more for a while.
"""

from __future__ import annotations

from collections.abc import Callable
from time import perf_counter, thread_time

_HOLD = 16
"""Batches before more are hoped for again in vain."""
_BUSY = 0.6
"""The share of its time that a thread works, from which on it counts as busy."""
_SMOOTHING = 0.2
_SHORTEST = 0.002
"""Seconds below which a share says nothing."""


class Pace:
    """Decides, before each batch, how many to wait for and how long. One for each batcher, used in its thread."""

    def __init__(
        self,
        *,
        least: float,
        most: float,
        cap: int,
        clock: Callable[[], float] = perf_counter,
        cpu: Callable[[], float] = thread_time,
    ) -> None:
        """`least` and `most` are the seconds to wait for company in an idle and in a busy thread."""
        self._least = least
        self._most = most
        self._cap = cap
        self._clock = clock
        self._cpu = cpu
        self._mark = clock(), cpu()
        self._share = 0.0
        self._held = 0
        self.wanted = 1

    @property
    def patience(self) -> float:
        """Seconds to wait for `wanted` items."""
        now, cpu = self._clock(), self._cpu()
        passed = now - self._mark[0]
        if passed >= _SHORTEST:
            self._share += (min(1.0, (cpu - self._mark[1]) / passed) - self._share) * _SMOOTHING
            self._mark = now, cpu
        busy = max(0.0, (self._share - _BUSY) / (1 - _BUSY))
        return self._least + (self._most - self._least) * busy

    def took(self, size: int) -> None:
        """Learns from a batch of `size`; 1 ends all waiting."""
        self._held = max(0, self._held - 1)
        if size < self.wanted:
            self._held = _HOLD
        elif size > 1 and not self._held:
            size *= 2
        self.wanted = min(self._cap, size)

    def rest(self) -> None:
        """Forgets company: the load is over."""
        self.wanted = 1
        self._held = 0
