"""How fast an agency may be asked, so that none of its published limits is ever passed.

A bucket holds at most `burst` calls and fills at `rate` calls a second (the generic cell rate algorithm). Of
whoever takes from it, in any span of W seconds at most `burst + rate * W` calls go out.

Invariants
- Calls that arrive up to `lag` seconds after they were taken pass no window either:
  `burst + rate * (seconds + lag) <= calls` holds for each.
- The more urgent may take what the less urgent must leave. So the urgent come first also where nobody knows of
  the others, as in several processes: while they wait, the bucket never holds enough for the rest.
- What a full bucket holds can always be had, however much is left for others.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType

from certsvc.service.agency_records import Urgency

_SHARE = 0.8
"""Of what the tightest window allows, so much is used evenly; the rest may go at once."""

_LEFT_FOR_OTHERS: Mapping[Urgency, float] = MappingProxyType(
    {Urgency.URGENT: 0.0, Urgency.LIVE: 0.2, Urgency.RECHECK: 0.5}
)
"""The share of a full bucket that questions of this urgency leave for the more urgent."""


LONGEST_PAUSE = 3600.0
"""Seconds for which an agency can be left alone at its own word, whatever it says."""


@dataclass(frozen=True, slots=True)
class Window:
    """One published limit: at most `calls` in any `seconds`."""

    calls: int
    seconds: float


@dataclass(frozen=True, slots=True)
class Allowance:
    """What may be asked: `burst` calls at once after a rest, and `rate` a second for good."""

    rate: float
    burst: int

    @property
    def seconds_to_fill(self) -> float:
        """How long an empty bucket takes to be full."""
        return self.burst / self.rate

    def level_for(self, calls: int, urgency: Urgency) -> float:
        """How much the bucket must hold before so many calls of this urgency are taken; it never holds more than
        `burst`, so more calls than that are never taken."""
        left = int(self.burst * _LEFT_FOR_OTHERS[urgency])
        return max(calls, min(calls + left, self.burst))


@dataclass(frozen=True, slots=True)
class Step:
    """One of several that wait, in their order: `upto` are the calls up to and with his, all of which may be taken
    once the bucket holds `level`. Both rise from step to step."""

    upto: int
    level: float


@dataclass(frozen=True, slots=True)
class Taken:
    """How many calls were taken, and what the bucket then holds: below zero while it is paused."""

    calls: int
    level: float


def allowance(windows: Sequence[Window], lag: float) -> Allowance | None:
    """The allowance that keeps within every window, at least one; None if they allow not even a call at once.

    `lag` is the most seconds between taking a call and its arrival at the agency.
    """
    rate = _SHARE * min(w.calls / (w.seconds + lag) for w in windows)
    # Floats may fall short of the whole number that they stand for.
    burst = int(min(w.calls - rate * (w.seconds + lag) for w in windows) + 1e-6)
    return Allowance(rate, burst) if burst else None


def steps(allowed: Allowance, waiting: Iterable[tuple[int, Urgency]]) -> list[Step]:
    """The steps for the calls and urgency of each that waits, the most urgent first."""
    taken: list[Step] = []
    upto = 0
    for calls, urgency in waiting:
        taken.append(Step(upto + calls, upto + allowed.level_for(calls, urgency)))
        upto += calls
    return taken
