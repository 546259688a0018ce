"""The tax ministry's guard: it counts each address's calls by their arrival, and blocks who makes too many."""

from __future__ import annotations

import math
import time
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import NamedTuple

from certsvc.service.quota import Window

_KEPT = 10_000
"""Arrivals that are remembered for whoever looks, and addresses that are told apart."""


@dataclass(frozen=True, slots=True)
class Limits:
    """Who makes more than a window's calls in its time is blocked for `block_seconds`; perhaps told for how long."""

    windows: tuple[Window, ...] = ()
    block_seconds: float = 600.0
    tells: bool = True


PUBLISHED = Limits((Window(100, 5.0), Window(1200, 120.0)))
"""What the ministry states: 20 calls a second for 5 seconds, 10 a second for 120."""


class Arrival(NamedTuple):
    """One call: when, by the sandbox's monotonic clock, about which number, and whether it was answered."""

    at: float
    number: str
    answered: bool


@dataclass(slots=True)
class _Client:
    """One address: when its newest calls came, and until when it is blocked."""

    calls: deque[float]
    blocked_until: float = float("-inf")


def _ignore(_: Arrival) -> None:
    """Nobody listens."""


@dataclass(slots=True)
class CallCounter:
    """Counts the calls of every address. `blocks` is how often one was blocked for its calls, `arrivals` the newest.

    `heard` is called with each as it comes.
    """

    limits: Limits
    monotonic: Callable[[], float] = time.monotonic
    calls: int = 0
    blocks: int = 0
    heard: Callable[[Arrival], None] = _ignore
    arrivals: deque[Arrival] = field(default_factory=lambda: deque(maxlen=_KEPT))
    _clients: dict[str, _Client] = field(default_factory=dict)
    _all_blocked_until: float = float("-inf")

    def arrive(self, client: str, number: str) -> float | None:
        """Counts a call. The seconds for which its address is blocked now; None if the call is to be answered."""
        now = self.monotonic()
        self.calls += 1
        seconds = self._count(client, now)
        arrival = Arrival(now, number, seconds is None)
        self.arrivals.append(arrival)
        self.heard(arrival)
        return seconds

    def block(self, seconds: float) -> None:
        """Blocks every address from now on for so long."""
        self._all_blocked_until = self.monotonic() + seconds

    def _count(self, client: str, now: float) -> float | None:
        if client not in self._clients and len(self._clients) >= _KEPT:
            self._clients.clear()
        most = max((window.calls for window in self.limits.windows), default=0)
        known = self._clients.setdefault(client, _Client(deque(maxlen=most + 1)))
        until = max(known.blocked_until, self._all_blocked_until)
        if now < until:
            return until - now
        known.calls.append(now)
        if any(self._passes(known, window, now) for window in self.limits.windows):
            self.blocks += 1
            known.blocked_until = now + self.limits.block_seconds
            return self.limits.block_seconds
        return None

    def _passes(self, client: _Client, window: Window, now: float) -> bool:
        """True if the calls that came within the window's time, this one included, are more than it allows."""
        return len(client.calls) > window.calls and now - client.calls[-window.calls - 1] <= window.seconds


def retry_after_header(seconds: float) -> dict[str, str]:
    """Retry-After in whole seconds (RFC 9110, 10.2.3), rounded up: nobody is told to come back too early."""
    return {"Retry-After": str(math.ceil(seconds))}
