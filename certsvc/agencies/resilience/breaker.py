"""Whether an agency is asked at all: left alone after a run of failures, then tried with one question.

Invariants
- CLOSED opens after `open_after` failures in a row, no two on enterprises that share a number; one success ends the
  run. So one number with which the agency has trouble closes it to nobody else, however often and beside whatever
  others it is asked about.
- OPEN lets nobody in for `open_seconds`; it is then HALF_OPEN, and lets one question in, the probe.
- The probe's place is free again once the probe reports, leaves without a report, or its time is over: it never sticks.
- A report counts only while what its question was let in by still holds. A late one neither opens nor closes.

Times are seconds of one monotonic clock.
"""

from __future__ import annotations

from collections.abc import Collection

from certsvc.core.model import Identifier
from certsvc.service.agency_records import BreakerState


class Breaker:
    """The breaker of one agency. Whoever is let in has a pass, and reports with it once."""

    def __init__(self, open_after: int, open_seconds: float) -> None:
        self._open_after = open_after
        self._open_seconds = open_seconds
        self._failed = 0
        # Of the failures that count in this run: at most `open_after` enterprises' numbers.
        self._numbers: set[Identifier] = set()
        self._opened_at: float | None = None
        self._probe_until: float | None = None
        # The pass that counts: a new one with each opening, closing and probe.
        self._pass = 0

    def state(self, now: float) -> BreakerState:
        """Whether the agency is asked."""
        if self._opened_at is None:
            return BreakerState.CLOSED
        return BreakerState.OPEN if now < self._opened_at + self._open_seconds else BreakerState.HALF_OPEN

    def refuses(self, now: float) -> bool:
        """True if nobody is let in now."""
        if self._opened_at is None:
            return False
        probing = self._probe_until is not None and now < self._probe_until
        return probing or self.state(now) is BreakerState.OPEN

    def enter(self, now: float, within: float) -> int | None:
        """A pass, or None if nobody is let in. As a probe it holds the only place for at most `within` seconds."""
        if self.refuses(now):
            return None
        if self._opened_at is not None:
            self._pass += 1
            self._probe_until = now + within
        return self._pass

    def succeeded(self, entered: int) -> bool:
        """Notes that the agency answered; True if that closes the breaker."""
        if entered != self._pass:
            return False
        self._end_run()
        if self._opened_at is None:
            return False
        self._opened_at = self._probe_until = None
        self._pass += 1
        return True

    def failed(self, entered: int, numbers: Collection[Identifier], now: float) -> bool:
        """Notes that the agency failed on the enterprise of these numbers; True if that opens the breaker."""
        if entered != self._pass:
            return False
        if self._numbers.isdisjoint(numbers):
            self._failed += 1
            self._numbers.update(numbers)
        if self._opened_at is None and self._failed < self._open_after:
            return False
        self._end_run()
        self._opened_at, self._probe_until = now, None
        self._pass += 1
        return True

    def left(self, entered: int) -> None:
        """Notes that who was let in tells nothing; without effect after a report."""
        if entered == self._pass and self._probe_until is not None:
            self._probe_until = None
            self._pass += 1

    def _end_run(self) -> None:
        self._failed = 0
        self._numbers.clear()
